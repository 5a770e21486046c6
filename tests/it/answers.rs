//! The JSON of the interface, held against snapshots: a field that appears, goes or changes its word
//! shows in a review. After a change that is meant, `INSTA_UPDATE=always cargo test --test it answers`
//! writes them anew.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::alerts::{active_rule, created, upload_call, watch_list};
use crate::service::{Service, problem, wait_for};

const ONE_PERSON: [&str; 2] = ["case-2026-001/call-02.mp3", "case-2026-004/call-01.wav"];
const TWO_CHANNELS: &str = "case-2026-001/call-01.wav";

/// Puts names in the place of what differs from run to run, or in its last bits from machine to
/// machine: one name an id, so that what refers to what still shows. Hashes of content stay.
#[derive(Default)]
struct Names(BTreeMap<Uuid, usize>);

impl Names {
    fn replace(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    match name.as_str() {
                        // Follows the network's last bits, as do real numbers.
                        "net_speech_ms" | "speech_used_ms" => *field = json!("<measured>"),
                        "software_version" => *field = json!("<version>"),
                        // Holds a time and an id.
                        "next_cursor" if field.is_string() => *field = json!("<cursor>"),
                        // Settings are the same everywhere, to the last digit.
                        "parameters" => {}
                        _ => self.replace(field),
                    }
                }
            }
            Value::String(text) => self.replace_text(text),
            Value::Number(number) if number.is_f64() => *value = json!("<real number>"),
            _ => {}
        }
    }

    fn replace_text(&mut self, text: &mut String) {
        if text.parse::<jiff::Timestamp>().is_ok() {
            "<time>".clone_into(text);
            return;
        }
        let parts: Vec<String> = text.split('/').map(|part| self.part(part)).collect();
        *text = parts.join("/");
    }

    fn part(&mut self, part: &str) -> String {
        // Nodes of graphs are named `kind:id`.
        if let Some((kind, id)) = part.split_once(':')
            && Uuid::try_parse(id).is_ok()
        {
            return format!("{kind}:{}", self.part(id));
        }
        let Ok(id) = Uuid::try_parse(part) else {
            return part.to_owned();
        };
        let next = self.0.len() + 1;
        format!("<id {}>", self.0.entry(id).or_insert(next))
    }
}

/// Compares one answer with its snapshot.
macro_rules! keeps {
    ($names:expr, $name:literal, $answer:expr) => {{
        let mut answer: Value = $answer;
        $names.replace(&mut answer);
        insta::assert_json_snapshot!($name, answer);
    }};
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_said_of_recordings_and_voices_keeps_its_form() {
    let service = Service::start();
    let mut names = Names::default();
    let recording = service.upload(TWO_CHANNELS, "2026-001");
    let path = format!("recordings/{}", id(&recording));
    let voices = service.get_json(&format!("{path}/voices"));
    let voice = service.get_json(&format!("voices/{}", id(&voices["items"][0])));
    let mut segments = service.get_json(&format!("{path}/segments"));
    // Boundaries follow the network's last bits; how many there are is said elsewhere.
    segments["segments"].as_array_mut().unwrap().truncate(1);
    segments["segments"][0]["end_ms"] = json!("<time in the call>");
    segments["segments"][0]["start_ms"] = json!("<time in the call>");
    keeps!(names, "recording", recording);
    keeps!(names, "recordings", service.get_json("recordings?limit=1"));
    keeps!(names, "voices", voices);
    keeps!(names, "voice", voice);
    keeps!(names, "segments", segments);
    keeps!(names, "cases", service.get_json("cases"));
    // Links are looked for beside this test, so their job may or may not be there.
    keeps!(names, "jobs", service.get_json("jobs?kind=analyse"));
    keeps!(names, "models", service.get_json("models"));
    keeps!(names, "calibrations", service.get_json("calibrations"));
}

#[test]
fn what_is_answered_about_a_voice_keeps_its_form() {
    let service = Service::start();
    let mut names = Names::default();
    let [probe, other] = ONE_PERSON.map(|path| service.upload(path, "2026-001"));
    let subject: Value = service
        .post(
            "subjects",
            &json!({ "name": "Suspect A", "class": "suspect" }),
        )
        .json()
        .unwrap();
    let enrolment: Value = service
        .post(
            &format!("subjects/{}/enrolments", id(&subject)),
            &json!({ "recording_id": other["id"], "ground": "order 1" }),
        )
        .json()
        .unwrap();
    let search: Value = service
        .post("searches", &json!({ "recording_id": probe["id"] }))
        .json()
        .unwrap();
    let comparison: Value = service
        .post(
            "comparisons",
            &json!({
                "left": { "recording_id": probe["id"] },
                "right": { "recording_id": other["id"] },
            }),
        )
        .json()
        .unwrap();
    let mut population: Value = service
        .post("populations", &json!({ "name": "callers" }))
        .json()
        .unwrap();
    let members = format!("populations/{}/versions/1/members?limit=1", id(&population));
    // The digest is over ids as well, which are new each time.
    assert!(population["versions"][0]["sha256"].is_string());
    population["versions"][0]["sha256"] = json!("<digest>");
    keeps!(names, "population", population);
    keeps!(names, "population_members", service.get_json(&members));
    keeps!(names, "subject", subject);
    keeps!(names, "enrolment", enrolment);
    keeps!(names, "search", search);
    keeps!(names, "comparison", comparison);
}

#[test]
fn what_is_said_of_watching_keeps_its_form() {
    let service = Service::start_with("[webhooks]\nallow_private = [\"127.0.0.1\"]\n");
    let mut names = Names::default();
    let mut list = watch_list(&service, "list");
    list["expires_at"] = json!("<time>");
    let number = json!({ "kind": "number", "value": "110", "reason": "a test" });
    let member = created(service.post(&format!("watchlists/{}/members", id(&list)), &number));
    let condition = json!({ "kind": "number_watched", "watch_list_id": list["id"] });
    let rule = active_rule(&service, "watched", condition);
    let mut partner = created(service.post(
        "webhooks",
        &json!({ "name": "bank", "url": "http://127.0.0.1:9/in" }),
    ));
    partner["secret"] = json!("<secret>");
    upload_call(&service, "golden/utterance.wav", "2026-001", "110");
    let alerts = service.get_json("alerts");
    let alert = service.get_json(&format!("alerts/{}", id(&alerts["items"][0])));
    let check: Value = service
        .post(&format!("rules/{}/check", id(&rule)), &json!({}))
        .json()
        .unwrap();
    let deliveries = format!("webhooks/{}/deliveries", id(&partner));
    let mut delivery = service.get_json(&deliveries)["items"][0].clone();
    // How many tries there were hangs on the time.
    delivery["attempts"] = json!([]);
    let mut alert = alert;
    alert["deliveries"] = json!([]);
    keeps!(names, "watch_list", list);
    keeps!(names, "watch_member", member);
    keeps!(names, "rule", rule);
    keeps!(names, "rule_check", check);
    keeps!(names, "webhook", partner);
    keeps!(names, "alerts", alerts);
    keeps!(names, "alert", alert);
    keeps!(names, "delivery", delivery);
}

#[test]
fn what_is_refused_keeps_its_form() {
    let service = Service::start();
    let mut names = Names::default();
    let missing = format!("recordings/{}", Uuid::nil());
    let mut refused = |name: &str, status: u16, response: reqwest::blocking::Response| {
        let mut answer = problem(response, status);
        answer["request_id"] = json!("<request>");
        names.replace(&mut answer);
        insta::assert_json_snapshot!(format!("refused_{name}"), answer);
    };
    refused("unknown_id", 404, service.get(&missing));
    refused("unknown_path", 404, service.get("nothing-here"));
    refused(
        "unknown_field",
        422,
        service.post("cases", &json!({ "case_no": "X", "colour": 1 })),
    );
    refused(
        "wrong_method",
        405,
        service.client.delete(service.at("cases")).send().unwrap(),
    );
    refused(
        "empty_file",
        422,
        service.upload_bytes("empty.wav", Vec::new(), "2026-001"),
    );
    refused(
        "text_named_wav",
        415,
        service.upload_bytes("call.wav", b"this is no recording".to_vec(), "2026-001"),
    );
    refused(
        "malformed_cursor",
        422,
        service.get("recordings?cursor=%21"),
    );
}

#[test]
fn what_is_said_of_entities_keeps_its_form() {
    let service = Service::start();
    let mut names = Names::default();
    let case: Value = service
        .post("cases", &json!({ "case_no": "2026-001" }))
        .json()
        .unwrap();
    let case = format!("cases/{}", id(&case));
    let entity: Value = service
        .post(
            &format!("{case}/entities"),
            &json!({ "kind": "account", "value": "9999 9900 0000 0000 014", "note": "by hand" }),
        )
        .json()
        .unwrap();
    let table = "付款账号,收款账号,交易时间,交易金额,交易流水号\n\
        9999990000000000014,9999990000000000022,2026-01-12 17:54:05,\"44,526.26\",D1\n\
        9999990000000000014,9999990000000000022,2026-01-12 17:54:05,1e9,D2\n";
    let address = format!(
        "imports?kind=transfers&case_no=2026-001&filename={}",
        "transfers.csv"
    );
    let received = service.client.post(service.at(&address)).body(table);
    let received: Value = received.send().unwrap().json().unwrap();
    let import = format!("imports/{}", id(&received["import"]));
    let done = wait_for("import", || {
        let detail = service.get_json(&import);
        (detail["import"]["state"] == "done").then_some(detail)
    });
    let entity = id(&entity["entity"]);
    keeps!(names, "import", done);
    keeps!(
        names,
        "case_entities",
        service.get_json(&format!("{case}/entities?limit=1"))
    );
    keeps!(
        names,
        "case_events",
        service.get_json(&format!("{case}/events"))
    );
    keeps!(
        names,
        "case_graph",
        service.get_json(&format!("{case}/graph"))
    );
    keeps!(
        names,
        "entity",
        service.get_json(&format!("entities/{entity}"))
    );
    keeps!(
        names,
        "find",
        service.get_json("find?q=9999990000000000014")
    );
}
