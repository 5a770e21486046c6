//! What a file is comes from its content; who decodes it is said; each limit is kept and named.

use std::path::PathBuf;

use serde_json::Value;

use crate::bad_input::wav;
use crate::service::{Service, command, json_lines, problem, sample};

/// A file of `tests/golden/formats`.
fn format(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/formats");
    std::fs::read(folder.join(name)).unwrap()
}

/// A service, if there is an ffmpeg on this machine; under `CI=true` there must be one.
fn service_with_ffmpeg(settings: &str) -> Option<Service> {
    let service = Service::start_with(settings);
    if service.get_json("limits")["ffmpeg_version"].is_string() {
        return Some(service);
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "ffmpeg is needed in CI: apt-get install ffmpeg"
    );
    eprintln!("left out: ffmpeg is not installed");
    None
}

/// Uploads and waits for the end of the analysis.
fn taken(service: &Service, name: &str, bytes: Vec<u8>) -> Value {
    let response = service.upload_bytes(name, bytes, "2026-001");
    let status = response.status();
    let upload: Value = response.json().unwrap();
    assert_eq!(status, 201, "{name}: {upload}");
    service.analysed(upload["id"].as_str().unwrap())
}

#[test]
fn what_only_ffmpeg_reads_is_analysed_heard_and_seen() {
    let Some(service) = service_with_ffmpeg("") else {
        return;
    };
    // The name says something else each time: it is not asked.
    for (file, container, codec, least_ms) in [
        ("nb.amr", "amr", "amr_nb", 1_400),
        ("bare.gsm", "gsm", "gsm", 1_400),
        ("wmav2.wma", "asf", "wmav2", 1_400),
        ("mp2.ts", "mpegts", "mp2", 1_400),
        ("g726.wav", "wav", "adpcm_g726", 1_400),
    ] {
        let recording = taken(&service, "call.wav", format(file));
        let media = &recording["media"];
        assert_eq!(media["container"], container, "{file}: {recording}");
        assert_eq!(media["codec"], codec, "{file}: {recording}");
        let decoder = media["decoder"].as_str().unwrap();
        assert!(decoder.starts_with("ffmpeg "), "{file}: {decoder}");
        assert!(media["duration_ms"].as_u64().unwrap() >= least_ms, "{file}");
        assert!(media["bit_rate_bps"].as_u64().unwrap() < 100_000, "{file}");

        let id = recording["id"].as_str().unwrap();
        let original = service.get(&format!("recordings/{id}/audio"));
        assert_eq!(original.bytes().unwrap(), format(file), "{file}");
        let heard = service.get(&format!("recordings/{id}/audio?as=wav"));
        assert!(heard.bytes().unwrap().starts_with(b"RIFF"), "{file}");
        let peaks = service.get_json(&format!("recordings/{id}/peaks?channel=0&points=50"));
        assert_eq!(peaks["duration_ms"], media["duration_ms"], "{file}");
        let tile = format!("recordings/{id}/spectrogram?channel=0&zoom=0&tile=0");
        assert_eq!(service.get(&tile).status(), 200, "{file}");
    }
    let kept = std::fs::read_dir(service.folder().join("derived").join("pcm"));
    assert_eq!(kept.unwrap().count(), 5);
}

#[test]
fn without_ffmpeg_the_answer_says_what_to_install_or_convert() {
    let service = Service::start_with("[transcode]\nffmpeg = \"/nowhere/ffmpeg\"\n");
    let refused = problem(
        service.upload_bytes("call.wav", format("nb.amr"), "2026-001"),
        415,
    );
    assert_eq!(refused["code"], "needs_transcoder");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("AMR-NB") && detail.contains("ffmpeg"),
        "{detail}"
    );
    let limits = service.get_json("limits");
    assert!(limits["ffmpeg_version"].is_null());
    let formats = limits["formats"].as_array().unwrap();
    let is_read = |name: &str| {
        let row = formats.iter().find(|row| row["name"] == name);
        row.unwrap()["is_read"].as_bool().unwrap()
    };
    assert!(is_read("Opus") && !is_read("AMR-NB") && !is_read("SILK v3"));
    let silk = problem(
        service.upload_bytes("voice.aud", b"\x02#!SILK_V3\x10\0".to_vec(), "2026-001"),
        415,
    );
    assert_eq!(silk["code"], "convert_first");
}

/// Settings that small files break, one limit each.
const NARROW: &str = "
[audio]
max_bytes = 300000
max_duration_ms = 5000
max_channels = 2
min_sample_rate_hz = 6000
max_sample_rate_hz = 48000
max_packets = 100
max_samples = 200000
max_samples_per_byte = 10
free_samples = 1000

[transcode]
max_output_bytes = 20000
";

#[test]
fn each_limit_of_a_file_is_kept_and_named() {
    let service = Service::start_with(NARROW);
    let bytes_of = |seconds: f64, frame_bytes: f64| (seconds * frame_bytes) as usize;
    let pcm = |channels: u16, rate: u32, bits: u16, seconds: f64| {
        let frame_bytes = f64::from(channels) * f64::from(rate) * f64::from(bits) / 8.0;
        let data = vec![0u8; bytes_of(seconds, frame_bytes)];
        wav(1, channels, rate, bits, data.len() as u32, &data)
    };
    for (what, bytes, code) in [
        ("bytes", pcm(1, 48_000, 32, 2.0), "too_large"),
        ("duration", pcm(1, 8_000, 16, 6.0), "too_long"),
        ("channels", pcm(3, 8_000, 16, 1.0), "channels_out_of_range"),
        (
            "a low rate",
            pcm(1, 4_000, 16, 1.0),
            "sample_rate_out_of_range",
        ),
        (
            "a high rate",
            pcm(1, 96_000, 16, 0.5),
            "sample_rate_out_of_range",
        ),
        ("packets", format("mpeg2.mp3").repeat(3), "too_many_packets"),
        ("samples", pcm(2, 48_000, 8, 2.5), "too_many_samples"),
        ("expansion", format("opus.ogg"), "expands_too_far"),
    ] {
        assert_eq!(refusal(&service, bytes), code, "{what}");
    }
    if service.get_json("limits")["ffmpeg_version"].is_string() {
        assert_eq!(refusal(&service, format("nb.amr")), "transcode_too_large");
    }
    // What keeps all of them is taken.
    let recording = taken(&service, "call.wav", pcm(1, 8_000, 16, 2.0));
    assert_eq!(recording["state"], "no_voice");
}

/// The code with which a file is refused, at once or by its analysis.
fn refusal(service: &Service, bytes: Vec<u8>) -> String {
    let answer: Value = service
        .upload_bytes("call.wav", bytes, "2026-001")
        .json()
        .unwrap();
    let Some(id) = answer["id"].as_str() else {
        return answer["code"].as_str().unwrap().to_owned();
    };
    let recording = service.analysed(id);
    assert_eq!(recording["state"], "failed", "{recording}");
    let failure = &recording["failure"];
    assert!(!failure["detail"].as_str().unwrap().is_empty());
    failure["code"].as_str().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn an_ffmpeg_that_does_not_end_is_stopped() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("ffmpeg");
    let script = "#!/bin/sh\n[ \"$1\" = -version ] && echo 'ffmpeg version 0 x' && exit 0\n\
        while :; do :; done\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = program.display();
    let settings = format!("[transcode]\nffmpeg = \"{path}\"\nmax_wall_s = 1\n");
    let service = Service::start_with(&settings);
    let refused = problem(
        service.upload_bytes("call.amr", format("nb.amr"), "2026-001"),
        422,
    );
    assert_eq!(refused["code"], "transcode_timed_out");
    service.get_json("limits");
}

#[test]
fn a_folder_with_bad_files_is_ingested_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    std::fs::create_dir(&calls).unwrap();
    let good = std::fs::read(sample("golden/utterance.wav")).unwrap();
    for number in 0..18 {
        // Bytes behind the sound, so that each is a recording of its own.
        let mut bytes = good.clone();
        bytes.extend_from_slice(format!("LIST\u{4}\0\0\0{number:04}").as_bytes());
        std::fs::write(calls.join(format!("good-{number:02}.wav")), bytes).unwrap();
    }
    std::fs::write(calls.join("bad-text.wav"), b"a letter, no call").unwrap();
    std::fs::write(
        calls.join("bad-header.wav"),
        wav(1, 0, 8000, 16, 4, b"1234"),
    )
    .unwrap();
    let data = folder.path().join("data");
    let run = |as_json: bool| {
        let mut arguments = vec!["ingest", calls.to_str().unwrap()];
        arguments.extend(["--data", data.to_str().unwrap()]);
        if as_json {
            arguments.push("--json");
        }
        command(&arguments).output().unwrap()
    };
    let output = run(true);
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&output);
    let of = |outcome: &str| {
        lines
            .iter()
            .filter(|line| line["outcome"] == outcome)
            .count()
    };
    assert_eq!((lines.len(), of("analysed"), of("refused")), (20, 18, 2));
    for line in lines.iter().filter(|line| line["outcome"] == "refused") {
        assert!(
            line["error"].as_str().unwrap().contains("expected")
                || line["error"].as_str().unwrap().contains("accepted"),
            "{line}"
        );
    }
    let good = lines
        .iter()
        .find(|line| line["outcome"] == "analysed")
        .unwrap();
    assert_eq!(good["media"]["decoder"], "in_process");
    assert_eq!(good["voices"].as_array().unwrap().len(), 1);
    let again = String::from_utf8(run(false).stdout).unwrap();
    assert!(
        again.contains("20 files: 0 analysed, 0 without a voice, 18 already there, 2 refused"),
        "{again}"
    );
}
