//! Links as a person meets them: proposed by themselves, decided, undone, and what follows.

use serde_json::{Value, json};
use sqlx::Connection;

use crate::service::{Service, json_lines, problem, voxtrace, wait_for};
use crate::store_conformance::sqlite_file::{execute, raw};

/// One person in four cases, and another.
const SPEAKER_A: [(&str, &str); 2] = [
    ("case-2026-001/call-02.mp3", "2026-001"),
    ("case-2026-004/call-01.wav", "2026-004"),
];
const TWO_CHANNELS: (&str, &str) = ("case-2026-001/call-01.wav", "2026-001");
const SPEAKER_C: (&str, &str) = ("case-2026-001/call-03.wav", "2026-003");

/// Waits until no link job waits or runs.
fn settled(service: &Service) {
    wait_for("links", || {
        let open = ["queued", "running"].map(|state| {
            let jobs = service.get_json(&format!("jobs?kind=link&state={state}"));
            jobs["items"].as_array().unwrap().len()
        });
        (open == [0, 0]).then_some(())
    });
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

fn items(service: &Service, path: &str) -> Vec<Value> {
    service.get_json(path)["items"].as_array().unwrap().clone()
}

fn decide(service: &Service, link: &str, decision: &str) -> Value {
    let body = json!({ "decision": decision, "reason": "listened to both" });
    let response = service.post(&format!("links/{link}/decision"), &body);
    assert_eq!(response.status(), 200, "{decision}");
    response.json().unwrap()
}

#[test]
fn a_voice_that_speaks_again_is_proposed_and_a_decision_makes_and_splits_a_series() {
    let service = Service::start();
    let [one, other] = SPEAKER_A.map(|(path, case)| service.upload(path, case));
    service.upload(SPEAKER_C.0, SPEAKER_C.1);
    settled(&service);
    let links = items(&service, "links?state=proposed");
    assert_eq!(links.len(), 1, "{links:?}");
    let link = &links[0];
    let recordings = ["left", "right"].map(|side| link[side]["recording_id"].clone());
    assert!(recordings.contains(&one["id"]) && recordings.contains(&other["id"]));
    assert_eq!(link["proposer"], "service");
    let reasons = &link["reasons"];
    assert!(link["log10_lr"].as_f64() >= reasons["at_least_log10_lr"].as_f64());
    assert_eq!(reasons["allowed_false"], 0.1);
    assert_eq!(reasons["same_call"], false);

    // Ratios alone propose a series; people make one.
    let groups = items(&service, "groups");
    assert_eq!(groups.len(), 1);
    assert!(groups[0]["worst_log10_lr"].is_number());
    assert_eq!(items(&service, "series").len(), 0);
    let proposed = items(&service, "series?kind=proposed");
    assert_eq!(proposed.len(), 1);
    let voice = service.voices(id(&one)).remove(0);
    assert_eq!(voice["links"][0]["id"], link["id"]);
    assert_eq!(voice["group_id"], groups[0]["id"]);

    let decided = decide(&service, id(link), "confirm");
    assert_eq!(decided["state"], "confirmed");
    assert_eq!(decided["decisions"][0]["author"], "local");
    // A decision is a label; one speaker is too little to calibrate on.
    let speakers = |query: &str| {
        let refused = problem(
            service.get(&format!("calibrations/trials.csv?{query}")),
            422,
        );
        assert_eq!(refused["code"], "too_few_trials");
        refused["found"].as_str().unwrap().to_owned()
    };
    assert_eq!(speakers("from=confirmed,rejected"), "1");
    assert_eq!(speakers("from=confirmed&proposed_by=person"), "0");
    assert_eq!(speakers("from=enrolments"), "0");
    let series = items(&service, "series");
    assert_eq!(series.len(), 1);
    assert_eq!(series[0]["case_ids"].as_array().unwrap().len(), 2);
    assert_eq!(items(&service, "series?kind=proposed").len(), 0);
    let group = service.get_json(&format!("groups/{}", id(&groups[0])));
    assert_eq!(group["worst_log10_lr"], json!(null));
    let page = service.get_json(&format!("series/{}", id(&series[0])));
    let numbers: Vec<&str> = page["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["case_no"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["2026-001", "2026-004"]);
    assert_eq!(page["recordings"].as_array().unwrap().len(), 2);
    assert_eq!(page["open_links"].as_array().unwrap().len(), 0);

    // The undo takes it apart, the redo brings the same one back.
    decide(&service, id(link), "reopen");
    assert_eq!(speakers("from=confirmed,rejected"), "0");
    decide(&service, id(link), "reject");
    assert_eq!(items(&service, "series").len(), 0);
    assert_eq!(items(&service, "groups").len(), 0);
    problem(service.get(&format!("series/{}", id(&series[0]))), 404);
    decide(&service, id(link), "reopen");
    assert_eq!(items(&service, "groups")[0]["id"], groups[0]["id"]);
    assert_eq!(
        items(&service, "series?kind=proposed")[0]["id"],
        proposed[0]["id"]
    );
    decide(&service, id(link), "confirm");
    let again = items(&service, "series");
    assert_eq!(again[0]["id"], series[0]["id"]);
    let page = service.get_json(&format!("series/{}", id(&series[0])));
    let lineage: Vec<&str> = page["lineage"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["change"].as_str().unwrap())
        .collect();
    assert_eq!(lineage, ["formed", "ended", "formed"]);
    let detail = service.get_json(&format!("links/{}", id(link)));
    assert_eq!(detail["version"], 6);
    assert_eq!(detail["decisions"].as_array().unwrap().len(), 5);

    let folder = service.folder();
    let folder = folder.to_str().unwrap();
    let run = voxtrace(&["links", "run", "--dry-run", "--json", "--data", folder]);
    assert!(run.status.success(), "{run:?}");
    let drift = &json_lines(&run)[0];
    assert_eq!(drift["drift"], false, "{drift}");
    assert_eq!(
        (&drift["groups_found"], &drift["recordings_without_links"]),
        (&json!(1), &json!(0))
    );
    let decided = ["links", "decide", id(link), "reopen", "--reason", "again"];
    let decided = voxtrace(&[&decided[..], &["--json", "--data", folder]].concat());
    assert!(decided.status.success(), "{decided:?}");
    let decided = &json_lines(&decided)[0];
    assert_eq!(decided["state"], "proposed");
    assert_eq!(decided["decisions"][5]["author"], "cli");
    let listed = ["links", "list", "--state", "proposed", "--case", "2026-004"];
    let listed = voxtrace(&[&listed[..], &["--json", "--data", folder]].concat());
    assert_eq!(json_lines(&listed).len(), 1);
    let truth = crate::service::sample("truth.csv");
    let truth = ["links", "evaluate", "--truth", truth.to_str().unwrap()];
    let measured = voxtrace(&[&truth[..], &["--json", "--data", folder]].concat());
    let measured = &json_lines(&measured)[0];
    assert_eq!(measured["figures"]["links"]["precision"], 1.0, "{measured}");
    assert_eq!(measured["figures"]["b_cubed"]["precision"], 1.0);
    assert_eq!(measured["figures"]["speakers"], 2);
    let audit = voxtrace(&["audit", "verify", "--data", folder]);
    assert!(audit.status.success());
}

#[test]
fn decisions_that_make_no_sense_are_refused_and_leave_nothing() {
    let service = Service::start();
    let [one, other] = SPEAKER_A.map(|(path, case)| service.upload(path, case));
    let call = service.upload(TWO_CHANNELS.0, TWO_CHANNELS.1);
    settled(&service);
    let a = service.voices(id(&one)).remove(0);
    let b = service.voices(id(&other)).remove(0);
    let in_call = service.voices(id(&call));
    let find = |left: &Value, right: &Value| -> Value {
        let links = items(&service, &format!("links?voice_id={}", id(left)));
        let has = |link: &&Value| {
            [&link["left"]["voice_id"], &link["right"]["voice_id"]].contains(&&right["id"])
        };
        links.iter().find(has).unwrap().clone()
    };
    let ab = find(&a, &b);
    let path = format!("links/{}/decision", id(&ab));
    let refused = |path: &str, body: Value, status: u16, code: &str| {
        let answer = problem(service.post(path, &body), status);
        assert_eq!(answer["code"], code, "{answer}");
        answer
    };
    refused(
        &path,
        json!({ "decision": "confirm", "reason": " " }),
        422,
        "invalid_field",
    );
    refused(
        &path,
        json!({ "decision": "maybe", "reason": "x" }),
        422,
        "invalid_field",
    );
    refused(
        &path,
        json!({ "decision": "reopen", "reason": "x" }),
        409,
        "link_state",
    );
    let stale = service
        .client
        .post(service.at(&path))
        .header("If-Match", "\"7\"")
        .json(&json!({ "decision": "confirm", "reason": "x" }))
        .send()
        .unwrap();
    assert_eq!(problem(stale, 412)["code"], "stale_version");
    let unknown = format!("links/{}/decision", uuid::Uuid::nil());
    refused(
        &unknown,
        json!({ "decision": "confirm", "reason": "x" }),
        404,
        "not_found",
    );
    assert_eq!(
        service.get_json(&format!("links/{}", id(&ab)))["version"],
        1
    );

    let pair = |left: &Value, right: &Value| json!({ "left_voice_id": left["id"], "right_voice_id": right["id"] });
    refused("links", pair(&a, &a), 422, "invalid_field");
    let taken = refused("links", pair(&b, &a), 409, "conflict");
    assert_eq!(taken["found"], ab["id"]);

    // Two voices of one call are linked by a person alone.
    let within = service.post("links", &pair(&in_call[0], &in_call[1]));
    assert_eq!(within.status(), 201);
    let within: Value = within.json().unwrap();
    assert_eq!(within["reasons"]["same_call"], true);
    assert_eq!(within["proposer"], "person");

    // a = b and b = c, so a is c: who rejects that contradicts somebody.
    let channel_of_a = |channel: usize| find(&a, &in_call[channel]);
    let c = &in_call[0];
    let ac = channel_of_a(0);
    let bc = find(&b, c);
    decide(&service, id(&ab), "confirm");
    decide(&service, id(&bc), "confirm");
    let path = format!("links/{}/decision", id(&ac));
    let body = json!({ "decision": "reject", "reason": "another tone" });
    let answer = refused(&path, body, 409, "contradictory_decision");
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.contains("by confirmed links"), "{detail}");
    assert_eq!(
        service.get_json(&format!("links/{}", id(&ac)))["state"],
        "proposed"
    );
    let accepted = service.post(
        &path,
        &json!({ "decision": "reject", "reason": "another tone", "despite_contradictions": true }),
    );
    assert_eq!(accepted.status(), 200);
    let series = items(&service, "series");
    let page = service.get_json(&format!("series/{}", id(&series[0])));
    let found = page["contradictions"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{page}");
    assert_eq!(found[0]["kind"], "rejected_and_confirmed");
    assert_eq!(found[0]["path"].as_array().unwrap().len(), 3);
    decide(&service, id(&ac), "reopen");
    let page = service.get_json(&format!("series/{}", id(&items(&service, "series")[0])));
    assert_eq!(page["contradictions"].as_array().unwrap().len(), 0);
}

#[test]
fn a_voice_that_a_correction_removes_takes_its_links_along() {
    let service = Service::start();
    let [one, other] = SPEAKER_A.map(|(path, case)| service.upload(path, case));
    settled(&service);
    let link = items(&service, "links").remove(0);
    decide(&service, id(&link), "confirm");
    assert_eq!(items(&service, "series").len(), 1);
    let path = format!("recordings/{}/segments", id(&one));
    let corrected = service
        .client
        .put(service.at(&path))
        .header("If-Match", "\"1\"")
        .json(&json!({
            "author": "technician",
            "reason": "nobody speaks",
            "segments": [],
        }))
        .send()
        .unwrap();
    assert!(corrected.status().is_success(), "{:?}", corrected.text());
    wait_for("analysis", || {
        service.voices(id(&one)).is_empty().then_some(())
    });
    settled(&service);
    assert_eq!(items(&service, "links").len(), 0);
    assert_eq!(items(&service, "groups").len(), 0);
    assert_eq!(items(&service, "series").len(), 0);
    let kept = items(&service, "links?superseded=true");
    assert_eq!(kept[0]["id"], link["id"]);
    assert_eq!(kept[0]["superseded"]["by"], "voice_removed");
    assert_eq!(kept[0]["state"], "confirmed");
    let refused = service.post(
        &format!("links/{}/decision", id(&link)),
        &json!({ "decision": "reopen", "reason": "x" }),
    );
    assert_eq!(problem(refused, 409)["code"], "link_state");
    let voice = service.voices(id(&other)).remove(0);
    assert_eq!(voice["links"], json!([]));
}

/// A thousand further calls of the same speaker, open links of them, and changes of their group and
/// series, put into the database by hand: to record so many takes too long.
const MANY_CALLS: &str = "
    CREATE TEMP TABLE n AS WITH RECURSIVE up (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM up
        WHERE i < 1005) SELECT i FROM up;
    CREATE TEMP TABLE member AS SELECT * FROM group_members LIMIT 1;
    CREATE TEMP TABLE r AS SELECT recordings.* FROM recordings, n
        WHERE recordings.id = (SELECT recording_id FROM voices JOIN member ON voice_id = voices.id);
    UPDATE r SET id = randomblob(16), sha256 = randomblob(32),
        caller = '+86138' || printf('%08d', rowid);
    INSERT INTO recordings SELECT * FROM r;
    CREATE TEMP TABLE v AS SELECT voices.* FROM voices, n
        WHERE voices.id = (SELECT voice_id FROM member);
    UPDATE v SET id = randomblob(16), recording_id = (SELECT id FROM r WHERE r.rowid = v.rowid);
    INSERT INTO voices SELECT * FROM v;
    INSERT INTO group_members SELECT v.id, group_id, core FROM v, member;
    CREATE TEMP TABLE l AS SELECT links.* FROM links, n WHERE n.i <= 205;
    UPDATE l SET id = randomblob(16), state = 'proposed',
        left_voice = (SELECT min(v.id, voice_id) FROM v, member WHERE v.rowid = l.rowid),
        right_voice = (SELECT max(v.id, voice_id) FROM v, member WHERE v.rowid = l.rowid);
    INSERT INTO links SELECT * FROM l;
    INSERT INTO lineage (id, change, members, at) SELECT id, 'changed', '[]', i
        FROM n, (SELECT id FROM groups UNION ALL SELECT id FROM series);";

#[test]
fn pages_of_a_series_and_of_its_group_show_so_much() {
    let service = Service::start();
    let _ = SPEAKER_A.map(|(path, case)| service.upload(path, case));
    settled(&service);
    let link = items(&service, "links").remove(0);
    decide(&service, id(&link), "confirm");
    let data = service.stop();
    let folder = data.path().join("data");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut database = raw(&folder).await;
        execute(&mut database, MANY_CALLS).await.unwrap();
        database.close().await.unwrap();
    });
    let service = Service::start_over(data);
    let series = items(&service, "series").remove(0);
    let page = service.get_json(&format!("series/{}", id(&series)));
    let shown = |list: &str| page[list].as_array().unwrap().len();
    assert_eq!(shown("recordings"), 1000);
    assert_eq!(page["recordings_left_out"], 7);
    assert_eq!(shown("open_links"), 200);
    assert_eq!(shown("numbers"), 200);
    assert_eq!(shown("lineage"), 500);

    let group = service.get_json(&format!("groups/{}", id(&page["groups"][0])));
    let shown = |list: &str| group[list].as_array().unwrap().len();
    assert_eq!((shown("voices"), shown("members")), (500, 1007));
    assert_eq!(shown("links"), 200);
    assert_eq!(shown("lineage"), 500);
    // The first of them is the oldest, and one of those that are left out.
    assert_ne!(group["lineage"][0]["change"], "formed");
}
