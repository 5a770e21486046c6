//! Populations: made, kept in versions, and what answers say when they are measured on one.

use serde_json::{Value, json};

use crate::service::{Service, command, json_lines, problem, sample, voxtrace};

const PROBE: &str = "case-2026-001/call-02.mp3";
const SAME_SPEAKER: &str = "case-2026-004/call-01.wav";
const OTHERS: [&str; 3] = [
    "case-2026-001/call-03.wav",
    "case-2026-004/call-02.wav",
    "case-2026-005/call-02.wav",
];

fn made(service: &Service, body: &Value) -> Value {
    let response = service.post("populations", body);
    let status = response.status();
    let population: Value = response.json().unwrap();
    assert_eq!(status, 201, "{population}");
    population
}

#[test]
fn answers_say_how_many_voices_of_a_population_look_as_good() {
    let service = Service::start_with("[populations]\nmin_voices = 3\n");
    let probe = service.upload(PROBE, "2026-001");
    let same = service.upload(SAME_SPEAKER, "2026-004");
    let others = OTHERS.map(|path| service.upload(path, "2026-009"));
    let subject: Value = service
        .post(
            "subjects",
            &json!({ "name": "Suspect 01", "class": "suspect" }),
        )
        .json()
        .unwrap();
    let enrolments = format!("subjects/{}/enrolments", subject["id"].as_str().unwrap());
    let ground = json!({ "recording_id": same["id"], "ground": "order 1" });
    assert_eq!(service.post(&enrolments, &ground).status(), 201);

    // Everybody, the two people of the pair among them.
    let all = made(
        &service,
        &json!({ "name": "all calls", "description": "来电" }),
    );
    let first = &all["versions"][0];
    let voices = first["voices"].as_u64().unwrap();
    assert!(voices >= 5, "{first}");
    assert_eq!(first["enrolled"], 1);
    let id = all["id"].as_str().unwrap().to_owned();
    let members = format!("populations/{id}/versions/1/members");
    let mut listed = Vec::new();
    let mut path = format!("{members}?limit=2");
    loop {
        let page = service.get_json(&path);
        listed.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("{members}?limit=2&cursor={cursor}");
    }
    assert_eq!(listed.len() as u64, voices);
    assert!(
        listed
            .iter()
            .any(|one| one["recording_sha256"] == probe["sha256"])
    );

    let body = json!({ "recording_id": probe["id"], "population_id": id });
    let response = service.post("searches", &body);
    assert_eq!(response.status(), 201);
    let answer: Value = response.json().unwrap();
    assert_eq!(answer["population"], "all calls, version 1");
    assert_eq!(answer["population_use"]["sha256"], first["sha256"]);
    assert_eq!(answer["population_use"]["voices"], first["voices"]);
    let candidates = answer["candidates"].as_array().unwrap();
    let rates = &candidates[0]["population"];
    assert_eq!(candidates[0]["recording"]["id"], same["id"]);
    // Neither the probe's call nor the subject's voices count, and nobody else comes near.
    let own = service.voices(probe["id"].as_str().unwrap()).len();
    let of_same = service.voices(same["id"].as_str().unwrap()).len();
    let counted = voices - own as u64 - of_same as u64;
    for side in ["probe", "candidate"] {
        assert_eq!(rates[side]["voices"], counted);
        assert_eq!(rates[side]["reached"], 0);
        let upper = rates[side]["upper"].as_f64().unwrap();
        assert!(upper > 0.0 && upper < 1.0);
    }
    let last = candidates.last().unwrap();
    assert!(
        last["population"]["probe"]["reached"].as_u64().unwrap() >= 1,
        "{last}"
    );
    assert_eq!(answer["subjects"][0]["population"]["probe"], rates["probe"]);
    assert_eq!(
        answer["subjects"][0]["population"]["candidate"],
        rates["candidate"]
    );
    let stored = service.get_json(&format!("searches/{}", answer["id"].as_str().unwrap()));
    assert_eq!(stored["candidates"], answer["candidates"]);

    let pair = |right: Value| -> Value {
        let body = json!({
            "left": { "recording_id": probe["id"] }, "right": right, "population_id": id,
        });
        service.post("comparisons", &body).json().unwrap()
    };
    let comparison = pair(json!({ "recording_id": same["id"] }));
    assert_eq!(&comparison["population"], rates);
    assert_eq!(comparison["population_use"]["version"], 1);
    let with_subject = pair(json!({ "subject_id": subject["id"] }));
    assert_eq!(&with_subject["population"], rates);

    // A new version does not touch the old one, which can still be named.
    let named: Vec<Value> = others
        .iter()
        .flat_map(|one| service.voices(one["id"].as_str().unwrap()))
        .filter(|voice| voice["voiceprint"].is_object())
        .map(|voice| voice["id"].clone())
        .collect();
    let body = json!({ "selection": { "voice_ids": named }, "reason": "callers alone" });
    let response = service.post(&format!("populations/{id}/versions"), &body);
    assert_eq!(response.status(), 201);
    let newer: Value = response.json().unwrap();
    assert_eq!(newer["versions"][0]["version"], 2);
    assert_eq!(newer["versions"][1], *first);
    let with_version = |version: Value| -> Value {
        let body = json!({
            "recording_id": probe["id"], "population_id": id, "population_version": version,
        });
        service.post("searches", &body).json().unwrap()
    };
    assert_eq!(with_version(json!(1))["population"], "all calls, version 1");
    assert_eq!(
        with_version(Value::Null)["population"],
        "all calls, version 2"
    );
    assert_eq!(with_version(json!(3))["code"], "not_found");

    let data = service.folder();
    let data = data.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let output = voxtrace(&[&["--json", "populations"], arguments, &["--data", data]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        json_lines(&output)
    };
    let shown = run(&["show", &id]);
    assert_eq!(shown.len(), 2);
    assert!(
        shown.iter().all(|version| version["whole"] == true),
        "{shown:?}"
    );
    let created = run(&["create", "--name", "telephone", "--bandwidth", "narrowband"]);
    assert_eq!(
        created[0]["versions"][0]["selection"]["bandwidth"],
        "narrowband"
    );
    run(&[
        "version",
        created[0]["id"].as_str().unwrap(),
        "--case",
        "2026-009",
    ]);
    assert_eq!(run(&["list"]).len(), 2);
    let file = sample(PROBE);
    let mut searched = command(&[
        "search",
        file.to_str().unwrap(),
        "--population",
        &id,
        "--data",
        data,
    ]);
    // The settings of the service are not those of the command line.
    searched.env("VOXTRACE__POPULATIONS__MIN_VOICES", "3");
    let text = searched.output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("measured on population all calls, version 2"),
        "{text}"
    );
    assert!(
        voxtrace(&["audit", "verify", "--data", data])
            .status
            .success()
    );
}

#[test]
fn a_population_that_cannot_be_measured_on_is_refused_with_numbers() {
    let service = Service::start();
    let probe = service.upload(PROBE, "2026-001");
    let none = problem(
        service.post(
            "populations",
            &json!({ "name": "a", "selection": {
        "min_net_speech_ms": 3_600_000,
    } }),
        ),
        422,
    );
    assert_eq!(none["found"], "one that takes no voice");
    let small = made(&service, &json!({ "name": "small" }));
    let voices = small["versions"][0]["voices"].as_u64().unwrap();
    let search = |more: Value| {
        let mut body = json!({ "recording_id": probe["id"] });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        service.post("searches", &body)
    };
    let refused = problem(search(json!({ "population_id": small["id"] })), 422);
    assert_eq!(refused["field"], "population_id");
    assert_eq!(refused["found"], format!("a population of {voices} voices"));
    assert_eq!(
        refused["expected"],
        "at least 30 (setting populations.min_voices)"
    );
    let unknown = uuid::Uuid::nil();
    problem(search(json!({ "population_id": unknown })), 404);
    let alone = problem(search(json!({ "population_version": 1 })), 422);
    assert_eq!(alone["field"], "population_version");
    assert_eq!(service.get_json("searches")["items"], json!([]));

    let refused = |body: Value, field: &str| {
        let found = problem(service.post("populations", &body), 422);
        assert_eq!(found["field"], field, "{found}");
    };
    refused(json!({ "name": "  " }), "name");
    refused(json!({ "name": "n".repeat(257) }), "name");
    refused(
        json!({ "name": "a", "description": "n".repeat(2001) }),
        "description",
    );
    refused(
        json!({ "name": "a", "selection": { "colour": 1 } }),
        "selection.colour",
    );
    refused(
        json!({ "name": "a", "selection": { "min_net_speech_ms": 5, "max_net_speech_ms": 4 } }),
        "net_speech_ms",
    );
    refused(
        json!({ "name": "a", "selection": {
            "from": "2026-02-01T00:00:00Z", "until": "2026-02-01T00:00:00Z",
        } }),
        "until",
    );
    refused(
        json!({ "name": "a", "selection": { "enrolled": "not_enrolled", "subject_class": "victim" } }),
        "enrolled",
    );
    let nobody = json!({ "name": "a", "selection": { "voice_ids": [unknown] } });
    problem(service.post("populations", &nobody), 404);
    let no_case = json!({ "name": "a", "selection": { "case_id": unknown } });
    problem(service.post("populations", &no_case), 404);
    let taken = problem(
        service.post("populations", &json!({ "name": "small" })),
        409,
    );
    assert_eq!(taken["code"], "conflict");
    problem(
        service.post(&format!("populations/{unknown}/versions"), &json!({})),
        404,
    );
    problem(service.get(&format!("populations/{unknown}")), 404);
    let id = small["id"].as_str().unwrap();
    problem(
        service.get(&format!("populations/{id}/versions/2/members")),
        404,
    );
    problem(
        service.get(&format!("populations/{id}/versions/first/members")),
        404,
    );
    // What was refused left nothing.
    let list = service.get_json("populations");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_population_with_too_many_voices_is_refused() {
    let service = Service::start_with("[populations]\nmin_voices = 2\nmax_voices = 2\n");
    for path in [PROBE, SAME_SPEAKER, OTHERS[0]] {
        service.upload(path, "2026-001");
    }
    let all = problem(service.post("populations", &json!({ "name": "all" })), 422);
    assert_eq!(all["field"], "selection");
    assert_eq!(all["found"], "one that takes more than 2 voices");
    assert_eq!(
        all["expected"],
        "at most 2 (setting populations.max_voices)"
    );
    let ids: Vec<String> = (0..10_001u128)
        .map(|number| uuid::Uuid::from_u128(number).to_string())
        .collect();
    let body = json!({ "name": "named", "selection": { "voice_ids": ids } });
    let named = problem(service.post("populations", &body), 422);
    assert_eq!(named["field"], "voice_ids");
    assert_eq!(named["found"], "10001 voices");
}
