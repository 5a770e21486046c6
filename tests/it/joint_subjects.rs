//! Subjects by all of their enrolled voices together.

use serde_json::{Value, json};

use crate::service::{Service, json_lines, problem, sample, voxtrace};

const PROBE: &str = "case-2026-001/call-02.mp3";
const SPEAKER_A: [&str; 2] = ["case-2026-004/call-01.wav", "suspects/suspect-a.wav"];
const SPEAKER_C: [&str; 2] = ["case-2026-001/call-03.wav", "suspects/suspect-c.wav"];

/// A subject with the voices of these recordings.
fn enrolled(service: &Service, name: &str, recordings: &[&Value]) -> Value {
    let body = json!({ "name": name, "class": "suspect" });
    let subject: Value = service.post("subjects", &body).json().unwrap();
    for recording in recordings {
        let path = format!("subjects/{}/enrolments", subject["id"].as_str().unwrap());
        let body = json!({ "recording_id": recording["id"], "ground": "order 1" });
        assert_eq!(service.post(&path, &body).status(), 201);
    }
    subject
}

fn search(service: &Service, body: &Value) -> Value {
    let response = service.post("searches", body);
    assert_eq!(response.status(), 201);
    response.json().unwrap()
}

#[test]
fn a_subject_is_scored_by_all_of_its_recordings_but_the_probes_own() {
    let service = Service::start();
    let probe = service.upload(PROBE, "2026-001");
    // The same file in another case is the same recording.
    let copy = service.upload(PROBE, "2026-002");
    let of_a = SPEAKER_A.map(|path| service.upload(path, "2026-004"));
    let of_c = SPEAKER_C.map(|path| service.upload(path, "2026-001"));
    let a = enrolled(&service, "Suspect 01", &[&of_a[0], &of_a[1], &copy]);
    let c = enrolled(&service, "Suspect 02", &[&of_c[0], &of_c[1]]);

    let answer = search(&service, &json!({ "recording_id": probe["id"] }));
    let subjects = answer["subjects"].as_array().unwrap();
    assert_eq!(subjects.len(), 2);
    assert_eq!(subjects[0]["subject"]["id"], a["id"]);
    assert_eq!(subjects[0]["recordings"], 2);
    assert_eq!(subjects[0]["voices"].as_array().unwrap().len(), 2);
    assert_eq!(subjects[1]["subject"]["id"], c["id"]);
    let llr = |value: &Value| value["llr"].as_f64().unwrap();
    assert!(llr(&subjects[0]) > 1.0 && llr(&subjects[1]) < 0.0);
    let margin = subjects[0]["margin_llr"].as_f64().unwrap();
    assert!((margin - (llr(&subjects[0]) - llr(&subjects[1]))).abs() < 1e-9);
    for subject in subjects {
        let voices = subject["voices"].as_array().unwrap();
        let mean: f64 = voices
            .iter()
            .map(|one| one["log10_lr"].as_f64().unwrap())
            .sum();
        let joint = subject["log10_lr"].as_f64().unwrap();
        assert!((mean / 2.0 - joint).abs() < 1e-9, "{subject}");
        assert!(subject["least_agreement"]["log10_lr"].as_f64().unwrap() > 0.0);
        assert!(subject["expected_false"].as_f64().unwrap() <= 2.0);
    }
    let candidates = answer["candidates"].as_array().unwrap();
    let of_voice = |id: &Value| {
        let found = candidates
            .iter()
            .find(|one| one["voice"]["voice_id"] == *id);
        found.unwrap()["log10_lr"].clone()
    };
    for one in subjects[0]["voices"].as_array().unwrap() {
        assert_eq!(one["log10_lr"], of_voice(&one["voice"]["voice_id"]));
    }
    let archive = json!({ "recording_id": probe["id"], "against": "archive" });
    assert_eq!(search(&service, &archive)["subjects"], json!([]));
    let only_best = json!({ "recording_id": probe["id"], "top_k": 1 });
    assert_eq!(
        search(&service, &only_best)["subjects"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let stored = service.get_json(&format!("searches/{}", answer["id"].as_str().unwrap()));
    assert_eq!(stored["subjects"], answer["subjects"]);

    let body = json!({
        "left": { "recording_id": probe["id"] },
        "right": { "subject_id": a["id"] },
    });
    let response = service.post("comparisons", &body);
    assert_eq!(response.status(), 201);
    let comparison: Value = response.json().unwrap();
    // The index sums in another order, so the last bits of a score may differ.
    assert!((llr(&comparison) - llr(&subjects[0])).abs() < 1e-4);
    assert_eq!(comparison["subject"]["recordings"], 2);
    assert_eq!(comparison["right"], subjects[0]["voices"][0]["voice"]);
    let id = comparison["id"].as_str().unwrap();
    let report = service.get(&format!("comparisons/{id}/report"));
    assert_eq!(report.status(), 200);
    assert!(report.text().unwrap().contains("Suspect 01"));

    let data = service.folder();
    let data = data.to_str().unwrap();
    let file = sample(PROBE);
    let printed = voxtrace(&["--json", "search", file.to_str().unwrap(), "--data", data]);
    let line = &json_lines(&printed)[0];
    assert_eq!(line["subjects"][0]["subject"]["name"], "Suspect 01");
    let text = voxtrace(&["search", file.to_str().unwrap(), "--data", data]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("Suspect 02 (suspect)") && text.contains("least agreement"),
        "{text}"
    );
    assert!(
        voxtrace(&["audit", "verify", "--data", data])
            .status
            .success()
    );
}

#[test]
fn a_comparison_with_a_subject_needs_another_recording_of_it() {
    let service = Service::start();
    let probe = service.upload(PROBE, "2026-001");
    let own = enrolled(&service, "Suspect 01", &[&probe]);
    let nobody = enrolled(&service, "Suspect 02", &[]);
    let compared = |right: Value| {
        let body = json!({ "left": { "recording_id": probe["id"] }, "right": right });
        service.post("comparisons", &body)
    };
    for subject in [&own, &nobody] {
        let refused = problem(compared(json!({ "subject_id": subject["id"] })), 422);
        assert_eq!(refused["field"], "right");
        let found = refused["found"].as_str().unwrap();
        assert!(found.contains("without another enrolled voice"), "{found}");
    }
    let unknown = json!({ "subject_id": uuid::Uuid::nil() });
    assert_eq!(problem(compared(unknown), 404)["code"], "not_found");
    let both = json!({ "subject_id": own["id"], "recording_id": probe["id"] });
    assert_eq!(problem(compared(both), 422)["field"], "right");
    assert_eq!(problem(compared(json!({})), 422)["field"], "right");
}
