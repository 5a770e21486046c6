//! The main job: upload, analyse, search, listen, compare, enrol.

use serde_json::json;

use crate::service::{Service, problem, sample, voxtrace};

const SPEAKER_A: [&str; 2] = ["case-2026-001/call-02.mp3", "case-2026-004/call-01.wav"];
const SPEAKER_C: &str = "case-2026-001/call-03.wav";

#[test]
fn a_voice_is_found_again_in_another_case() {
    let service = Service::start();
    let probe = service.upload(SPEAKER_A[0], "2026-001");
    let other = service.upload(SPEAKER_A[1], "2026-004");
    service.upload(SPEAKER_C, "2026-001");
    assert_eq!(probe["state"], "analysed");
    assert_eq!(probe["media"]["codec"], "mp3");
    let voice = &service.voices(probe["id"].as_str().unwrap())[0];

    let response = service.post("searches", &json!({ "voice_id": voice["id"], "top_k": 5 }));
    assert_eq!(response.status(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let search: serde_json::Value = response.json().unwrap();
    let candidates = search["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 2);
    assert_eq!(candidates[0]["recording"]["id"], other["id"]);
    assert_eq!(candidates[0]["case_no"], "2026-004");
    assert!(candidates[0]["llr"].as_f64().unwrap() > 0.0);
    assert!(candidates[1]["llr"].as_f64().unwrap() < 0.0);
    assert!(candidates[0]["expected_false"].as_f64().unwrap() < 1.0);
    assert_eq!(search["gallery_size"], 2);
    assert_eq!(search["base_rate"]["odds_against"], 1);
    let points = search["operating_points"].as_array().unwrap();
    let names: Vec<_> = points.iter().map(|point| &point["name"]).collect();
    assert_eq!(names, ["screening", "review", "strict"]);
    assert_eq!(candidates[0]["operating_point"], "strict");
    assert!(candidates[1]["operating_point"] != "strict");
    assert_eq!(search["kind"], "investigative_search");
    assert_eq!(search["method"]["name"], "exact");

    let stored: serde_json::Value = service
        .client
        .get(format!("{}{location}", service.url))
        .send()
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(stored, search);

    let comparison = service.post(
        "comparisons",
        &json!({
            "left": { "recording_id": probe["id"] },
            "right": { "recording_id": other["id"] },
        }),
    );
    assert_eq!(comparison.status(), 201);
    let comparison: serde_json::Value = comparison.json().unwrap();
    assert_eq!(comparison["llr"], candidates[0]["llr"]);
    assert_eq!(comparison["kind"], "evaluative_comparison");

    let report = service.get(&format!(
        "comparisons/{}/report?lang=zh",
        comparison["id"].as_str().unwrap()
    ));
    assert_eq!(report.status(), 200);
    let policy = report.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'");
    let page = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(page.path(), report.bytes().unwrap()).unwrap();
    let [left, right] = [SPEAKER_A[0], SPEAKER_A[1]].map(sample);
    let verified = voxtrace(&[
        "verify",
        page.path().to_str().unwrap(),
        left.to_str().unwrap(),
        right.to_str().unwrap(),
    ]);
    assert!(verified.status.success(), "{verified:?}");

    let folder = service.folder();
    let audit = voxtrace(&["audit", "verify", "--data", folder.to_str().unwrap()]);
    assert!(
        audit.status.success(),
        "{}",
        String::from_utf8_lossy(&audit.stdout)
    );
}

#[test]
fn an_enrolled_voice_is_a_subject_until_the_enrolment_is_withdrawn() {
    let service = Service::start();
    let probe = service.upload(SPEAKER_A[0], "2026-001");
    let suspect = service.upload("suspects/suspect-a.wav", "2026-009");
    let subject: serde_json::Value = service
        .post(
            "subjects",
            &json!({ "name": "Suspect A", "class": "suspect" }),
        )
        .json()
        .unwrap();
    let enrolments = format!("subjects/{}/enrolments", subject["id"].as_str().unwrap());
    let made = service.post(
        &enrolments,
        &json!({ "recording_id": suspect["id"], "ground": "order 1" }),
    );
    assert_eq!(made.status(), 201);
    let made: serde_json::Value = made.json().unwrap();
    let search = |against: &str| -> serde_json::Value {
        service
            .post(
                "searches",
                &json!({ "recording_id": probe["id"], "against": against }),
            )
            .json()
            .unwrap()
    };
    assert_eq!(
        search("subjects")["candidates"][0]["subject"]["name"],
        "Suspect A"
    );
    assert_eq!(search("archive")["candidates"].as_array().unwrap().len(), 0);
    let path = format!("{enrolments}/{}", made["id"].as_str().unwrap());
    let withdrawn = service.client.delete(service.at(&path)).send().unwrap();
    assert_eq!(withdrawn.status(), 200);
    assert_eq!(
        search("subjects")["candidates"].as_array().unwrap().len(),
        0
    );
    assert_eq!(search("all")["candidates"][0]["subject"], json!(null));
}

#[test]
fn two_channels_are_two_voices_and_a_search_asks_which() {
    let service = Service::start();
    let call = service.upload("case-2026-001/call-01.wav", "2026-001");
    assert_eq!(service.voices(call["id"].as_str().unwrap()).len(), 2);
    let ambiguous = problem(
        service.post("searches", &json!({ "recording_id": call["id"] })),
        422,
    );
    assert_eq!(ambiguous["code"], "voice_ambiguous");
    assert_eq!(ambiguous["channels"], json!([0, 1]));
    let one = service.post(
        "searches",
        &json!({ "recording_id": call["id"], "channel": 1 }),
    );
    assert_eq!(one.status(), 201);
}

#[test]
fn audio_answers_ranges_and_a_playable_version() {
    let service = Service::start();
    let call = service.upload("case-2026-003/call-01.wav", "2026-001");
    let audio = format!("recordings/{}/audio", call["id"].as_str().unwrap());
    let whole = service.get(&audio);
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let whole = whole.bytes().unwrap();
    let part = service
        .client
        .get(service.at(&audio))
        .header("Range", "bytes=100-199")
        .send()
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"].to_str().unwrap(),
        format!("bytes 100-199/{}", whole.len())
    );
    assert_eq!(part.bytes().unwrap(), whole.slice(100..200));
    let beyond = service
        .client
        .get(service.at(&audio))
        .header("Range", format!("bytes={}-", whole.len()))
        .send()
        .unwrap();
    problem(beyond, 416);
    let wav = service.get(&format!("{audio}?as=wav")).bytes().unwrap();
    let reader = hound::WavReader::new(wav.as_ref()).unwrap();
    assert_eq!(reader.spec().bits_per_sample, 16);
    let duration_ms = u64::from(reader.duration()) * 1000 / u64::from(reader.spec().sample_rate);
    assert!(duration_ms.abs_diff(call["media"]["duration_ms"].as_u64().unwrap()) <= 1);

    let peaks = service.get_json(&format!(
        "recordings/{}/peaks?channel=0&points=300",
        call["id"].as_str().unwrap()
    ));
    let points = peaks["points"].as_u64().unwrap();
    assert!((150..=300).contains(&points), "{points}");
    let segments = service.get_json(&format!(
        "recordings/{}/segments",
        call["id"].as_str().unwrap()
    ));
    assert_eq!(segments["revision"], 1);
    assert!(!segments["segments"].as_array().unwrap().is_empty());
}

#[test]
fn too_little_speech_and_silence_are_outcomes() {
    let service = Service::start();
    let short = service.upload("case-2026-006/one-second.wav", "2026-006");
    assert_eq!(short["state"], "no_voice");
    let refused = problem(
        service.post("searches", &json!({ "recording_id": short["id"] })),
        422,
    );
    assert_eq!(refused["code"], "too_little_speech");
    assert!(refused["found_ms"].as_u64().unwrap() < refused["minimum_ms"].as_u64().unwrap());
    let silence = service.upload("case-2026-006/silence.wav", "2026-006");
    assert_eq!(silence["state"], "no_voice");
    let refused = problem(
        service.post("searches", &json!({ "recording_id": silence["id"] })),
        422,
    );
    assert_eq!(refused["code"], "no_voice");
    let truncated = service.upload("case-2026-006/truncated.wav", "2026-006");
    assert_eq!(truncated["state"], "analysed");
    assert!(truncated["media"]["damage"]["reason"].is_string());
}

#[test]
fn the_page_the_description_and_the_measurements_are_there() {
    let service = Service::start();
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/openapi.json",
        "/api/docs/",
    ] {
        let response = service
            .client
            .get(format!("{}{path}", service.url))
            .send()
            .unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    let page = service.client.get(&service.url).send().unwrap();
    assert_eq!(
        page.status(),
        200,
        "the front end must be built before the tests"
    );
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("'self'")
    );
    assert!(page.text().unwrap().contains("<div id="));
    let models = service.get_json("models");
    assert_eq!(models["items"].as_array().unwrap().len(), 4);
    assert!(
        service.get_json("limits")["formats"]
            .as_array()
            .unwrap()
            .len()
            > 5
    );
}

#[test]
fn a_listener_hears_of_a_recording() {
    use std::io::BufRead;
    let service = Service::start();
    let events = service.client.get(service.at("events")).send().unwrap();
    let listener = std::thread::spawn(move || {
        std::io::BufReader::new(events)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("\"state\":\"analysed\""))
    });
    let call = service.upload(SPEAKER_A[1], "2026-001");
    let heard = listener.join().unwrap().unwrap();
    assert!(heard.contains(call["id"].as_str().unwrap()), "{heard}");
}
