//! The chain from one case to others: confirmed voices in the graph, what both sides of a link share,
//! and alerts of links and of speakers who people confirmed.

use serde_json::{Value, json};

use crate::alerts::{active_rule, all_jobs_ended, created, id, upload_call, watch_list};
use crate::entities::{import, open_case};
use crate::partner::{Manner, Partner};
use crate::service::{Service, json_lines, problem, voxtrace};

/// One person in two calls, and another.
const SPEAKER_A: [&str; 2] = ["case-2026-001/call-02.mp3", "case-2026-004/call-01.wav"];
const SPEAKER_C: &str = "case-2026-001/call-03.wav";
const NUMBER: &str = "+86 138 0000 0001";
const CARD: &str = "6222 0000 0000 0000 068";

fn items(service: &Service, path: &str) -> Vec<Value> {
    service.get_json(path)["items"].as_array().unwrap().clone()
}

fn case_id(service: &Service, case_no: &str) -> String {
    let cases = items(service, "cases");
    let case = cases.iter().find(|case| case["case_no"] == case_no);
    id(case.unwrap()).to_owned()
}

fn decide(service: &Service, link: &str, decision: &str) {
    let body = json!({ "decision": decision, "reason": "listened to both" });
    let response = service.post(&format!("links/{link}/decision"), &body);
    assert_eq!(response.status(), 200, "{decision}");
}

/// Two calls of one person in two cases, on one number, with the link that follows.
fn two_calls(service: &Service) -> Value {
    for (path, case_no) in SPEAKER_A.into_iter().zip(["A", "B"]) {
        upload_call(service, path, case_no, NUMBER);
    }
    all_jobs_ended(service);
    let links = items(service, "links?state=proposed");
    assert_eq!(links.len(), 1, "{links:?}");
    links[0].clone()
}

fn edges<'g>(graph: &'g Value, kind: &str) -> Vec<&'g Value> {
    let edges = graph["edges"].as_array().unwrap();
    edges.iter().filter(|edge| edge["kind"] == kind).collect()
}

#[test]
fn confirmed_voices_and_groups_stand_in_the_graph_in_paths_and_in_what_cases_share() {
    let service = Service::start();
    let link = two_calls(&service);
    let [one, other] = ["A", "B"].map(|case_no| case_id(&service, case_no));
    open_case(&service, "C");
    let graph = |case: &str| service.get_json(&format!("cases/{case}/graph"));
    let shared = || {
        let answer = service.get_json(&format!("cases/{one}/shared?with={other}"));
        let things = answer["items"][0]["things"].as_array().unwrap().clone();
        let is_group = |thing: &&Value| !thing["group"].is_null();
        things.iter().find(is_group).unwrap().clone()
    };

    // Ratios alone make a group, and nobody has confirmed anything.
    let proposed = graph(&one);
    assert_eq!(edges(&proposed, "confirmed"), Vec::<&Value>::new());
    let grouped = edges(&proposed, "grouped");
    assert_eq!(grouped.len(), 1, "{proposed}");
    let group = grouped[0]["to"].as_str().unwrap().to_owned();
    let elsewhere = edges(&proposed, "heard_in");
    let leads = elsewhere
        .iter()
        .any(|edge| edge["from"] == *group && edge["to"] == format!("case:{other}"));
    assert!(leads, "{proposed}");
    assert_eq!(shared()["group"]["is_confirmed"], false);

    decide(&service, id(&link), "confirm");
    let confirmed = graph(&one);
    let told = edges(&confirmed, "confirmed");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["link_id"], link["id"]);
    assert_eq!(
        (
            &confirmed["cut"]["links_shown"],
            &confirmed["cut"]["links_total"]
        ),
        (&json!(1), &json!(1))
    );
    let group_now = shared();
    assert_eq!(group_now["group"]["is_confirmed"], true);
    assert_eq!(group_now["group"]["voices"], 2);
    assert_eq!(group_now["cases"], 2);
    // Two of three cases have it.
    let weight = group_now["weight"].as_f64().unwrap();
    assert!((weight - (1.5_f64.log2() + 1.0)).abs() < 1e-12, "{weight}");

    let voices = ["left", "right"].map(|side| link[side]["voice_id"].as_str().unwrap().to_owned());
    let path = |from: &str, to: &str| -> Vec<String> {
        let answer = service.get_json(&format!("graph/path?from={from}&to={to}"));
        assert_eq!(answer["outcome"], "found", "{answer}");
        let steps = answer["steps"].as_array().unwrap().iter();
        steps
            .filter_map(|step| step["edge"].as_str().map(str::to_owned))
            .collect()
    };
    let [left, right] = voices.map(|voice| format!("voice:{voice}"));
    assert_eq!(path(&left, &right), ["confirmed"]);
    assert_eq!(
        path(&group, &format!("case:{other}")),
        ["grouped", "heard_in"]
    );
    decide(&service, id(&link), "reopen");
    decide(&service, id(&link), "reject");
    let rejected = graph(&one);
    assert_eq!(edges(&rejected, "confirmed"), Vec::<&Value>::new());
    assert_eq!(edges(&rejected, "grouped"), Vec::<&Value>::new());
    // The number ties them all the same.
    assert_eq!(path(&left, &right), ["heard_on", "heard_on"]);
}

#[test]
fn a_subject_who_is_a_group_too_weighs_once() {
    let service = Service::start();
    let link = two_calls(&service);
    let [one, other] = ["A", "B"].map(|case_no| case_id(&service, case_no));
    let subject = json!({ "name": "Suspect 01", "class": "suspect" });
    let subject = created(service.post("subjects", &subject));
    let enrol = |recording: &Value| {
        let body = json!({ "recording_id": recording, "ground": "order 1" });
        created(service.post(&format!("subjects/{}/enrolments", id(&subject)), &body));
    };
    let path = format!("cases/{one}/shared?with={other}");
    let before = service.get_json(&path)["items"][0].clone();
    enrol(&link["left"]["recording_id"]);
    assert_eq!(
        service.get_json(&path)["items"][0]["weight"],
        before["weight"]
    );
    enrol(&link["right"]["recording_id"]);
    let both = service.get_json(&path)["items"][0].clone();
    assert_eq!(both["weight"], before["weight"]);
    assert_eq!(
        both["count"].as_u64().unwrap(),
        before["count"].as_u64().unwrap() + 1
    );
    let things = both["things"].as_array().unwrap();
    let group = things.iter().find(|thing| !thing["group"].is_null());
    assert_eq!(group.unwrap()["group"]["is_told"], true);
}

#[test]
fn a_link_names_what_both_calls_and_both_cases_have_also_what_came_later() {
    let service = Service::start();
    let link = two_calls(&service);
    let path = format!("links/{}", id(&link));
    let values = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["entity"]["normalised"].as_str().unwrap().to_owned())
            .collect()
    };
    let shared = service.get_json(&path)["shared_now"].clone();
    assert_eq!(shared["all_cases"], 2);
    assert_eq!(values(&shared["in_calls"]), ["+8613800000001"]);
    assert_eq!(shared["in_calls"][0]["cases"], 2);
    assert_eq!(values(&shared["in_cases"]), Vec::<String>::new());

    // A card that both cases turn out to have, and a third case without it.
    open_case(&service, "C");
    for case_no in ["A", "B"] {
        let body = json!({ "kind": "account", "value": CARD });
        let case = case_id(&service, case_no);
        created(service.post(&format!("cases/{case}/entities"), &body));
    }
    let shared = service.get_json(&path)["shared_now"].clone();
    assert_eq!(values(&shared["in_cases"]), ["6222000000000000068"]);
    assert_eq!(shared["in_cases_total"], 1);
    let weight = shared["in_cases"][0]["weight"].as_f64().unwrap();
    assert!((weight - (1.5_f64.log2() + 1.0)).abs() < 1e-12, "{weight}");
    let folder = service.folder();
    let folder = folder.to_str().unwrap();
    let shown = voxtrace(&["--json", "links", "show", id(&link), "--data", folder]);
    let shown = &json_lines(&shown)[0];
    assert_eq!(
        shown["shared_now"]["in_calls"][0]["normalised"],
        "+8613800000001"
    );
    let text = voxtrace(&["links", "show", id(&link), "--data", folder]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("both cases: account 6222000000000000068, in 2 cases"),
        "{text}"
    );
}

#[test]
fn a_device_of_both_call_records_is_shared_by_both_calls() {
    let service = Service::start();
    let upload = |path: &str, case_no: &str, caller: &str, minute: u32| -> Value {
        let bytes = std::fs::read(crate::service::sample(path)).unwrap();
        let part = reqwest::blocking::multipart::Part::bytes(bytes).file_name("call");
        let form = reqwest::blocking::multipart::Form::new()
            .text("case_no", case_no.to_owned())
            .text("caller", caller.to_owned())
            .text("callee", "13900139000")
            .text("started_at", format!("2026-03-01T00:{minute:02}:00Z"))
            .part("file", part);
        let request = service.client.post(service.at("recordings"));
        let upload = created(request.multipart(form).send().unwrap());
        service.analysed(id(&upload["recording"]))
    };
    upload(SPEAKER_A[0], "A", "13800138000", 5);
    upload(SPEAKER_A[1], "B", "13700137000", 45);
    all_jobs_ended(&service);
    let link = items(&service, "links").remove(0);
    let path = format!("links/{}", id(&link));
    let kinds = || -> Vec<(String, u64)> {
        let shared = service.get_json(&path)["shared_now"]["in_calls"].clone();
        let shared = shared.as_array().unwrap().iter();
        shared
            .map(|one| {
                let kind = one["entity"]["kind"].as_str().unwrap().to_owned();
                (kind, one["cases"].as_u64().unwrap())
            })
            .collect()
    };
    assert_eq!(kinds(), [("phone".to_owned(), 2)]);
    for (case_no, caller, time) in [
        ("A", "13800138000", "08:05:00"),
        ("B", "13700137000", "08:45:00"),
    ] {
        let table = format!(
            "主叫号码,被叫号码,通话开始时间,IMEI\n{caller},13900139000,2026-03-01 {time},490154203237518\n"
        );
        let done = import(&service, &table, "calls", case_no);
        assert_eq!(done["import"]["added"], 1, "{done}");
    }
    assert_eq!(kinds(), [("phone".to_owned(), 2), ("device".to_owned(), 2)]);
}

#[test]
fn a_link_raises_an_alert_by_its_stage_and_partners_are_told_signed() {
    let settings = "[webhooks]\nallow_private = [\"127.0.0.1\"]\nbackoff_ms = 1\n";
    let service = Service::start_with(settings);
    let partner = Partner::start(Manner::Take);
    let body = json!({ "name": "case system", "url": partner.url() });
    let webhook = created(service.post("webhooks", &body));
    let secret = webhook["secret"].as_str().unwrap();
    let across =
        |stage: &str| json!({ "kind": "link_across_cases", "stage": stage, "min_log10_lr": 1.0 });
    let proposed = active_rule(&service, "links proposed", across("proposed"));
    let confirmed = active_rule(&service, "links confirmed", across("confirmed"));
    let link = two_calls(&service);
    let of_rule = |rule: &Value| items(&service, &format!("alerts?rule_id={}", id(rule)));
    let alerts = of_rule(&proposed);
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["matter"]["link_id"], link["id"]);
    assert_eq!(alerts[0]["evidence"]["log10_lr"], link["log10_lr"]);
    assert_eq!(of_rule(&confirmed), Vec::<Value>::new());
    let told = partner.heard(1).remove(0);
    assert!(told.is_signed_with(secret));
    assert!(!told.is_signed_with("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="));
    let message = told.json();
    assert_eq!(message["type"], "alert.raised");
    assert_eq!(message["data"]["alert_id"], alerts[0]["id"]);
    assert_eq!(message["data"]["link_id"], link["id"]);
    let case_nos: Vec<&Value> = message["data"]["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| &case["case_no"])
        .collect();
    assert_eq!(case_nos, ["A", "B"]);

    decide(&service, id(&link), "confirm");
    let alerts = of_rule(&confirmed);
    assert_eq!(alerts.len(), 1);
    let told = partner.heard(2).remove(1);
    assert!(told.is_signed_with(secret));
    assert_eq!(told.json()["data"]["alert_id"], alerts[0]["id"]);
    // The rule of proposed links has seen the same pair of cases again, and told nobody twice.
    assert_eq!(of_rule(&proposed)[0]["sightings"], 2);
    all_jobs_ended(&service);
    assert_eq!(partner.messages().len(), 2);
    let metrics = service
        .client
        .get(service.at("/metrics").replace("/api/v1/", ""))
        .send()
        .unwrap()
        .text()
        .unwrap();
    for line in [
        "voxtrace_alerts{state=\"open\"} 2",
        "voxtrace_alerts{state=\"disposed\"} 0",
        "voxtrace_deliveries{state=\"delivered\"} 2",
        "voxtrace_deliveries{state=\"dead\"} 0",
        "voxtrace_delivery_oldest_pending_seconds 0",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line}: {metrics}");
    }
}

#[test]
fn a_speaker_whom_people_confirmed_on_several_numbers_is_told_whatever_the_ratio() {
    let service = Service::start();
    let condition = json!({
        "kind": "voice_on_numbers", "numbers": 2, "within_ms": 86_400_000, "side": "caller",
        "min_log10_lr": 2.8,
    });
    let rule = active_rule(&service, "numbers", condition);
    let a = upload_call(&service, SPEAKER_A[0], "A", "+86 138 0000 0001");
    let c = upload_call(&service, SPEAKER_C, "B", "+86 138 0000 0002");
    all_jobs_ended(&service);
    let alerts = || items(&service, &format!("alerts?rule_id={}", id(&rule)));
    assert_eq!(alerts(), Vec::<Value>::new());
    let voice = |recording: &Value| service.voices(id(recording)).remove(0)["id"].clone();
    let pair = json!({ "left_voice_id": voice(&a), "right_voice_id": voice(&c) });
    let link = created(service.post("links", &pair));
    assert!(link["log10_lr"].as_f64().unwrap() < 2.8, "{link}");
    assert_eq!(alerts(), Vec::<Value>::new());
    decide(&service, id(&link), "confirm");
    let told = alerts();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0]["matter"]["numbers"],
        json!(["+8613800000001", "+8613800000002"])
    );
    assert_eq!(told[0]["evidence"], Value::Null);
    let group = items(&service, "groups").remove(0);
    assert_eq!(told[0]["matter"]["group_id"], group["id"]);

    // Undone and done again, it is the same; a further call of either voice is a further number.
    decide(&service, id(&link), "reopen");
    decide(&service, id(&link), "confirm");
    assert_eq!(alerts()[0]["sightings"], 1);
    let checked = service.post(&format!("rules/{}/check", id(&rule)), &json!({}));
    let checked: Value = checked.json().unwrap();
    assert_eq!(checked["alerts"], 1, "{checked}");
}

#[test]
fn a_rule_of_links_accounts_and_numbers_of_tables_is_tried_and_raised_for_the_past() {
    let service = Service::start();
    let link = two_calls(&service);
    let list = watch_list(&service, "accounts");
    let member = |kind: &str, value: &str| {
        let body = json!({ "kind": kind, "value": value, "reason": "wanted" });
        created(service.post(&format!("watchlists/{}/members", id(&list)), &body));
    };
    member("account", "4539578763621486");
    member("number", "+86 139 0013 9000");
    let transfers = "付款账号,收款账号,交易时间,交易金额,币种\n\
        6222000000000000068,4539578763621486,2026-03-01 00:00:00,\"1,234.56\",CNY\n\
        6222000000000000068,4539578763621486,2026-03-02 00:00:00,5000,JPY\n\
        4539578763621486,6222000000000000068,2026-03-03 00:00:00,9,CNY\n";
    import(&service, transfers, "transfers", "A");
    let calls = "主叫号码,被叫号码,通话开始时间\n13800138000,13900139000,2026-03-01 08:05:30\n";
    for case_no in ["A", "B"] {
        import(&service, calls, "calls", case_no);
    }
    let draft = |name: &str, condition: Value| {
        let body = json!({
            "name": name, "condition": condition, "owner": "unit 1", "reason": "a test",
        });
        created(service.post("rules", &body))
    };
    let check = |rule: &Value, body: Value| -> Value {
        let response = service.post(&format!("rules/{}/check", id(rule)), &body);
        assert_eq!(response.status(), 200);
        response.json().unwrap()
    };
    let across =
        |stage: &str| json!({ "kind": "link_across_cases", "stage": stage, "min_log10_lr": 1.0 });
    let links = draft("links", across("proposed"));
    let found = check(&links, json!({}));
    assert_eq!(
        (&found["looked_at"], &found["count"], &found["alerts"]),
        (&json!("links"), &json!(1), &json!(1))
    );
    assert_eq!(found["findings"][0]["matter"]["link_id"], link["id"]);
    assert_eq!(
        check(&draft("decided", across("confirmed")), json!({}))["alerts"],
        0
    );

    let accounts = draft("accounts", json!({ "kind": "account_receives" }));
    let found = check(&accounts, json!({}));
    assert_eq!(
        (&found["looked_at"], &found["count"], &found["is_whole"]),
        (&json!("transfers"), &json!(2), &json!(true))
    );
    // One account is one matter, seen twice; the oldest comes first.
    assert_eq!(
        (&found["alerts"], &found["findings"][0]["sightings"]),
        (&json!(1), &json!(2))
    );
    let matter = &found["findings"][0]["matter"];
    assert_eq!(
        (&matter["amount"], &matter["currency"]),
        (&json!("1234.56"), &json!("CNY"))
    );
    let least = |least: u32| json!({ "kind": "account_receives", "min_amount_minor": least });
    let large = check(&draft("yen", least(5000)), json!({}));
    assert_eq!(large["findings"][0]["sightings"], 2, "{large}");
    // 5,000 yen are 5,000 of the smallest unit, not 500,000.
    let larger = check(&draft("fen", least(5001)), json!({}));
    assert_eq!(larger["findings"][0]["sightings"], 1, "{larger}");
    let newest = check(&accounts, json!({ "limit": 1 }));
    assert_eq!(
        (&newest["count"], &newest["is_whole"]),
        (&json!(1), &json!(false))
    );
    let matter = &newest["findings"][0]["matter"];
    assert_eq!(
        (&matter["amount"], &matter["amount_minor"]),
        (&json!("5000"), &json!(5000))
    );

    // Numbers that stand in tables alone.
    let numbers = check(
        &draft("watched", json!({ "kind": "number_watched" })),
        json!({}),
    );
    assert_eq!(
        (&numbers["looked_at"], &numbers["alerts"]),
        (&json!("numbers"), &json!(2))
    );
    let several = draft("several", json!({ "kind": "number_in_cases", "cases": 2 }));
    let numbers = check(&several, json!({}));
    let found: Vec<&Value> = numbers["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["matter"]["numbers"][0])
        .collect();
    assert_eq!(numbers["alerts"], 3, "{found:?}");
    assert_eq!(service.get_json("alerts")["items"], json!([]));

    // A draft raises nothing; in force it raises once for the past, and not again.
    let raise = format!("rules/{}/raise", id(&accounts));
    let why = json!({ "reason": "the account was used before" });
    assert_eq!(
        problem(service.post(&raise, &why), 409)["code"],
        "rule_state"
    );
    let path = format!("rules/{}", id(&accounts));
    let active = service.patch(&path, 1, &json!({ "state": "active", "reason": "tried" }));
    assert_eq!(active.status(), 200);
    assert_eq!(
        problem(service.post(&raise, &json!({ "reason": "" })), 422)["field"],
        "reason"
    );
    let raised: Value = service.post(&raise, &why).json().unwrap();
    assert_eq!(
        (&raised["alerts"], &raised["repeats"]),
        (&json!(1), &json!(1))
    );
    let again: Value = service.post(&raise, &why).json().unwrap();
    assert_eq!(
        (&again["alerts"], &again["repeats"]),
        (&json!(0), &json!(0))
    );
    let alerts = items(&service, "alerts");
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["sightings"], 2);
    let folder = service.folder();
    let verified = voxtrace(&["audit", "verify", "--data", folder.to_str().unwrap()]);
    assert!(verified.status.success());
}
