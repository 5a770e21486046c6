//! Watch lists, rules and alerts over the real service and the real models.

use std::io::{BufRead, BufReader};

use reqwest::blocking::{Response, multipart};
use serde_json::{Value, json};

use crate::service::{Service, command, json_lines, problem, sample, wait_for};

const SUSPECTS_CALL: &str = "case-2026-004/call-01.wav";
const ANOTHER_CALL: &str = "case-2026-001/call-02.mp3";
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

pub fn id(value: &Value) -> &str {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {value}"))
}

pub fn created(response: Response) -> Value {
    let status = response.status();
    let value: Value = response.json().unwrap();
    assert_eq!(status, 201, "{value}");
    value
}

pub fn watch_list(service: &Service, name: &str) -> Value {
    let body = json!({
        "name": name,
        "purpose": "to be told of calls",
        "ground": "order 5",
        "owner": "unit 1",
        "expires_at": jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24),
    });
    created(service.post("watchlists", &body))
}

/// A rule that raises alerts from now on.
pub fn active_rule(service: &Service, name: &str, condition: Value) -> Value {
    let body = json!({
        "name": name,
        "condition": condition,
        "owner": "unit 1",
        "reason": "a test",
    });
    let draft = created(service.post("rules", &body));
    assert_eq!(draft["state"], "draft");
    let path = format!("rules/{}", id(&draft));
    let active = service.patch(&path, 1, &json!({ "state": "active", "reason": "tried" }));
    assert_eq!(active.status(), 200);
    active.json().unwrap()
}

pub fn upload_call(service: &Service, path: &str, case_no: &str, caller: &str) -> Value {
    let bytes = std::fs::read(sample(path)).unwrap();
    let part = multipart::Part::bytes(bytes).file_name("call.wav");
    let form = multipart::Form::new()
        .text("case_no", case_no.to_owned())
        .text("caller", caller.to_owned())
        .part("file", part);
    let response = service
        .client
        .post(service.at("recordings"))
        .multipart(form)
        .send()
        .unwrap();
    let upload = created(response);
    service.analysed(id(&upload["recording"]))
}

/// A subject enrolled with the voice of the suspect's call.
fn suspect(service: &Service) -> Value {
    let recording = upload_call(service, SUSPECTS_CALL, "2026-004", "+86 138 0000 0001");
    let subject = created(service.post(
        "subjects",
        &json!({ "name": "Suspect 01", "class": "suspect" }),
    ));
    let enrolment = json!({ "recording_id": recording["id"], "ground": "order 1" });
    let path = format!("subjects/{}/enrolments", id(&subject));
    created(service.post(&path, &enrolment));
    subject
}

/// Waits until no job is queued or running.
pub fn all_jobs_ended(service: &Service) {
    wait_for("the end of the jobs", || {
        let open = ["queued", "running"].iter().any(|state| {
            let jobs = service.get_json(&format!("jobs?state={state}"));
            !jobs["items"].as_array().unwrap().is_empty()
        });
        (!open).then_some(())
    });
}

fn alerts(service: &Service, query: &str) -> Vec<Value> {
    let list = service.get_json(&format!("alerts?{query}"));
    list["items"].as_array().unwrap().clone()
}

#[test]
fn a_watched_suspect_who_is_heard_raises_one_alert_that_people_decide_on() {
    let service = Service::start();
    let subject = suspect(&service);
    let list = watch_list(&service, "gang 4");
    let members = format!("watchlists/{}/members", id(&list));
    let member = json!({ "kind": "subject", "subject_id": id(&subject), "reason": "wanted" });
    let member = created(service.post(&members, &member));
    let condition = json!({
        "kind": "subject_heard", "watch_list_id": id(&list), "min_log10_lr": 1.0,
    });
    let rule = active_rule(&service, "suspects heard", condition);
    assert_eq!(rule["changes"].as_array().unwrap().len(), 2);

    let recording = upload_call(&service, ANOTHER_CALL, "2026-001", "0086 138-0000-0002");
    let alert = wait_for("an alert", || alerts(&service, "state=open").pop());
    assert_eq!(alert["rule"]["kind"], "subject_heard");
    assert_eq!(alert["matter"]["subject_id"], subject["id"]);
    assert_eq!(alert["matter"]["recording_ids"][0], recording["id"]);
    assert_eq!(alert["matter"]["numbers"], json!(["+8613800000002"]));
    assert!(alert["evidence"]["log10_lr"].as_f64().unwrap() >= 1.0);
    assert!(alert["evidence"]["expected_false"].as_f64().unwrap() > 0.0);
    assert!(
        !alert["evidence"]["calibration"]
            .as_str()
            .unwrap()
            .is_empty()
    );

    // Analysed anew, the call is the same call: nothing is told twice.
    let again = json!({ "kind": "analyse", "recording_id": recording["id"] });
    assert_eq!(service.post("jobs", &again).status(), 202);
    all_jobs_ended(&service);
    let all = service.get_json("alerts");
    assert_eq!(
        all["counts"],
        json!({ "open": 1, "acknowledged": 0, "disposed": 0 })
    );
    assert_eq!(all["items"][0]["sightings"], 1);

    let path = format!("alerts/{}", id(&alert));
    let mine = json!({ "author": "S-017" });
    let acknowledge = format!("{path}/acknowledge");
    assert_eq!(service.post(&acknowledge, &mine).status(), 200);
    let late = problem(service.post(&acknowledge, &mine), 409);
    assert_eq!(
        (&late["code"], &late["found"]),
        (&json!("alert_state"), &json!("acknowledged"))
    );
    let disposition = format!("{path}/disposition");
    let decide = |outcome: &str, reason: &str| {
        let body = json!({ "outcome": outcome, "author": "S-017", "reason": reason });
        let response = service.post(&disposition, &body);
        assert_eq!(response.status(), 200);
        response.json::<Value>().unwrap()
    };
    assert_eq!(decide("false", "misheard")["outcome"], "false");
    assert_eq!(decide("accepted", "heard again")["outcome"], "accepted");
    let detail = service.get_json(&path);
    let outcomes: Vec<&Value> = detail["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["outcome"])
        .collect();
    assert_eq!(
        outcomes,
        [&Value::Null, &json!("false"), &json!("accepted")]
    );
    assert_eq!(detail["seen"].as_array().unwrap().len(), 1);

    let rule = service.get_json(&format!("rules/{}", id(&rule)));
    let reverse = &rule["reverse_check"];
    assert_eq!(
        (&reverse["accepted"], &reverse["false"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(reverse["false_rate"], 0.0);
    // One of one: Wilson's interval says how little that is.
    let upper = reverse["false_rate_interval"][1].as_f64().unwrap();
    assert!((upper - 0.793).abs() < 0.001, "{upper}");

    // Off the list, nobody is told.
    let remove = format!("{members}/{}/remove", id(&member));
    let removed = service.post(&remove, &json!({ "reason": "arrested" }));
    assert!(removed.json::<Value>().unwrap()["removed_at"].is_string());
    upload_call(&service, ANOTHER_CALL, "2026-009", "110");
    all_jobs_ended(&service);
    assert_eq!(alerts(&service, "").len(), 1);

    let data = service.folder();
    let listed = command(&["--json", "alerts", "list", "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(json_lines(&listed)[0]["id"], alert["id"]);
    let verified = command(&["audit", "verify", "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(verified.status.success());
}

#[test]
fn a_rule_is_tried_on_the_archive_and_raises_nothing() {
    let service = Service::start();
    let subject = suspect(&service);
    let list = watch_list(&service, "list");
    let member = json!({ "kind": "subject", "subject_id": id(&subject), "reason": "wanted" });
    created(service.post(&format!("watchlists/{}/members", id(&list)), &member));
    upload_call(&service, ANOTHER_CALL, "2026-001", "+86 138 0000 0002");
    let draft = |name: &str, condition: Value| {
        let body = json!({
            "name": name, "condition": condition, "owner": "unit 1", "reason": "a test",
        });
        created(service.post("rules", &body))
    };
    let check = |rule: &Value, body: Value| {
        let response = service.post(&format!("rules/{}/check", id(rule)), &body);
        assert_eq!(response.status(), 200);
        response.json::<Value>().unwrap()
    };
    let heard = draft(
        "heard",
        json!({ "kind": "subject_heard", "min_log10_lr": 1.0 }),
    );
    let checked = check(&heard, json!({}));
    assert_eq!(checked["looked_at"], "recordings");
    assert_eq!(
        (&checked["count"], &checked["is_whole"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(checked["alerts"], 1, "{checked}");
    let finding = &checked["findings"][0];
    assert_eq!(finding["matter"]["subject_id"], subject["id"]);
    let numbers = json!({
        "kind": "voice_on_numbers", "numbers": 2, "within_ms": 86_400_000, "side": "caller",
        "min_log10_lr": 1.0,
    });
    let checked = check(&draft("numbers", numbers), json!({}));
    assert_eq!(checked["alerts"], 1, "{checked}");
    assert_eq!(
        checked["findings"][0]["matter"]["numbers"],
        json!(["+8613800000001", "+8613800000002"])
    );
    let newest = check(&heard, json!({ "limit": 1 }));
    assert_eq!(
        (&newest["count"], &newest["is_whole"]),
        (&json!(1), &json!(false))
    );
    let transfers = draft("transfers", json!({ "kind": "account_receives" }));
    let none = check(&transfers, json!({}));
    assert_eq!(
        (&none["looked_at"], &none["count"], &none["is_whole"]),
        (&json!("transfers"), &json!(0), &json!(true))
    );
    let path = format!("rules/{}/check", id(&heard));
    let wide = problem(service.post(&path, &json!({ "limit": 1001 })), 422);
    assert_eq!(wide["field"], "limit");
    all_jobs_ended(&service);
    assert_eq!(alerts(&service, "").len(), 0);
}

#[test]
fn a_number_in_two_cases_is_told_at_once_and_each_further_case_counts() {
    let service = Service::start();
    let rule = active_rule(
        &service,
        "numbers",
        json!({ "kind": "number_in_cases", "cases": 2 }),
    );
    let list = watch_list(&service, "numbers");
    let members = format!("watchlists/{}/members", id(&list));
    let number = json!({ "kind": "number", "value": "+86 138 0000 0001", "reason": "stopped" });
    let member = created(service.post(&members, &number));
    assert_eq!(member["value"], "+8613800000001");
    let taken = problem(service.post(&members, &number), 409);
    assert_eq!(taken["code"], "conflict");
    active_rule(&service, "watched", json!({ "kind": "number_watched" }));
    let events = BufReader::new(service.get("events"));
    for (case_no, written) in [
        ("A", "+86 138 0000 0001"),
        ("B", "008613800000001"),
        ("C", "+86-138-0000-0001"),
    ] {
        upload_call(&service, SUSPECTS_CALL, case_no, written);
    }
    let mut lines = events.lines().map_while(Result::ok);
    assert!(
        lines.any(|line| line == "event: alert"),
        "listeners heard of no alert"
    );
    let of_rule = alerts(&service, &format!("rule_id={}", id(&rule)));
    assert_eq!(of_rule.len(), 1, "{of_rule:?}");
    assert_eq!(of_rule[0]["sightings"], 2);
    assert_eq!(
        of_rule[0]["matter"]["case_ids"].as_array().unwrap().len(),
        2
    );
    assert_eq!(alerts(&service, "").len(), 4);
    let first = id(&of_rule[0]).to_owned();
    let others = alerts(&service, "state=open");
    let other = others.iter().find(|other| id(other) != first).unwrap();
    let path = format!("alerts/{}/disposition", id(other));
    let duplicate = |of: &str| json!({ "outcome": "duplicate", "duplicate_of": of, "author": "S-017", "reason": "same" });
    let own = problem(service.post(&path, &duplicate(id(other))), 422);
    assert_eq!(own["field"], "duplicate_of");
    problem(service.post(&path, &duplicate(NOBODY)), 404);
    assert_eq!(service.post(&path, &duplicate(&first)).status(), 200);
    let chain = format!("alerts/{first}/disposition");
    let chained = problem(service.post(&chain, &duplicate(id(other))), 422);
    assert!(
        chained["expected"].as_str().unwrap().contains(&first),
        "{chained}"
    );
}

#[test]
fn what_is_no_rule_or_list_is_refused_with_the_field() {
    let service = Service::start();
    let list = watch_list(&service, "list");
    let rule = |condition: Value, status: u16| {
        let body = json!({ "name": "r", "condition": condition, "owner": "u", "reason": "t" });
        problem(service.post("rules", &body), status)
    };
    let heard = |least: Value| json!({ "kind": "subject_heard", "min_log10_lr": least });
    // No voice could ever reach it: the rule would be silent for ever.
    let high = rule(heard(json!(4.0)), 422);
    assert_eq!(high["field"], "condition.min_log10_lr");
    assert!(
        high["expected"].as_str().unwrap().contains("at most 2.88"),
        "{high}"
    );
    assert_eq!(
        rule(heard(json!(0)), 422)["field"],
        "condition.min_log10_lr"
    );
    assert_eq!(rule(heard(json!(-1)), 422)["found"], "-1");
    for condition in [
        heard(json!("much")),
        json!({ "kind": "subject_heard" }),
        json!({ "kind": "guilty" }),
        json!({ "kind": "number_in_cases", "cases": 2, "colour": 1 }),
        json!({ "kind": "number_in_cases", "cases": 1 }),
        json!({ "kind": "number_in_cases", "cases": -1 }),
        json!({ "kind": "number_watched", "watch_list_id": NOBODY }),
        json!({ "kind": "account_receives", "min_amount_minor": -1 }),
        json!({
            "kind": "voice_on_numbers", "numbers": 2, "within_ms": 0, "side": "caller",
            "min_log10_lr": 1.0,
        }),
    ] {
        let refused = rule(condition.clone(), 422);
        assert_eq!(refused["code"], "invalid_field", "{condition}: {refused}");
    }
    let active = active_rule(
        &service,
        "r",
        json!({ "kind": "number_in_cases", "cases": 2 }),
    );
    let path = format!("rules/{}", id(&active));
    let edit = |version: u64, body: Value, status: u16| {
        problem(service.patch(&path, version, &body), status)
    };
    let draft = json!({ "state": "draft", "reason": "t" });
    assert_eq!(edit(2, draft, 409)["code"], "rule_state");
    assert_eq!(
        edit(2, json!({ "state": "paused", "reason": "" }), 422)["field"],
        "reason"
    );
    assert_eq!(
        edit(1, json!({ "owner": "v", "reason": "t" }), 412)["code"],
        "stale_version"
    );
    let retired = service.patch(&path, 2, &json!({ "state": "retired", "reason": "t" }));
    assert_eq!(retired.status(), 200);
    assert_eq!(
        edit(3, json!({ "owner": "v", "reason": "t" }), 409)["found"],
        "retired"
    );

    let members = format!("watchlists/{}/members", id(&list));
    let member = |body: Value, status: u16| problem(service.post(&members, &body), status);
    let number = |value: &str| json!({ "kind": "number", "value": value, "reason": "t" });
    assert_eq!(member(number("withheld"), 422)["field"], "value");
    assert_eq!(member(number(&"1".repeat(100)), 422)["field"], "value");
    member(
        json!({ "kind": "subject", "subject_id": NOBODY, "reason": "t" }),
        404,
    );
    member(
        json!({ "kind": "account", "value": "6222 0000", "reason": "" }),
        422,
    );
    let listed = |expires_at: &str| {
        let body = json!({
            "name": "x", "purpose": "p", "ground": "g", "owner": "o", "expires_at": expires_at,
        });
        problem(service.post("watchlists", &body), 422)
    };
    assert_eq!(listed("2001-01-01T00:00:00Z")["field"], "expires_at");
    assert_eq!(listed("2101-01-01T00:00:00Z")["field"], "expires_at");
    listed("tomorrow");
    let ended = service.patch(
        &format!("watchlists/{}", id(&list)),
        1,
        &json!({ "expires_at": "2001-01-01T00:00:00Z", "reason": "over" }),
    );
    assert_eq!(ended.json::<Value>().unwrap()["in_force"], false);
    for path in ["watchlists", "rules", "alerts", "webhooks"] {
        problem(service.get(&format!("{path}/{NOBODY}")), 404);
    }
    problem(service.get("alerts?state=shut"), 400);
}

/// Imports a table and waits for its events.
fn import(service: &Service, kind: &str, case_no: &str, table: &'static str) {
    let path = format!("imports?kind={kind}&case_no={case_no}&filename=t.csv");
    let request = service.client.post(service.at(&path)).body(table);
    assert_eq!(request.send().unwrap().status(), 202);
    all_jobs_ended(service);
}

#[test]
fn a_table_raises_alerts_of_money_received_and_of_numbers_in_two_cases_once() {
    let service = Service::start();
    for case_no in ["2026-001", "2026-002"] {
        created(service.post("cases", &json!({ "case_no": case_no })));
    }
    let list = watch_list(&service, "accounts");
    let member = json!({ "kind": "account", "value": "9999990000000000022", "reason": "fraud" });
    created(service.post(&format!("watchlists/{}/members", id(&list)), &member));
    active_rule(
        &service,
        "money",
        json!({ "kind": "account_receives", "watch_list_id": id(&list) }),
    );
    active_rule(
        &service,
        "number",
        json!({ "kind": "number_in_cases", "cases": 2 }),
    );
    let transfers = "from,to,time,amount,currency\n\
        9999990000000000014,9999990000000000022,2026-06-01 10:00:00,1234.50,CNY\n\
        9999990000000000014,9999990000000000030,2026-06-01 10:05:00,7.00,CNY\n";
    import(&service, "transfers", "2026-001", transfers);
    let found = alerts(&service, "state=open");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["rule"]["name"], "money");
    assert_eq!(found[0]["matter"]["account"], "9999990000000000022");
    let calls = "caller,callee,time,duration\n+12025550187,+442079460083,2026-06-02 10:00:00,30\n";
    import(&service, "calls", "2026-001", calls);
    assert_eq!(alerts(&service, "state=open").len(), 1);
    import(&service, "calls", "2026-002", calls);
    let found = alerts(&service, "state=open");
    let numbers: Vec<&Value> = found
        .iter()
        .filter(|alert| alert["rule"]["name"] == "number")
        .map(|alert| &alert["matter"]["numbers"][0])
        .collect();
    assert_eq!(numbers.len(), 2, "{found:?}");
    assert!(numbers.contains(&&json!("+12025550187")));
    // The same rows of another file are the same events.
    let again = "from,to,time,amount,currency\n\
        9999990000000000014,9999990000000000022,2026-06-01 10:00:00,1234.50,CNY\n";
    import(&service, "transfers", "2026-001", again);
    let money = alerts(&service, "state=open");
    let money = money.iter().find(|alert| alert["rule"]["name"] == "money");
    assert_eq!(money.unwrap()["sightings"], 1);
}
