//! Versions, repeated requests, pages and jobs.

use serde_json::{Value, json};

use crate::service::{Service, problem, sample, wait_for};

#[test]
fn an_edit_needs_the_version_that_it_is_based_on() {
    let service = Service::start();
    let opened = service.post("cases", &json!({ "case_no": "2026-001", "title": "First" }));
    assert_eq!(opened.status(), 201);
    assert_eq!(opened.headers()["etag"], "\"1\"");
    let case: Value = opened.json().unwrap();
    let path = format!("cases/{}", case["id"].as_str().unwrap());
    let edit = |tag: Option<&str>, title: &str| {
        let mut request = service
            .client
            .patch(service.at(&path))
            .json(&json!({ "title": title }));
        if let Some(tag) = tag {
            request = request.header("If-Match", tag);
        }
        request.send().unwrap()
    };
    assert_eq!(
        problem(edit(None, "Second"), 428)["code"],
        "if_match_required"
    );
    let edited = edit(Some("\"1\""), "Second");
    assert_eq!(edited.headers()["etag"], "\"2\"");
    let stale = problem(edit(Some("\"1\""), "Third"), 412);
    assert_eq!(
        (stale["code"].as_str(), stale["expected"].as_str()),
        (Some("stale_version"), Some("\"2\""))
    );
    assert_eq!(service.get_json(&path)["title"], "Second");
    let noted = service
        .client
        .patch(service.at(&path))
        .header("If-Match", "\"2\"")
        .json(&json!({ "note": "seen" }))
        .send()
        .unwrap();
    let noted: Value = noted.json().unwrap();
    assert_eq!(
        (&noted["title"], &noted["note"]),
        (&json!("Second"), &json!("seen"))
    );
    let emptied = service
        .client
        .patch(service.at(&path))
        .header("If-Match", "\"3\"")
        .json(&json!({ "title": null }))
        .send()
        .unwrap();
    let emptied: Value = emptied.json().unwrap();
    assert_eq!(
        (&emptied["title"], &emptied["note"]),
        (&json!(null), &json!("seen"))
    );
    let taken = problem(
        service.post("cases", &json!({ "case_no": "2026-001" })),
        409,
    );
    assert_eq!(taken["code"], "conflict");
}

#[test]
fn a_repeated_request_with_a_key_gets_the_first_answer() {
    let service = Service::start();
    let post = |key: &str, name: &str| {
        service
            .client
            .post(service.at("subjects"))
            .header("Idempotency-Key", key)
            .json(&json!({ "name": name, "class": "unknown" }))
            .send()
            .unwrap()
    };
    let first = post("one", "Somebody");
    assert_eq!(first.status(), 201);
    let first: Value = first.json().unwrap();
    let again = post("one", "Somebody");
    assert_eq!(
        (
            again.status().as_u16(),
            &again.headers()["idempotency-replayed"]
        ),
        (201, &"true".parse().unwrap())
    );
    assert_eq!(again.json::<Value>().unwrap(), first);
    assert_eq!(
        problem(post("one", "Somebody else"), 422)["code"],
        "idempotency_key_reused"
    );
    assert_eq!(post("two", "Somebody").status(), 201);
    assert_eq!(
        service.get_json("subjects")["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn the_same_bytes_in_one_case_are_one_recording() {
    let service = Service::start();
    let bytes = std::fs::read(sample("case-2026-006/one-second.wav")).unwrap();
    let first = service.upload_bytes("a.wav", bytes.clone(), "2026-001");
    let second = service.upload_bytes("b.wav", bytes.clone(), "2026-001");
    let elsewhere = service.upload_bytes("c.wav", bytes, "2026-002");
    let statuses = [&first, &second, &elsewhere].map(|response| response.status().as_u16());
    assert_eq!(statuses, [201, 200, 201]);
    let [first, second, elsewhere] =
        [first, second, elsewhere].map(|response| response.json::<Value>().unwrap());
    assert_eq!(first["id"], second["id"]);
    assert_eq!(second["already_there"], true);
    assert_ne!(first["id"], elsewhere["id"]);
}

#[test]
fn a_list_is_read_page_by_page() {
    let service = Service::start();
    for number in 0..5 {
        service.post("cases", &json!({ "case_no": format!("2026-{number}") }));
    }
    let mut seen = Vec::new();
    let mut path = "cases?limit=2".to_owned();
    loop {
        let page = service.get_json(&path);
        let items = page["items"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|case| case["case_no"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("cases?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    // Those of one millisecond stand in the order of their ids.
    seen.sort();
    assert_eq!(seen, ["2026-0", "2026-1", "2026-2", "2026-3", "2026-4"]);
}

#[test]
fn jobs_are_queued_watched_and_tried_again() {
    let service = Service::start();
    let call = service.upload("case-2026-006/one-second.wav", "2026-001");
    let queued = service.post("jobs", &json!({ "kind": "index" }));
    assert_eq!(queued.status(), 202);
    let location = queued.headers()["location"].to_str().unwrap().to_owned();
    let job = wait_for("index job", || {
        let url = format!("{}{location}", service.url);
        let job: Value = service.client.get(url).send().unwrap().json().unwrap();
        (job["state"] == "done").then_some(job)
    });
    assert_eq!(job["kind"], "index");
    let path = format!("jobs/{}/retry", job["id"].as_str().unwrap());
    assert_eq!(
        problem(service.post(&path, &json!({})), 409)["code"],
        "job_state"
    );
    let again = service.post(
        "jobs",
        &json!({ "kind": "analyse", "recording_id": call["id"] }),
    );
    assert_eq!(again.status(), 202);
    let id = again.json::<Value>().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    wait_for("second analysis", || {
        (service.get_json(&format!("jobs/{id}"))["state"] == "done").then_some(())
    });
    let recording = format!("recordings/{}/segments", call["id"].as_str().unwrap());
    assert_eq!(service.get_json(&recording)["revision"], 2);
}
