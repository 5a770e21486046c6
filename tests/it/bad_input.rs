//! What is wrong is refused by name, and loses nothing.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::service::{Service, problem, sample};

/// A WAV header over `data`, with whatever lies are wanted.
pub fn wav(
    format: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    promised: u32,
    data: &[u8],
) -> Vec<u8> {
    let frame = channels.saturating_mul(bits / 8).max(1);
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36u32.saturating_add(promised)).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16u32.to_le_bytes());
    bytes.extend_from_slice(&format.to_le_bytes());
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&rate.wrapping_mul(u32::from(frame)).to_le_bytes());
    bytes.extend_from_slice(&frame.to_le_bytes());
    bytes.extend_from_slice(&bits.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&promised.to_le_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// Files below a folder, by kind.
fn files_below(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| {
            if entry.path().is_dir() {
                files_below(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

#[test]
fn files_that_are_no_recordings_are_refused_and_leave_nothing() {
    let service = Service::start();
    let pcm = vec![0u8; 32_000];
    let refused = [
        ("empty.wav", Vec::new(), 422, "empty_file"),
        (
            "text.wav",
            b"Dear Sir, this is a letter.\n".repeat(50),
            415,
            "unknown_format",
        ),
        (
            "no-channels.wav",
            wav(1, 0, 8000, 16, 32_000, &pcm),
            422,
            "channels_out_of_range",
        ),
        (
            "channels.wav",
            wav(1, 65_535, 8000, 16, 32_000, &pcm),
            422,
            "channels_out_of_range",
        ),
        (
            "slow.wav",
            wav(1, 1, 1, 16, 32_000, &pcm),
            422,
            "sample_rate_out_of_range",
        ),
        (
            "fast.wav",
            wav(1, 1, 4_000_000_000, 16, 32_000, &pcm),
            422,
            "sample_rate_out_of_range",
        ),
    ];
    for (name, bytes, status, code) in refused {
        let problem = problem(service.upload_bytes(name, bytes, "2026-001"), status);
        assert_eq!(problem["code"], code, "{name}: {problem}");
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(
        service.get_json("recordings")["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert_eq!(files_below(&service.folder().join("blobs")), 0);
    assert_eq!(files_below(&service.folder().join("incoming")), 0);
}

#[test]
fn a_header_that_lies_about_its_length_is_read_to_the_real_end() {
    let service = Service::start();
    let data = vec![0u8; 32_000];
    let upload: Value = service
        .upload_bytes(
            "lies.wav",
            wav(1, 1, 8000, 16, 3_200_000, &data),
            "2026-001",
        )
        .json()
        .unwrap();
    let recording = service.analysed(upload["id"].as_str().unwrap());
    assert_eq!(recording["media"]["duration_ms"], 2000);
    assert_eq!(recording["media"]["damage"]["at_ms"], 2000);
}

#[test]
fn samples_that_are_no_numbers_fail_the_recording_with_the_reason() {
    let service = Service::start();
    let nan: Vec<u8> = (0..16_000).flat_map(|_| f32::NAN.to_le_bytes()).collect();
    let upload: Value = service
        .upload_bytes("numbers.wav", wav(3, 1, 8000, 32, 64_000, &nan), "2026-001")
        .json()
        .unwrap();
    let recording = service.analysed(upload["id"].as_str().unwrap());
    assert_eq!(recording["state"], "failed");
    assert_eq!(recording["failure"]["code"], "malformed", "{recording}");
    let job = service.get_json(&format!("jobs/{}", upload["job_id"].as_str().unwrap()));
    assert_eq!(job["state"], "dead");
}

#[test]
fn a_file_cut_in_the_middle_is_read_up_to_the_cut() {
    let service = Service::start();
    for name in ["case-2026-001/call-02.mp3", "case-2026-001/call-04.flac"] {
        let bytes = std::fs::read(sample(name)).unwrap();
        let half = bytes[..bytes.len() / 2].to_vec();
        let upload: Value = service.upload_bytes(name, half, "2026-001").json().unwrap();
        let recording = service.analysed(upload["id"].as_str().unwrap());
        assert_eq!(recording["state"], "analysed", "{recording}");
        assert!(
            recording["media"]["damage"]["at_ms"].as_u64().unwrap() > 0,
            "{recording}"
        );
    }
}

#[test]
fn an_upload_that_stops_half_way_leaves_nothing() {
    let service = Service::start_with("[server]\nupload_idle_timeout_ms = 500\n");
    let address = service.url.trim_start_matches("http://").to_owned();
    for stalled in [false, true] {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = "POST /api/v1/recordings?filename=half.wav HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![7u8; 100_000]).unwrap();
        if stalled {
            let mut answer = String::new();
            std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
            assert!(answer.contains("upload_idle"), "{answer}");
        }
    }
    crate::service::wait_for("removal of the halves", || {
        (files_below(&service.folder().join("incoming")) == 0).then_some(())
    });
    assert_eq!(files_below(&service.folder().join("blobs")), 0);
    assert_eq!(
        service.get_json("recordings")["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn an_upload_above_the_limit_is_refused() {
    let service = Service::start_with("[server]\nmax_upload_bytes = 100000\n");
    // Much more than the limit: the client still sends when the answer is known, and must see it.
    let bytes = wav(1, 1, 8000, 16, 800_000, &vec![0u8; 800_000]);
    let refused = problem(service.upload_bytes("large.wav", bytes, "2026-001"), 413);
    assert_eq!(refused["code"], "upload_too_large");
    assert_eq!(files_below(&service.folder().join("incoming")), 0);
}

#[test]
fn requests_that_make_no_sense_get_typed_answers() {
    let service = Service::start_with("[server]\nmax_json_bytes = 2000\n");
    let send = |path: &str, content_type: &str, body: &str| {
        let request = service
            .client
            .post(service.at(path))
            .header("Content-Type", content_type);
        request.body(body.to_owned()).send().unwrap()
    };
    let json = "application/json";
    let unknown = "0192f0c1-2d3e-7f4a-8b5c-6d7e8f901234";
    assert_eq!(
        problem(send("cases", json, "{\"case_no\":"), 400)["code"],
        "malformed_json"
    );
    let extra = problem(
        send("cases", json, "{\"case_no\":\"1\",\"colour\":\"red\"}"),
        422,
    );
    assert!(
        extra["detail"].as_str().unwrap().contains("colour"),
        "{extra}"
    );
    let typed = problem(send("cases", json, "{\"case_no\":7}"), 422);
    assert_eq!(typed["field"], "case_no");
    assert_eq!(
        problem(send("cases", "text/plain", "{}"), 415)["code"],
        "unsupported_content_type"
    );
    let large = format!("{{\"case_no\":\"{}\"}}", "1".repeat(3000));
    assert_eq!(
        problem(send("cases", json, &large), 413)["code"],
        "body_too_large"
    );
    assert_eq!(
        problem(send("cases", json, "{\"case_no\":\" \"}"), 422)["field"],
        "case_no"
    );

    for path in [
        "cases",
        "subjects",
        "voices",
        "searches",
        "comparisons",
        "jobs",
        "recordings",
    ] {
        assert_eq!(
            problem(service.get(&format!("{path}/{unknown}")), 404)["code"],
            "not_found"
        );
        problem(service.get(&format!("{path}/no-id")), 404);
    }
    problem(service.get("nothing-here"), 404);
    let delete = service
        .client
        .delete(service.at("recordings"))
        .send()
        .unwrap();
    assert_eq!(problem(delete, 405)["code"], "method_not_allowed");
    problem(service.get("recordings?limit=0"), 422);
    problem(service.get("recordings?limit=lots"), 400);
    problem(service.get("recordings?colour=red"), 400);
    problem(service.get("recordings?cursor=nonsense"), 422);

    let search = |body: Value| service.post("searches", &body);
    assert_eq!(
        problem(search(json!({ "voice_id": unknown })), 404)["code"],
        "not_found"
    );
    assert_eq!(problem(search(json!({})), 422)["field"], "voice_id");
    assert_eq!(
        problem(search(json!({ "voice_id": unknown, "top_k": 0 })), 422)["field"],
        "top_k"
    );
    problem(
        search(json!({ "voice_id": unknown, "top_k": 1_000_000_000 })),
        422,
    );
    problem(search(json!({ "voice_id": unknown, "top_k": -1 })), 422);
    problem(search(json!({ "voice_id": "no-id" })), 422);
    problem(
        search(json!({ "voice_id": unknown, "against": "everyone" })),
        422,
    );
    let health = service
        .client
        .get(format!("{}/healthz", service.url))
        .send()
        .unwrap();
    assert_eq!(health.status(), 200);
}

#[test]
fn a_request_that_takes_too_long_is_answered() {
    let service = Service::start_with("[server]\nrequest_timeout_ms = 300\n");
    let address = service.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = "POST /api/v1/cases HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"case_no\":";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\"timeout\""), "{answer}");
    assert!(
        service.get_json("cases")["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
