//! Calibrations of an archive: the one that ships, one's own, and which one answers are made with.

use serde_json::{Value, json};

use crate::service::{Service, json_lines, problem, voxtrace};

const ONE_PERSON: [&str; 2] = ["case-2026-001/call-02.mp3", "case-2026-004/call-01.wav"];
const SHIPPED: &str = "models/campplus-zh-en-telephone/calibration.toml";

fn shipped() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED);
    std::fs::read_to_string(path).unwrap()
}

/// The shipped calibration under another name.
fn named(name: &str) -> String {
    shipped().replacen(
        "name = \"telephone-sets-2026-11-27\"",
        &format!("name = \"{name}\""),
        1,
    )
}

fn add(service: &Service, file: &str) -> Value {
    let response = service.post("calibrations", &json!({ "file": file }));
    assert_eq!(response.status(), 201);
    response.json().unwrap()
}

fn state_of(service: &Service, name: &str) -> String {
    let list = service.get_json("calibrations");
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|one| one["name"] == name).unwrap();
    found["state"].as_str().unwrap().to_owned()
}

/// Name of the calibration of a comparison made now.
fn answers_with(service: &Service, [left, right]: &[Value; 2]) -> Value {
    let body = json!({
        "left": { "recording_id": left["id"] },
        "right": { "recording_id": right["id"] },
    });
    let comparison: Value = service.post("comparisons", &body).json().unwrap();
    comparison["calibration"]["name"].clone()
}

#[test]
fn the_active_calibration_makes_the_answers_and_the_shipped_one_is_the_first() {
    let service = Service::start();
    let recordings = ONE_PERSON.map(|path| service.upload(path, "2026-001"));
    let list = service.get_json("calibrations");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["name"], "telephone-sets-2026-11-27");
    assert_eq!(list["items"][0]["state"], "active");
    assert_eq!(list["items"][0]["changes"][0]["actor"], "service");
    assert_eq!(list["in_use"]["by_setting"], false);
    assert_eq!(
        answers_with(&service, &recordings),
        "telephone-sets-2026-11-27"
    );

    let own = add(&service, &named("own-calls"));
    assert_eq!(own["state"], "available");
    assert_eq!(
        answers_with(&service, &recordings),
        "telephone-sets-2026-11-27"
    );
    let own = format!("calibrations/{}", own["id"].as_str().unwrap());
    let active: Value = service
        .post(
            &format!("{own}/activate"),
            &json!({ "reason": "our lines" }),
        )
        .json()
        .unwrap();
    assert_eq!(active["state"], "active");
    assert_eq!(active["in_use"], true);
    assert_eq!(active["changes"][1]["reason"], "our lines");
    assert_eq!(state_of(&service, "telephone-sets-2026-11-27"), "available");
    assert_eq!(answers_with(&service, &recordings), "own-calls");
    let search: Value = service
        .post("searches", &json!({ "recording_id": recordings[0]["id"] }))
        .json()
        .unwrap();
    let candidate = &search["candidates"][0];
    assert_eq!(candidate["calibration"]["name"], "own-calls");
    let detail = service.get_json(&own);
    assert_eq!(detail["file"], named("own-calls"));

    // Another process on the same archive; the service follows.
    let data = service.folder();
    let data = data.to_str().unwrap();
    let file = service.data.path().join("third.toml");
    std::fs::write(&file, named("third")).unwrap();
    let run = |arguments: &[&str]| {
        let output =
            voxtrace(&[&["--json", "calibrations"], arguments, &["--data", data]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        json_lines(&output)
    };
    let third = run(&["add", file.to_str().unwrap()]).remove(0);
    run(&["activate", third["id"].as_str().unwrap()]);
    assert_eq!(answers_with(&service, &recordings), "third");
    let first = service.get_json("calibrations")["items"][2]["id"].clone();
    run(&[
        "retire",
        first.as_str().unwrap(),
        "--reason",
        "too few speakers",
    ]);
    assert_eq!(state_of(&service, "telephone-sets-2026-11-27"), "retired");
    let shown = voxtrace(&[
        "calibrations",
        "show",
        first.as_str().unwrap(),
        "--data",
        data,
    ]);
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), shipped());
    let printed = run(&["list"]);
    assert_eq!(printed.len(), 3);
    // The command line prints what the API sends.
    assert_eq!(json!(printed), service.get_json("calibrations")["items"]);
    assert!(
        voxtrace(&["audit", "verify", "--data", data])
            .status
            .success()
    );
}

#[test]
fn what_is_no_calibration_of_the_model_or_comes_out_of_order_is_refused() {
    let service = Service::start();
    let refused = |file: &str, status: u16| {
        problem(
            service.post("calibrations", &json!({ "file": file })),
            status,
        )
    };
    let malformed = refused("name = 1", 422);
    assert_eq!(malformed["field"], "file");
    assert_eq!(malformed["code"], "invalid_field");
    let steep = named("steep").replacen("slope = ", "slope = -1.0 # ", 1);
    let words = refused(&steep, 422)["detail"].to_string();
    assert!(
        words.contains("slope of narrowband_narrowband is -1"),
        "{words}"
    );
    let other = named("other").replacen("model_sha256 = \"3", "model_sha256 = \"4", 1);
    let words = refused(&other, 422)["detail"].to_string();
    assert!(
        words.contains("(4712ca48") && words.contains("(3712ca48"),
        "{words}"
    );
    assert_eq!(refused(&shipped(), 409)["code"], "conflict");
    let unknown = service.post("calibrations", &json!({ "text": "x" }));
    assert_eq!(problem(unknown, 422)["code"], "invalid_field");

    let post = |path: &str, body: &Value, status: u16| problem(service.post(path, body), status);
    let first = service.get_json("calibrations")["items"][0]["id"].clone();
    let first = format!("calibrations/{}", first.as_str().unwrap());
    let retire = format!("{first}/retire");
    let active = post(&retire, &json!({ "reason": "old" }), 409);
    assert_eq!(active["code"], "calibration_state");
    assert_eq!(active["found"], "active");
    assert_eq!(
        post(&retire, &json!({ "reason": "" }), 422)["field"],
        "reason"
    );
    assert_eq!(post(&retire, &json!({}), 422)["code"], "invalid_field");
    let own = add(&service, &named("own"));
    let own = format!("calibrations/{}", own["id"].as_str().unwrap());
    let gone = service.post(&format!("{own}/retire"), &json!({ "reason": "a test" }));
    assert_eq!(gone.status(), 200);
    let late = post(&format!("{own}/activate"), &json!({}), 409);
    assert_eq!(late["found"], "retired");
    let nobody = "calibrations/00000000-0000-7000-8000-000000000000";
    post(&format!("{nobody}/activate"), &json!({}), 404);
    assert_eq!(service.get(nobody).status(), 404);

    let data = service.folder();
    let data = data.to_str().unwrap();
    let words = |arguments: &[&str], code: i32| {
        let output = voxtrace(&[&["calibrations"], arguments, &["--data", data]].concat());
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let first_id = first.trim_start_matches("calibrations/");
    let active = words(&["retire", first_id, "--reason", "old"], 1);
    assert!(active.contains("calibration is active"), "{active}");
    assert!(words(&["retire", first_id], 2).contains("--reason"));
    assert!(words(&["add", "/no/such/file.toml"], 1).contains("cannot be read"));
    let out = service.data.path().join("trials.csv");
    let few = words(&["export-trials", "--out", out.to_str().unwrap()], 1);
    assert!(few.contains("0 speakers are known"), "{few}");
    assert!(!out.exists());

    let long = json!({ "reason": "x".repeat(1001) });
    assert_eq!(
        post(&format!("{first}/activate"), &long, 422)["field"],
        "reason"
    );

    for (query, field) in [
        ("from=groups", "from"),
        ("from=", "from"),
        ("proposed_by=nobody", "proposed_by"),
    ] {
        let refused = problem(
            service.get(&format!("calibrations/trials.csv?{query}")),
            422,
        );
        assert_eq!(refused["field"], field);
    }
    let groups = ["export-trials", "--out", "x.csv", "--from", "groups"];
    assert!(words(&groups, 2).contains("expected enrolments, confirmed or rejected"));
    let trials = problem(service.get("calibrations/trials.csv"), 422);
    assert_eq!(trials["code"], "too_few_trials");
    assert_eq!(
        (&trials["found"], &trials["expected"]),
        (&json!("0"), &json!("at least 20"))
    );
}

#[test]
fn a_setting_comes_before_the_active_one_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("set.toml");
    std::fs::write(&file, named("set-by-file")).unwrap();
    let settings = format!("[models]\ncalibration = {:?}\n", file.to_str().unwrap());
    let service = Service::start_with(&settings);
    let recordings = ONE_PERSON.map(|path| service.upload(path, "2026-001"));
    let list = service.get_json("calibrations");
    assert_eq!(list["in_use"]["name"], "set-by-file");
    assert_eq!(list["in_use"]["by_setting"], true);
    assert_eq!(list["items"][0]["state"], "active");
    assert_eq!(list["items"][0]["in_use"], false);
    assert_eq!(answers_with(&service, &recordings), "set-by-file");
}
