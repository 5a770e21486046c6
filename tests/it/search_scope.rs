//! Searches of a part of the archive, and of many voices at once.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::alerts::watch_list;
use crate::service::{Service, json_lines, problem, sample, voxtrace};

const PROBE: &str = "case-2026-001/call-02.mp3";
const SAME_SPEAKER: &str = "case-2026-004/call-01.wav";
const OTHER: &str = "case-2026-004/call-02.wav";
const SUSPECT: &str = "suspects/suspect-c.wav";

fn upload(service: &Service, path: &str, case_no: &str, call: &[(&str, &str)]) -> Value {
    let file = reqwest::blocking::multipart::Part::bytes(std::fs::read(sample(path)).unwrap());
    let form = reqwest::blocking::multipart::Form::new().text("case_no", case_no.to_owned());
    let form = call.iter().fold(form, |form, (name, value)| {
        form.text((*name).to_owned(), (*value).to_owned())
    });
    let name = path.rsplit('/').next().unwrap().to_owned();
    let form = form.part("file", file.file_name(name));
    let client = reqwest::blocking::Client::new();
    let response = client.post(service.at("recordings")).multipart(form).send();
    let stored: Value = response.unwrap().json().unwrap();
    service.analysed(stored["recording"]["id"].as_str().unwrap())
}

fn searched(service: &Service, probe: &Value, more: &Value) -> Value {
    let mut body = json!({ "recording_id": probe["id"], "top_k": 50 });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let response = service.post("searches", &body);
    let status = response.status();
    let answer: Value = response.json().unwrap();
    assert_eq!(status, 201, "{answer}");
    answer
}

/// Recordings of the candidates, and how many voices were searched.
fn recordings(answer: &Value) -> (Vec<String>, u64) {
    let candidates = answer["candidates"].as_array().unwrap();
    let mut found: Vec<String> = candidates
        .iter()
        .map(|one| one["recording"]["id"].as_str().unwrap().to_owned())
        .collect();
    found.sort();
    found.dedup();
    (found, answer["gallery_size"].as_u64().unwrap())
}

fn ids(of: &[&Value]) -> Vec<String> {
    let mut ids: Vec<String> = of
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn a_search_is_narrowed_by_case_time_number_band_subject_and_watch_list() {
    let service = Service::start();
    let probe = upload(&service, PROBE, "2026-001", &[]);
    let early = [
        ("caller", "+86 755 2600 0001"),
        ("started_at", "2026-03-01T08:00:00Z"),
    ];
    let same = upload(&service, SAME_SPEAKER, "2026-004", &early);
    let late = [
        ("callee", "+86 10 5500 0002"),
        ("started_at", "2026-03-02T08:00:00Z"),
    ];
    let other = upload(&service, OTHER, "2026-005", &late);
    let suspect = upload(&service, SUSPECT, "2026-001", &[]);
    let narrowed = |filters: Value| searched(&service, &probe, &json!({ "filters": filters }));

    let all = searched(&service, &probe, &json!({}));
    assert_eq!(recordings(&all).0, ids(&[&same, &other, &suspect]));
    assert_eq!(all["left_out_unknown"], 0);
    let case = narrowed(json!({ "case_id": same["case_id"] }));
    assert_eq!(recordings(&case).0, ids(&[&same]));
    assert!(recordings(&case).1 < recordings(&all).1);
    let best = &case["candidates"][0];
    assert_eq!(best["log10_lr"], all["candidates"][0]["log10_lr"]);
    assert!(best["expected_false"].as_f64() < all["candidates"][0]["expected_false"].as_f64());
    let others = narrowed(json!({ "exclude_own_case": true }));
    assert_eq!(recordings(&others).0, ids(&[&same, &other]));

    let day = json!({ "started_from": "2026-03-02T00:00:00+00:00" });
    let timed = narrowed(day.clone());
    assert_eq!(recordings(&timed).0, ids(&[&other]));
    // The probe's own call and the suspect's have no time: it might be theirs.
    assert_eq!(timed["left_out_unknown"], 2);
    assert_eq!(
        timed["request"]["filters"]["started_from"],
        "2026-03-02T00:00:00.000Z"
    );
    let before = narrowed(json!({ "started_before": "2026-03-02T00:00:00Z" }));
    assert_eq!(recordings(&before).0, ids(&[&same]));
    let area = narrowed(json!({ "number_prefix": "+86755" }));
    assert_eq!(recordings(&area).0, ids(&[&same]));
    let country = narrowed(json!({ "number_prefix": "+86" }));
    assert_eq!(recordings(&country).0, ids(&[&same, &other]));

    let bands = ["narrowband", "wideband"].map(|band| narrowed(json!({ "bandwidth": band })));
    let sizes: u64 = bands.iter().map(|answer| recordings(answer).1).sum();
    assert_eq!(sizes, recordings(&all).1);
    for (answer, band) in bands.iter().zip(["narrowband", "wideband"]) {
        for one in answer["candidates"].as_array().unwrap() {
            assert_eq!(one["voice"]["quality"]["bandwidth"], band);
        }
    }

    let body = json!({ "name": "Suspect 03", "class": "suspect" });
    let subject: Value = service.post("subjects", &body).json().unwrap();
    let path = format!("subjects/{}/enrolments", subject["id"].as_str().unwrap());
    let ground = json!({ "recording_id": suspect["id"], "ground": "order 1" });
    assert_eq!(service.post(&path, &ground).status(), 201);
    let class = narrowed(json!({ "subject_class": "suspect" }));
    assert_eq!(recordings(&class).0, ids(&[&suspect]));
    assert_eq!(class["subjects"].as_array().unwrap().len(), 1);
    let none = narrowed(json!({ "subject_class": "victim" }));
    assert_eq!(recordings(&none), (vec![], 0));
    assert_eq!(none["subjects"], json!([]));
    let list = watch_list(&service, "callers");
    let watched = json!({ "watch_list_id": list["id"] });
    assert_eq!(
        recordings(&narrowed(watched.clone())).0,
        Vec::<String>::new()
    );
    let members = format!("watchlists/{}/members", list["id"].as_str().unwrap());
    let member = json!({ "kind": "subject", "subject_id": subject["id"], "reason": "named" });
    assert_eq!(service.post(&members, &member).status(), 201);
    assert_eq!(recordings(&narrowed(watched)).0, ids(&[&suspect]));
}

#[test]
fn filters_that_are_unknown_or_can_hold_of_nothing_are_refused_by_name() {
    let service = Service::start();
    let probe = upload(&service, PROBE, "2026-001", &[]);
    let refused = |filters: Value, status: u16| {
        let body = json!({ "recording_id": probe["id"], "against": "archive", "filters": filters });
        let problem = problem(service.post("searches", &body), status);
        problem["detail"].as_str().unwrap().to_owned()
    };
    let nowhere = "00000000-0000-7000-8000-000000000000";
    for (filters, status, named) in [
        (json!({ "colour": "red" }), 422, "colour"),
        (
            json!({ "number_prefix": "86%" }),
            422,
            "filters.number_prefix",
        ),
        (json!({ "subject_class": "friend" }), 422, "friend"),
        (
            json!({ "subject_class": "suspect" }),
            422,
            "filters.subject_class",
        ),
        (
            json!({ "started_from": "yesterday" }),
            422,
            "filters.started_from",
        ),
        (json!({ "case_id": nowhere }), 404, nowhere),
        (
            json!({ "started_from": "2026-01-02T00:00:00Z", "started_before": "2026-01-01T00:00:00Z" }),
            422,
            "filters.started_before",
        ),
    ] {
        let detail = refused(filters, status);
        assert!(detail.contains(named), "{detail}");
    }
    let list = json!({ "recording_id": probe["id"], "filters": { "watch_list_id": nowhere } });
    problem(service.post("searches", &list), 404);
    for (body, named) in [
        (json!({ "top_k": 0 }), "top_k"),
        (json!({ "top_k": 1_000_000_000 }), "top_k"),
        (
            json!({ "probes": { "exclude_own_case": true } }),
            "probes.exclude_own_case",
        ),
        (
            json!({ "probes": { "started_from": "x" } }),
            "probes.started_from",
        ),
    ] {
        let problem = problem(service.post("searches/batch", &body), 422);
        assert!(
            problem["detail"].as_str().unwrap().contains(named),
            "{problem}"
        );
    }
}

#[test]
fn a_batch_gives_each_voice_what_a_search_gives_it_and_ends_with_a_digest() {
    let service = Service::start();
    let probe = upload(&service, PROBE, "2026-001", &[]);
    upload(&service, SUSPECT, "2026-001", &[]);
    upload(&service, SAME_SPEAKER, "2026-004", &[]);
    upload(&service, OTHER, "2026-004", &[]);
    for filters in [json!({}), json!({ "exclude_own_case": true })] {
        let body = json!({ "top_k": 3, "filters": filters, "purpose": "again" });
        let response = service.post("searches/batch", &body);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        let text = response.text().unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let (first, rest) = lines.split_first().unwrap();
        let (last, answers) = rest.split_last().unwrap();
        assert_eq!(first["batch"]["probes"], answers.len());
        let before = &text[..text.trim_end().rfind('\n').unwrap() + 1];
        let digest = hex::encode(Sha256::digest(before.as_bytes()));
        assert_eq!(last["end"]["sha256"], digest);
        assert!(answers.len() >= 4);
        for line in answers {
            let answer = &line["answer"];
            let body = json!({
                "voice_id": answer["probe"]["voice_id"], "top_k": 3, "filters": filters,
            });
            let single: Value = service.post("searches", &body).json().unwrap();
            assert_eq!(answer["gallery_size"], single["gallery_size"], "{line}");
            let candidates = single["candidates"].as_array().unwrap();
            assert_eq!(
                answer["candidates"].as_array().unwrap().len(),
                candidates.len()
            );
            for (left, right) in answer["candidates"]
                .as_array()
                .unwrap()
                .iter()
                .zip(candidates)
            {
                assert_eq!(left["voice_id"], right["voice"]["voice_id"]);
                for field in ["rank", "score", "log10_lr", "expected_false"] {
                    assert_eq!(left[field], right[field], "{field}");
                }
            }
        }
    }
    let best = json!({
        "probes": { "case_id": probe["case_id"] }, "min_log10_lr": 0.5, "against": "archive",
    });
    let text = service.post("searches/batch", &best).text().unwrap();
    let mut kept = 0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(candidates) = line["answer"]["candidates"].as_array() {
            kept += candidates.len();
            assert!(
                candidates
                    .iter()
                    .all(|one| one["log10_lr"].as_f64().unwrap() >= 0.5)
            );
            assert_eq!(line["answer"]["probe"]["case_id"], probe["case_id"]);
        }
    }
    assert!(kept > 0);
    let folder = service.folder();
    let _data = service.stop();
    let folder = folder.to_str().unwrap();
    let arguments = [
        "batch-search",
        "--data",
        folder,
        "--probes-of-case",
        "2026-004",
        "--top",
        "1",
    ];
    let output = voxtrace(&arguments);
    let lines = json_lines(&output);
    assert_eq!(
        lines.len(),
        2 + lines[0]["batch"]["probes"].as_u64().unwrap() as usize
    );
    assert!(lines.last().unwrap()["end"]["sha256"].is_string());
    let verified = voxtrace(&["audit", "verify", "--data", folder]);
    assert!(verified.status.success());
}
