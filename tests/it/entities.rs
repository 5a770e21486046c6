//! Entities, tables of events, the case graph and the one query, as a person meets them.

use reqwest::blocking::{Response, multipart};
use serde_json::{Value, json};

use crate::service::{Service, command, json_lines, problem, voxtrace, wait_for};

const CALLS: &str = "主叫号码,被叫号码,通话开始时间,通话时长,IMEI\n\
    13800138000,13900139000,2026-03-01 08:05:30,75,490154203237518\n\
    13800138000,10086,2026-03-01 09:00:00,10,490154203237518\n\
    13800138000,unknown,2026-03-01 09:00:00,10,\n\
    138-0013-8000,+86 139 0013 9000,2026-03-01 08:05:30,00:01:15,49015420323751\n\
    13700137000,13900139000,2026/03/01 10:00:00,10,\n";

pub fn open_case(service: &Service, case_no: &str) -> String {
    let case: Value = service
        .post("cases", &json!({ "case_no": case_no }))
        .json()
        .unwrap();
    case["id"].as_str().unwrap().to_owned()
}

/// Sends a table; `said` are form fields.
fn send(service: &Service, bytes: impl Into<Vec<u8>>, said: &[(&'static str, &str)]) -> Response {
    let part = multipart::Part::bytes(bytes.into()).file_name("calls.csv");
    let mut form = multipart::Form::new();
    for (name, value) in said {
        form = form.text(*name, (*value).to_owned());
    }
    let form = form.part("file", part);
    let request = service.client.post(service.at("imports"));
    request.multipart(form).send().unwrap()
}

/// Imports a table and waits until it is done.
pub fn import(service: &Service, table: &str, kind: &str, case_no: &str) -> Value {
    let response = send(service, table, &[("kind", kind), ("case_no", case_no)]);
    assert_eq!(response.status(), 202, "{:?}", response.text());
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with("/api/v1/jobs/"));
    let received: Value = response.json().unwrap();
    let id = received["import"]["id"].as_str().unwrap().to_owned();
    wait_for("import", || {
        let detail = service.get_json(&format!("imports/{id}"));
        (detail["import"]["state"] != "pending").then_some(detail)
    })
}

fn counts(report: &Value) -> [u64; 4] {
    ["rows", "added", "duplicates", "refused"].map(|name| report[name].as_u64().unwrap())
}

#[test]
fn a_table_of_calls_is_tried_imported_and_joined_to_the_recording() {
    let service = Service::start();
    let case = open_case(&service, "2026-001");
    let bytes = std::fs::read(crate::service::sample("case-2026-001/call-02.mp3")).unwrap();
    let form = multipart::Form::new()
        .text("case_no", "2026-001")
        .text("caller", "13800138000")
        .text("callee", "+8613900139000")
        .text("started_at", "2026-03-01T00:05:00Z")
        .part("file", multipart::Part::bytes(bytes).file_name("call.mp3"));
    let uploaded = service.client.post(service.at("recordings"));
    let uploaded: Value = uploaded.multipart(form).send().unwrap().json().unwrap();
    let recording = uploaded["recording"]["id"].clone();

    // Its numbers are entities of the case at once.
    let entities = service.get_json(&format!("cases/{case}/entities"));
    assert_eq!(entities["items"].as_array().unwrap().len(), 2);

    let said = [
        ("kind", "calls"),
        ("case_no", "2026-001"),
        ("dry_run", "true"),
    ];
    let tried = send(&service, CALLS, &said);
    assert_eq!(tried.status(), 200);
    let tried: Value = tried.json().unwrap();
    assert_eq!(counts(&tried), [5, 2, 1, 2]);
    assert_eq!(tried["date_format"], "YYYY-MM-DD hh:mm:ss");
    assert_eq!(tried["errors"][0]["row"], 4);
    assert_eq!(tried["errors"][0]["column"], "被叫号码");
    assert_eq!(tried["errors"][1]["found"], "\"2026/03/01 10:00:00\"");
    let events = service.get_json(&format!("cases/{case}/events"));
    assert_eq!(events["items"], json!([]));
    assert_eq!(service.get_json("imports")["items"], json!([]));

    let done = import(&service, CALLS, "calls", "2026-001");
    assert_eq!(done["import"]["state"], "done");
    assert_eq!(counts(&done["import"]), counts(&tried));
    assert_eq!(done["report"]["errors"], tried["errors"]);
    let again = send(&service, CALLS, &said[..2]);
    assert_eq!(again.status(), 200);
    assert_eq!(again.json::<Value>().unwrap()["already_there"], true);
    // Another file with the same rows adds nothing.
    let twin = import(&service, &format!("{CALLS}\n"), "calls", "2026-001");
    assert_eq!(counts(&twin["import"]), [5, 0, 3, 2]);

    let events = service.get_json(&format!("cases/{case}/events?kind=call&limit=1"));
    assert!(events["next_cursor"].is_string());
    let events = service.get_json(&format!("cases/{case}/events"));
    let events = events["items"].as_array().unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["recording_id"], recording);
    assert_eq!(events[0]["recording_id"], Value::Null);
    assert_eq!(events[1]["duration_ms"], 75_000);
    assert!(
        events[1]["raw"]
            .as_str()
            .unwrap()
            .starts_with("13800138000,")
    );
    assert_eq!(events[1]["row"], 2);
    let calls = service.get_json(&format!("cases/{case}/calls"));
    assert_eq!(calls["items"][0]["outcome"], "joined");
    assert_eq!(calls["items"][0]["event_id"], events[1]["id"]);

    // A second call of the same numbers within the tolerance: nothing is guessed any more.
    let close = "caller,callee,time\n13900139000,13800138000,2026-03-01 08:06:00\n";
    import(&service, close, "calls", "2026-001");
    let calls = service.get_json(&format!("cases/{case}/calls"));
    assert_eq!(calls["items"][0]["outcome"], "ambiguous");
    assert_eq!(calls["items"][0]["event_ids"].as_array().unwrap().len(), 2);

    let graph = service.get_json(&format!("cases/{case}/graph"));
    let edges = graph["edges"].as_array().unwrap();
    let sum = edges
        .iter()
        .find(|edge| edge["events"]["duration_ms"] == 75_000)
        .unwrap();
    assert_eq!(sum["events"]["events"], 1);
    assert_eq!(graph["cut"]["ties_total"], 3);

    let data = service.folder();
    let verified = voxtrace(&["audit", "verify", "--data", data.to_str().unwrap()]);
    assert!(verified.status.success());
}

#[test]
fn what_two_cases_share_is_ranked_and_a_path_leads_through_it() {
    let service = Service::start();
    let cases = ["S-1", "S-2", "S-3"].map(|case_no| open_case(&service, case_no));
    let add = |case: &str, kind: &str, value: &str| -> Value {
        let body = json!({ "kind": kind, "value": value, "note": "by hand" });
        let response = service.post(&format!("cases/{case}/entities"), &body);
        assert_eq!(response.status(), 201);
        response.json().unwrap()
    };
    for case in &cases {
        add(case, "phone", "10086");
    }
    let card = add(&cases[0], "account", "6222 0000 0000 0000 068");
    assert_eq!(card["entity"]["normalised"], "6222000000000000068");
    assert_eq!(card["added_by"], "local");
    let chain = "付款账号,收款账号,交易时间,交易金额\n\
        6222000000000000068,4539578763621486,2026-03-01 00:00:00,\"1,234.56\"\n";
    import(&service, chain, "transfers", "S-2");
    let shared = service.get_json(&format!("cases/{}/shared", cases[0]));
    assert_eq!(shared["cases"], 3);
    let best = &shared["items"][0];
    assert_eq!(best["case"]["case_no"], "S-2");
    assert_eq!(
        best["things"][0]["entity"]["normalised"],
        "6222000000000000068"
    );
    let weight = best["things"][0]["weight"].as_f64().unwrap();
    assert!((weight - (1.5_f64.log2() + 1.0)).abs() < 1e-12);
    // What every case has weighs least.
    assert_eq!(best["things"][1]["weight"], 1.0);
    let with = service.get_json(&format!("cases/{}/shared?with={}", cases[0], cases[2]));
    assert_eq!(with["items"][0]["count"], 1);

    let found = service.get_json("find?q=4539578763621486");
    let payee = &found["entities"][0];
    assert_eq!(payee["why"][0]["way"], "exact");
    assert_eq!(found["cases"][0]["item"]["case_no"], "S-2");
    assert_eq!(found["cases"][0]["why"][0]["way"], "related");
    assert_eq!(found["events"][0]["item"]["amount"], "1234.56");
    let detail = service.get_json(&format!(
        "entities/{}",
        payee["item"]["id"].as_str().unwrap()
    ));
    assert_eq!(detail["tied"][0]["normalised"], "6222000000000000068");
    assert_eq!(detail["events"].as_array().unwrap().len(), 1);
    let from = format!("case:{}", cases[0]);
    let to = format!("entity:{}", payee["item"]["id"].as_str().unwrap());
    let path = service.get_json(&format!("graph/path?from={from}&to={to}"));
    assert_eq!(path["outcome"], "found");
    let edges: Vec<&Value> = path["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["edge"])
        .collect();
    assert_eq!(edges, [&Value::Null, &json!("occurs_in"), &json!("events")]);
}

#[test]
fn the_one_query_answers_by_part_by_name_and_by_clip() {
    let service = Service::start();
    let recording = service.upload("case-2026-001/call-02.mp3", "2026-001");
    let other = service.upload("case-2026-004/call-01.wav", "2026-004");
    let case = recording["case_id"].as_str().unwrap();
    let body = json!({ "kind": "phone", "value": "13800138000" });
    service.post(&format!("cases/{case}/entities"), &body);
    for (query, way) in [
        ("138%200013%208000", "exact"),
        ("1380013", "prefix"),
        ("8000", "suffix"),
        ("80013", "part"),
    ] {
        let found = service.get_json(&format!("find?q={query}"));
        assert_eq!(found["entities"][0]["why"][0]["way"], way, "{query}");
    }
    let found = service.get_json("find?q=2026-001");
    assert_eq!(
        found["cases"][0]["why"][0],
        json!({ "way": "exact", "field": "case_no", "value": "2026-001" })
    );
    let found = service.get_json("find?q=call-02");
    assert_eq!(found["recordings"][0]["item"]["id"], recording["id"]);
    let sha256 = recording["sha256"].as_str().unwrap();
    let found = service.get_json(&format!("find?q={sha256}"));
    assert_eq!(found["recordings"][0]["why"][0]["field"], "sha256");
    assert_eq!(problem(service.get("find?q="), 422)["field"], "q");
    assert_eq!(
        problem(service.get(&format!("find?q={}", "x".repeat(257))), 422)["field"],
        "q"
    );
    assert_eq!(
        problem(service.get("find?q=x&limit=101"), 422)["field"],
        "limit"
    );

    let clip = std::fs::read(crate::service::sample("case-2026-002/call-03.mp3")).unwrap();
    let request = service
        .client
        .post(service.at("find?filename=clip.mp3&purpose=test"));
    let response = request.body(clip).send().unwrap();
    assert_eq!(response.status(), 201);
    let answer: Value = response.json().unwrap();
    assert_eq!(answer["searches"].as_array().unwrap().len(), 2);
    let cases: Vec<&Value> = answer["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["item"]["case_no"])
        .collect();
    assert!(
        cases.contains(&&json!("2026-001")) && cases.contains(&&json!("2026-004")),
        "{answer}"
    );
    assert_eq!(answer["cases"][0]["why"][0]["way"], "voice");
    // The clip is not kept.
    assert_eq!(
        service.get_json("recordings")["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(other["state"], "analysed");
    let silent = service
        .client
        .post(service.at("find"))
        .body("no recording")
        .send()
        .unwrap();
    assert_eq!(silent.status(), 415);
}

#[test]
fn tables_that_cannot_be_read_are_refused_by_name_and_leave_nothing() {
    let service = Service::start();
    let case = open_case(&service, "2026-001");
    let said = [("kind", "calls"), ("case_no", "2026-001")];
    let refused = |bytes: Vec<u8>, said: &[(&'static str, &str)], field: &str, words: &str| {
        let problem = problem(send(&service, bytes, said), 422);
        assert_eq!(problem["code"], "invalid_field", "{problem}");
        assert_eq!(problem["field"], field, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    };
    let table = CALLS.as_bytes().to_vec();
    refused(Vec::new(), &said, "file", "empty");
    refused(
        b"caller,callee,time\n1,2,caf\xe9 \xff\n".to_vec(),
        &said,
        "file",
        "neither UTF-8",
    );
    refused(
        b"caller,callee,time\n1\x002,3,4\n".to_vec(),
        &said,
        "file",
        "NUL",
    );
    refused(
        [b"caller,callee,time\n".to_vec(), vec![b'x'; 10 << 20]].concat(),
        &said,
        "file",
        "longer than 65536 bytes",
    );
    refused(
        b"caller,when\n1,2\n".to_vec(),
        &said,
        "file",
        "a column for to",
    );
    let mapping = |text: &'static str| [said[0], said[1], ("mapping", text)];
    refused(
        table.clone(),
        &mapping("colour = 1"),
        "mapping",
        "unknown field `colour`",
    );
    refused(
        table.clone(),
        &mapping("[columns]\nfrom = \"A\""),
        "mapping",
        "column \"A\" for from",
    );
    refused(
        table.clone(),
        &[("kind", "letters"), said[1]],
        "kind",
        "\"letters\"",
    );
    refused(table.clone(), &said[..1], "case_no", "missing");
    let unknown = send(&service, table.clone(), &[said[0], ("case_no", "2026-999")]);
    assert_eq!(problem(unknown, 404)["code"], "not_found");
    let odd = send(
        &service,
        table.clone(),
        &[said[0], said[1], ("colour", "red")],
    );
    assert_eq!(problem(odd, 422)["field"], "colour");
    let perhaps = send(&service, table, &[said[0], said[1], ("dry_run", "perhaps")]);
    assert_eq!(problem(perhaps, 422)["field"], "dry_run");
    for path in [
        "imports",
        &format!("cases/{case}/events"),
        &format!("cases/{case}/entities"),
    ] {
        assert_eq!(service.get_json(path)["items"], json!([]), "{path}");
    }
    let entities = format!("cases/{case}/entities");
    for (kind, value, words) in [
        ("phone", "call me", "3 to 15 digits"),
        ("account", "6.22E+18", "exponent"),
        ("device", "12", "14 to 16 digits"),
        ("url", "nowhere", "address of a page"),
        ("person", " ", "a value"),
    ] {
        let answer = problem(
            service.post(&entities, &json!({ "kind": kind, "value": value })),
            422,
        );
        assert_eq!(answer["field"], "value");
        assert!(
            answer["detail"].as_str().unwrap().contains(words),
            "{answer}"
        );
    }
    let nobody = "00000000-0000-7000-8000-000000000000";
    for path in [
        format!("entities/{nobody}"),
        format!("entities/{nobody}/events"),
        format!("cases/{nobody}/graph"),
        format!("cases/{nobody}/shared"),
        format!("cases/{nobody}/calls"),
        format!("cases/{case}/shared?with={nobody}"),
        format!("imports/{nobody}"),
        format!("graph/path?from=case:{case}&to=entity:{nobody}"),
    ] {
        assert_eq!(service.get(&path).status(), 404, "{path}");
    }
    let wrong = problem(service.get("graph/path?from=case&to=x:1"), 422);
    assert_eq!(wrong["field"], "from");
    assert_eq!(
        problem(service.get(&format!("cases/{case}/events?from=noon")), 422)["field"],
        "from"
    );
}

#[test]
fn the_command_line_imports_in_pieces_and_says_what_it_refused() {
    let service = Service::start();
    open_case(&service, "2026-001");
    let data = service.stop();
    let folder = data.path().join("data");
    let folder = folder.to_str().unwrap();
    let table = data.path().join("calls.csv");
    std::fs::write(&table, CALLS).unwrap();
    let run = |extra: &[&str]| {
        let table = table.to_str().unwrap();
        let base = ["--json", "events", "import", table, "--data", folder];
        voxtrace(&[&base[..], extra].concat())
    };
    let said = ["--kind", "calls", "--case", "2026-001"];
    let tried = run(&[&said[..], &["--dry-run"]].concat());
    assert_eq!(tried.status.code(), Some(0), "{tried:?}");
    let tried = json_lines(&tried).remove(0);
    assert_eq!(tried["state"], "dry_run");
    assert_eq!(counts(&tried), [5, 2, 1, 2]);
    let done = run(&said);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let done = json_lines(&done).remove(0);
    assert_eq!(done["state"], "done");
    assert_eq!(counts(&done), [5, 2, 1, 2]);
    let again = json_lines(&run(&said)).remove(0);
    assert_eq!(again["already_there"], true);
    assert_eq!(again["import_id"], done["import_id"]);
    let lost = run(&["--kind", "calls", "--case", "2026-002"]);
    assert_eq!(lost.status.code(), Some(1));
    let words = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert!(words.contains("case 2026-002 does not exist"), "{words}");
}

#[test]
fn a_table_above_the_limit_is_refused() {
    let service = Service::start_with("[entities]\nmax_import_bytes = 100\n");
    open_case(&service, "2026-001");
    assert_eq!(service.get_json("limits")["max_import_bytes"], 100);
    let answer = send(
        &service,
        CALLS,
        &[("kind", "calls"), ("case_no", "2026-001")],
    );
    let answer = problem(answer, 422);
    assert_eq!(answer["field"], "file");
    assert_eq!(answer["expected"], "at most 100 bytes");
}

#[test]
fn errors_of_rows_are_listed_up_to_a_thousand_and_all_are_counted() {
    let service = Service::start();
    open_case(&service, "2026-001");
    let mut table = "caller,callee,time\n".to_owned();
    // More than one batch, so that the list is kept from one to the next.
    for number in 0..6000 {
        table.push_str(&format!("13800138000,139{number:08},2026-03-01 00:00:00\n"));
        if number % 4 == 0 {
            table.push_str(&format!("13800138000,139{number:08},noon\n"));
        }
    }
    let done = import(&service, &table, "calls", "2026-001");
    assert_eq!(counts(&done["import"]), [7500, 6000, 0, 1500]);
    let errors = done["report"]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1000);
    assert_eq!(errors[0]["row"], 3);
    assert_eq!(errors[999]["row"], 5 * 999 + 3);
}

/// Rows that an import has read, as another process sees them.
fn rows_read(folder: &std::path::Path) -> i64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut other = crate::store_conformance::sqlite_file::raw(folder).await;
        sqlx::query_scalar("SELECT ifnull(max(rows_read), 0) FROM imports")
            .fetch_one(&mut other)
            .await
            .unwrap()
    })
}

#[test]
fn an_import_that_was_killed_goes_on_behind_its_last_batch() {
    const ROWS: u64 = 40_000;
    let service = Service::start();
    open_case(&service, "2026-001");
    let data = service.stop();
    let folder = data.path().join("data");
    let table = data.path().join("calls.csv");
    let mut text = "caller,callee,time,duration\n".to_owned();
    for number in 0..ROWS {
        let (day, second) = (1 + number / 86_400, number % 60);
        text.push_str(&format!(
            "13800138{:03},139{number:08},2026-03-{day:02} 00:00:{second:02},7\n",
            number % 500
        ));
    }
    std::fs::write(&table, text).unwrap();
    let said = [
        "--json",
        "events",
        "import",
        table.to_str().unwrap(),
        "--kind",
        "calls",
        "--case",
        "2026-001",
        "--data",
        folder.to_str().unwrap(),
    ];
    let mut child = command(&said)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_for("first batch", || (rows_read(&folder) > 0).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let before = rows_read(&folder);
    assert_eq!(before % 5000, 0);
    let done = voxtrace(&said);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let done = json_lines(&done).remove(0);
    assert_eq!(done["already_there"], true);
    assert_eq!(counts(&done), [ROWS, ROWS, 0, 0]);
    let verified = voxtrace(&["audit", "verify", "--data", folder.to_str().unwrap()]);
    assert!(verified.status.success());
}
