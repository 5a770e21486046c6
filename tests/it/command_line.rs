//! The command line: exit codes, JSON, resuming after a kill.

use std::collections::HashSet;
use std::process::Stdio;

use serde_json::Value;

use crate::service::{Service, command, json_lines, sample, voxtrace, wait_for};

fn path(name: &str) -> String {
    sample(name).to_str().unwrap().to_owned()
}

#[test]
fn the_same_person_and_two_people_have_ratios_of_opposite_sign() {
    let llr = |left: &str, right: &str| {
        let output = voxtrace(&["--json", "compare", &path(left), &path(right)]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        json_lines(&output)[0]["llr"].as_f64().unwrap()
    };
    assert!(llr("case-2026-001/call-02.mp3", "case-2026-004/call-01.wav") > 0.0);
    assert!(llr("case-2026-001/call-02.mp3", "case-2026-001/call-03.wav") < 0.0);
}

#[test]
fn exit_codes_tell_failure_wrong_usage_and_no_result_apart() {
    let code = |arguments: &[&str]| voxtrace(arguments).status.code();
    let call = path("case-2026-001/call-03.wav");
    assert_eq!(code(&["analyse", &call]), Some(0));
    assert_eq!(code(&["analyse", "/no/such/file.wav"]), Some(1));
    assert_eq!(code(&["analyse"]), Some(2));
    assert_eq!(code(&["no-such-command"]), Some(2));
    assert_eq!(code(&["serve", "--listen", "0.0.0.0:8080"]), Some(2));
    assert_eq!(
        code(&["analyse", &path("case-2026-006/silence.wav")]),
        Some(3)
    );
    let short = voxtrace(&[
        "--json",
        "compare",
        &path("case-2026-006/one-second.wav"),
        &call,
    ]);
    assert_eq!(short.status.code(), Some(3));
    assert_eq!(json_lines(&short)[0]["outcome"], "too_little_speech");
    let folder = path("diarization");
    assert_eq!(code(&["evaluate", "--diarization", &folder]), Some(1));
    assert_eq!(code(&["--help"]), Some(0));
}

#[test]
fn a_service_for_the_world_is_refused_with_the_reason() {
    let output = voxtrace(&["serve", "--listen", "0.0.0.0:8080"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("no people and roles yet"), "{words}");
}

#[test]
fn the_same_file_gives_the_same_analysis_every_time() {
    let analyse = || {
        let call = path("case-2026-001/call-04.flac");
        voxtrace(&["--json", "analyse", "--embeddings", &call]).stdout
    };
    let first = analyse();
    assert!(!first.is_empty());
    assert_eq!(first, analyse());
}

#[test]
fn an_ingest_that_was_killed_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    std::fs::create_dir(&calls).unwrap();
    // Copies that differ in one byte behind the samples are different files of the same call.
    let bytes = std::fs::read(sample("case-2026-006/one-second.wav")).unwrap();
    for number in 0u8..40 {
        let mut copy = bytes.clone();
        copy.extend_from_slice(b"note\x02\x00\x00\x00");
        copy.extend_from_slice(&[number, 0]);
        std::fs::write(calls.join(format!("call-{number:02}.wav")), copy).unwrap();
    }
    let data = folder.path().join("data");
    let arguments = [
        "--json",
        "ingest",
        calls.to_str().unwrap(),
        "--case",
        "2026-001",
        "--data",
        data.to_str().unwrap(),
    ];
    let mut first = command(&arguments).stdout(Stdio::null()).spawn().unwrap();
    wait_for("some blobs", || {
        let blobs = walkdir::WalkDir::new(data.join("blobs"))
            .into_iter()
            .flatten();
        (blobs.filter(|entry| entry.file_type().is_file()).count() >= 10).then_some(())
    });
    first.kill().unwrap();
    first.wait().unwrap();

    let second = voxtrace(&arguments);
    assert_eq!(second.status.code(), Some(0), "{second:?}");
    let lines = json_lines(&second);
    assert_eq!(lines.len(), 40);
    let ids: HashSet<&str> = lines
        .iter()
        .filter_map(|line| line["recording_id"].as_str())
        .collect();
    assert_eq!(ids.len(), 40);
    let third = voxtrace(&arguments);
    assert!(
        json_lines(&third)
            .iter()
            .all(|line| line["outcome"] == "already_there")
    );
    let audit = voxtrace(&["audit", "verify", "--data", data.to_str().unwrap()]);
    assert!(audit.status.success(), "{audit:?}");
    let incoming = std::fs::read_dir(data.join("incoming")).unwrap().count();
    assert_eq!(incoming, 0);
}

#[test]
fn one_bad_file_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    std::fs::create_dir(&calls).unwrap();
    std::fs::copy(sample("case-2026-006/one-second.wav"), calls.join("a.wav")).unwrap();
    std::fs::write(calls.join("b.wav"), "this is no recording").unwrap();
    std::fs::copy(sample("case-2026-006/silence.wav"), calls.join("c.wav")).unwrap();
    let data = folder.path().join("data");
    let output = voxtrace(&[
        "--json",
        "ingest",
        calls.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let outcomes: Vec<Value> = json_lines(&output)
        .iter()
        .map(|line| line["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["no_voice", "refused", "no_voice"]);
}

/// Enrols the demo's first suspect, under options that stand before the command.
fn enrol_suspect(options: &[&str], data: &std::path::Path) {
    let suspect = path("suspects/suspect-a.wav");
    let enrol = ["enrol", &suspect, "--subject", "Suspect A"];
    let why = ["--class", "suspect", "--ground", "order 1"];
    let into = ["--data", data.to_str().unwrap()];
    let enrolled = voxtrace(&[options, &enrol, &why, &into].concat());
    assert_eq!(enrolled.status.code(), Some(0), "{enrolled:?}");
}

#[test]
fn what_the_command_line_adds_a_running_service_finds() {
    let service = Service::start();
    let data = service.folder();
    let probe = service.upload("case-2026-001/call-02.mp3", "2026-001");
    enrol_suspect(&["--json"], &data);
    let search: Value = service
        .post(
            "searches",
            &serde_json::json!({ "recording_id": probe["id"] }),
        )
        .json()
        .unwrap();
    assert_eq!(search["candidates"][0]["subject"]["name"], "Suspect A");

    let found = voxtrace(&[
        "--json",
        "search",
        &path("case-2026-004/call-01.wav"),
        "--top",
        "3",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert_eq!(found.status.code(), Some(0), "{found:?}");
    let candidates = &json_lines(&found)[0]["candidates"];
    assert_eq!(candidates.as_array().unwrap().len(), 2);
    assert!(candidates[0]["llr"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_service_that_is_asked_to_end_leaves_a_whole_archive() {
    let service = Service::start();
    let bytes = std::fs::read(sample("case-2026-001/call-01.wav")).unwrap();
    for number in 0..3 {
        service.upload_bytes("call.wav", bytes.clone(), &format!("2026-{number}"));
    }
    let folder = service.stop();
    let data = folder.path().join("data");
    let audit = voxtrace(&["audit", "verify", "--data", data.to_str().unwrap()]);
    assert!(audit.status.success(), "{audit:?}");
    assert_eq!(std::fs::read_dir(data.join("workers")).unwrap().count(), 0);
}

#[test]
fn the_models_are_what_their_manifests_say() {
    let output = voxtrace(&["--json", "models", "verify"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(json_lines(&output).len(), 4);
    let doctor = tempfile::tempdir().unwrap();
    let output = voxtrace(&[
        "--json",
        "doctor",
        "--data",
        doctor.path().to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_description_that_the_page_is_built_from_is_the_present_one() {
    let output = voxtrace(&["openapi"]);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/openapi.json");
    let kept: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(printed == kept, "web/openapi.json is old: run `make api`");
}

#[test]
fn a_report_is_made_again_from_its_recordings_and_a_changed_one_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (left, right) = (
        path("case-2026-001/call-02.mp3"),
        path("case-2026-004/call-01.wav"),
    );
    let report = folder.path().join("report.html");
    let report = report.to_str().unwrap();
    let write = || voxtrace(&["compare", &left, &right, "--report", report, "--lang", "zh"]);
    assert_eq!(write().status.code(), Some(0));
    assert_eq!(write().status.code(), Some(1), "it is never written over");

    let verify = |left: &str, right: &str| {
        let output = voxtrace(&["--json", "verify", report, left, right]);
        (output.status.code(), json_lines(&output).pop())
    };
    let (code, found) = verify(&left, &right);
    let found = found.unwrap();
    assert_eq!(
        (code, &found["reproduced"], &found["page_unchanged"]),
        (Some(0), &Value::Bool(true), &Value::Bool(true))
    );
    let (code, found) = verify(&right, &left);
    assert_eq!(code, Some(1));
    let error = found.unwrap()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("the report is about"), "{error}");

    let page = std::fs::read_to_string(report).unwrap();
    let digits = "\"log10_lr\":";
    let (before, after) = page.split_once(digits).unwrap();
    std::fs::write(report, format!("{before}{digits}9{after}")).unwrap();
    let (code, found) = verify(&left, &right);
    let found = found.unwrap();
    assert_eq!((code, &found["reproduced"]), (Some(1), &Value::Bool(false)));
    assert_eq!(found["differences"][0]["field"], "evidence.log10_lr");

    std::fs::write(report, page.replace("净语音", "净话音")).unwrap();
    let (code, found) = verify(&left, &right);
    let found = found.unwrap();
    assert_eq!(
        (code, &found["reproduced"], &found["page_unchanged"]),
        (Some(1), &Value::Bool(true), &Value::Bool(false))
    );
    std::fs::write(report, "<html>no report</html>").unwrap();
    assert_eq!(verify(&left, &right).0, Some(1));
}

#[test]
fn an_archive_goes_on_with_the_model_of_its_voices() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "[models]\nembedding = \"campplus-zh-en\"\n").unwrap();
    let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
    enrol_suspect(&["--config", settings.to_str().unwrap()], &old);
    let searched = |data: &std::path::Path| {
        let call = path("case-2026-001/call-02.mp3");
        let found = voxtrace(&["--json", "search", &call, "--data", data.to_str().unwrap()]);
        assert_eq!(found.status.code(), Some(0), "{found:?}");
        let answer = json_lines(&found).remove(0);
        let candidates = answer["candidates"].as_array().unwrap().len();
        (answer["model_id"].clone(), candidates)
    };
    assert_eq!(searched(&old), ("campplus-zh-en".into(), 1));
    assert_eq!(searched(&new), ("campplus-zh-en-telephone".into(), 0));
}
