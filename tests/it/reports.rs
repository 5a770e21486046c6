//! Reports: who signed them, what they say of subjects and populations, and how they are checked.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::service::{Service, command, json_lines, problem, sample, voxtrace};

const LEFT: &str = "case-2026-001/call-02.mp3";
const RIGHT: &str = "case-2026-004/call-01.wav";
const OF_SUBJECT: [&str; 2] = [RIGHT, "suspects/suspect-a.wav"];
const OTHERS: [&str; 3] = [
    "case-2026-001/call-03.wav",
    "case-2026-004/call-02.wav",
    "case-2026-005/call-02.wav",
];
/// The key pair of RFC 8410, sections 10.1 and 10.3.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
const KEY_ID: &str = "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f";

fn path(name: &str) -> String {
    sample(name).to_str().unwrap().to_owned()
}

/// Writes a file that only its owner can read.
fn written(folder: &Path, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The command line with the settings of the service below.
fn run(arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    command.env("VOXTRACE__POPULATIONS__MIN_VOICES", "3");
    command.output().unwrap()
}

fn verified(arguments: &[&str], code: i32) -> Value {
    let output = run(&[&["--json", "verify"], arguments].concat());
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    json_lines(&output).remove(0)
}

#[test]
fn a_signed_report_names_its_key_and_fits_no_other_findings_and_no_other_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = written(folder, "key.pem", PRIVATE);
    let public = written(folder, "key.pub.pem", PUBLIC);
    let other = PUBLIC.replace(
        "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE",
        &"A".repeat(43),
    );
    let other = written(folder, "other.pub.pem", &other);
    let (left, right) = (path(LEFT), path(RIGHT));
    let report = folder.join("report.html").to_str().unwrap().to_owned();
    let compared = voxtrace(&[
        "--json", "compare", &left, &right, "--report", &report, "--sign", &key,
    ]);
    assert!(compared.status.success(), "{compared:?}");
    assert_eq!(json_lines(&compared)[0]["report_key_id"], KEY_ID);
    let page = std::fs::read_to_string(&report).unwrap();
    assert!(page.contains(&format!("<code>{KEY_ID}</code>")));
    assert!(page.contains("It does not show who holds the key"));

    let found = verified(&[&report, &left, &right], 0);
    assert_eq!(found["reproduced"], true);
    assert_eq!(
        found["signature"],
        json!({ "state": "signed", "key_id": KEY_ID, "key_is": "not_compared" })
    );
    let found = verified(
        &[
            &report,
            &left,
            &right,
            "--public-key",
            &other,
            "--public-key",
            &public,
        ],
        0,
    );
    assert_eq!(found["signature"]["key_is"], "expected");
    let found = verified(&[&report, &left, &right, "--public-key", &other], 1);
    let error = found["error"].as_str().unwrap();
    assert!(
        error.contains(&format!("signed with the key {KEY_ID}, expected ")),
        "{error}"
    );

    // One digit of a measurement, by somebody who does not have the key.
    let changed = page.replacen("\"net_speech\":", "\"net_speech\":1", 1);
    assert_ne!(changed, page);
    let forged = written(folder, "forged.html", &changed);
    let found = verified(&[&forged, &left, &right], 1);
    let error = found["error"].as_str().unwrap();
    assert!(error.contains("the signature does not fit"), "{error}");

    // Without its signature the page is an unsigned one with something too much in it.
    let (before, after) = page
        .split_once("<script type=\"application/json\" id=\"signature\">")
        .unwrap();
    let (_, after) = after.split_once("</script>").unwrap();
    let cut = written(folder, "cut.html", &format!("{before}{after}"));
    let found = verified(&[&cut, &left, &right], 1);
    assert_eq!(found["signature"]["state"], "unsigned");
    assert_eq!(found["page_unchanged"], false);
    let found = verified(&[&cut, &left, &right, "--public-key", &public], 1);
    let error = found["error"].as_str().unwrap();
    assert!(
        error.contains("the report is not signed, expected"),
        "{error}"
    );
}

#[test]
fn a_key_that_cannot_sign_makes_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (left, right) = (path(LEFT), path(RIGHT));
    let report = folder.join("report.html");
    let refused = |key: &str| {
        let output = voxtrace(&[
            "compare",
            &left,
            &right,
            "--report",
            report.to_str().unwrap(),
            "--sign",
            key,
        ]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(!report.exists());
        words(&output)
    };
    let short = PRIVATE.replace("MC4CAQAwBQYDK2VwBCIEINTu", "");
    let short = refused(&written(folder, "short.pem", &short));
    assert!(short.contains("holds 30 bytes, expected 48"), "{short}");
    let public = refused(&written(folder, "public.pem", PUBLIC));
    assert!(public.contains("BEGIN PRIVATE KEY"), "{public}");
    let none = refused(folder.join("none.pem").to_str().unwrap());
    assert!(none.contains("none.pem cannot be read"), "{none}");
    let no_archive = voxtrace(&[
        "compare",
        &left,
        &right,
        "--report",
        report.to_str().unwrap(),
        "--data",
        folder.to_str().unwrap(),
    ]);
    assert_eq!(no_archive.status.code(), Some(1));
    assert!(words(&no_archive).contains("there is no archive in"));
}

#[test]
fn a_report_of_before_signatures_is_verified_as_unsigned() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reports/unsigned.html");
    let folder = tempfile::tempdir().unwrap();
    let (left, right) = (path(LEFT), path(RIGHT));
    let report = folder.path().join("report.html");
    let report = report.to_str().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "[models]\nembedding = \"campplus-zh-en\"\n").unwrap();
    let settings = settings.to_str().unwrap();
    let made = voxtrace(&[
        "--config", settings, "compare", &left, &right, "--report", report,
    ]);
    assert!(made.status.success());
    // Without the setting: the model is the report's.
    assert_eq!(
        verified(&[report, &left, &right], 0)["signature"],
        json!({ "state": "unsigned" })
    );
    // The page has the form of those days, apart from its numbers, which may differ by processor.
    let words = |page: &str| -> String {
        let (page, _) = page.split_once("<script").unwrap();
        page.chars()
            .filter(|c| !c.is_ascii_digit() && *c != '.')
            .collect()
    };
    let old = std::fs::read_to_string(old).unwrap();
    let new = std::fs::read_to_string(report).unwrap();
    assert!(
        words(&old) == words(&new),
        "the form of an unsigned report changed"
    );
}

#[test]
fn the_result_of_an_evaluation_is_signed_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = written(folder, "key.pem", PRIVATE);
    let trials = written(
        folder,
        "trials.csv",
        "left,right,target\n\
         case-2026-001/call-02.mp3,case-2026-004/call-01.wav,1\n\
         case-2026-001/call-02.mp3,case-2026-001/call-03.wav,0\n\
         case-2026-004/call-01.wav,case-2026-001/call-03.wav,0\n\
         case-2026-001/call-03.wav,suspects/suspect-a.wav,0\n\
         suspects/suspect-a.wav,suspects/suspect-c.wav,0\n",
    );
    let out = folder.join("out");
    let mut evaluate = command(&[
        "evaluate",
        "--trials",
        &trials,
        "--audio",
        &path(""),
        "--draws",
        "20",
        "--out",
        out.to_str().unwrap(),
    ]);
    // By the setting, as a unit would have it.
    let output = evaluate
        .env("VOXTRACE__REPORT__SIGNING_KEY", &key)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains(KEY_ID));
    let result = out.join("result.json");
    let text = std::fs::read_to_string(&result).unwrap();
    let found = verified(&[result.to_str().unwrap()], 0);
    assert_eq!(found["signature"]["key_id"], KEY_ID);
    let value: Value = serde_json::from_str(&text).unwrap();
    let better = text.replacen(
        &format!(
            "\"trials_without_result\": {}",
            value["facts"]["trials_without_result"]
        ),
        "\"trials_without_result\": 7",
        1,
    );
    assert_ne!(better, text);
    std::fs::write(&result, better).unwrap();
    let found = verified(&[result.to_str().unwrap()], 1);
    let error = found["error"].as_str().unwrap();
    assert!(error.contains("the signature does not fit"), "{error}");
}

/// A service with a probe, a subject of two recordings, and a population.
struct Archive {
    service: Service,
    subject: Value,
    population: Value,
    data: PathBuf,
}

fn archive() -> Archive {
    let service = Service::start_with("[populations]\nmin_voices = 3\n");
    service.upload(LEFT, "2026-001");
    for name in OTHERS {
        service.upload(name, "2026-009");
    }
    let body = json!({ "name": "Suspect 01", "class": "suspect" });
    let subject: Value = service.post("subjects", &body).json().unwrap();
    for name in OF_SUBJECT {
        let recording = service.upload(name, "2026-004");
        let enrolments = format!("subjects/{}/enrolments", subject["id"].as_str().unwrap());
        let body = json!({ "recording_id": recording["id"], "ground": "order 1" });
        assert_eq!(service.post(&enrolments, &body).status(), 201);
    }
    let body = json!({ "name": "callers", "description": "calls of the demo archive" });
    let population: Value = service.post("populations", &body).json().unwrap();
    let data = service.folder();
    Archive {
        service,
        subject,
        population,
        data,
    }
}

#[test]
fn a_report_with_a_subject_on_a_population_is_made_again_as_far_as_its_recordings_are_there() {
    let archive = archive();
    let data = archive.data.to_str().unwrap();
    let (left, subject) = (path(LEFT), archive.subject["id"].as_str().unwrap());
    let report = archive.service.data.path().join("report.html");
    let report = report.to_str().unwrap();
    let output = run(&[
        "--json",
        "compare",
        "--subject",
        subject,
        &left,
        "--population",
        "callers@1",
        "--report",
        report,
        "--data",
        data,
    ]);
    assert!(output.status.success(), "{output:?}");
    let compared = json_lines(&output).remove(0);
    assert_eq!(compared["subject"]["recordings"], 2);
    assert_eq!(compared["population_use"]["name"], "callers");
    // It is the service's comparison too.
    let stored = archive
        .service
        .get_json(&format!("comparisons/{}", compared["id"].as_str().unwrap()));
    assert_eq!(stored["llr"], compared["llr"]);
    assert_eq!(stored["population"], compared["population"]);

    let page = std::fs::read_to_string(report).unwrap();
    let digest = archive.population["versions"][0]["sha256"]
        .as_str()
        .unwrap();
    for text in [
        "Suspect 01",
        "suspect-a.wav",
        "callers, version 1",
        "calls of the demo archive",
        digest,
        "voices of the population reach this ratio",
        "agree least with each other",
    ] {
        assert!(page.contains(text), "{text}");
    }

    // From the archive alone, and from the files with the archive's population.
    let files = OF_SUBJECT.map(path);
    let whole = verified(&[report, "--data", data], 0);
    assert_eq!(
        (
            &whole["reproduced"],
            &whole["not_computed"],
            &whole["signature"]["key_is"]
        ),
        (&json!(true), &json!([]), &json!("of_archive")),
        "{whole}"
    );
    // In any order of the subject's recordings, but without its population.
    let part = verified(&[report, &left, &files[1], &files[0]], 3);
    assert_eq!(part["differences"], json!([]), "{part}");
    assert_eq!(part["reproduced"], false);
    let missing = part["not_computed"].as_array().unwrap();
    assert_eq!(missing.len(), 1, "{part}");
    assert!(missing[0].as_str().unwrap().contains("population callers"));
    // One recording of the subject gives its own ratio, and no joint one.
    let part = verified(&[report, &left, &files[1]], 3);
    assert_eq!(part["differences"], json!([]), "{part}");
    let missing = part["not_computed"].to_string();
    assert!(
        missing.contains("call-01.wav") && missing.contains("the joint ratio"),
        "{missing}"
    );

    // Whoever is enrolled later, the report was made on what it names.
    let withdrawn = archive.service.post(
        "subjects",
        &json!({ "name": "Suspect 02", "class": "suspect" }),
    );
    let other: Value = withdrawn.json().unwrap();
    let recordings = archive.service.get_json("recordings?limit=50");
    let third = recordings["items"].as_array().unwrap().iter();
    let third = third
        .clone()
        .find(|one| one["filename"].as_str().unwrap().ends_with("call-03.wav"))
        .unwrap();
    let enrolments = format!("subjects/{}/enrolments", other["id"].as_str().unwrap());
    let body = json!({ "recording_id": third["id"], "ground": "order 2" });
    assert_eq!(archive.service.post(&enrolments, &body).status(), 201);
    assert_eq!(verified(&[report, "--data", data], 0)["reproduced"], true);

    // The same key signs what the service gives out; a new one does not make the old a stranger.
    let id = compared["id"].as_str().unwrap();
    let issued = archive.service.get(&format!("comparisons/{id}/report"));
    assert_eq!(issued.status(), 200);
    assert_eq!(issued.text().unwrap(), page);
    let renewed = run(&["--json", "report-key", "--renew", "--data", data]);
    let renewed = json_lines(&renewed).remove(0);
    assert_eq!(renewed["known_key_ids"].as_array().unwrap().len(), 2);
    let old = verified(&[report, "--data", data], 0);
    assert_eq!(old["signature"]["key_is"], "of_archive");
    assert_ne!(old["signature"]["key_id"], renewed["key_id"]);
    let issued = archive
        .service
        .get(&format!("comparisons/{id}/report?lang=zh"));
    let issued = issued.text().unwrap();
    assert!(issued.contains(renewed["key_id"].as_str().unwrap()) && issued.contains("嫌疑人"));
    let chain = voxtrace(&["audit", "verify", "--data", data]);
    assert!(chain.status.success());

    // A key that was damaged is told, and nothing is issued.
    std::fs::write(archive.data.join("keys/report.pem"), "gone").unwrap();
    let refused = archive.service.get(&format!("comparisons/{id}/report"));
    let refused = problem(refused, 500);
    assert_eq!(refused["code"], "report_key");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("report.pem cannot be used"), "{detail}");
}

#[test]
fn a_comparison_of_files_outside_the_archive_is_measured_on_its_population() {
    let archive = archive();
    let data = archive.data.to_str().unwrap();
    let outside = path("suspects/suspect-c.wav");
    let output = run(&[
        "--json",
        "compare",
        &outside,
        &path(LEFT),
        "--population",
        "callers",
        "--data",
        data,
    ]);
    assert!(output.status.success(), "{output:?}");
    let compared = json_lines(&output).remove(0);
    let voices = archive.population["versions"][0]["voices"]
        .as_u64()
        .unwrap();
    // The right side's call alone is in the population and not counted.
    let counted = compared["population"]["probe"]["voices"].as_u64().unwrap();
    let own = archive.service.get_json("recordings?limit=50");
    let left = own["items"].as_array().unwrap().iter();
    let left = left
        .clone()
        .find(|one| one["filename"].as_str().unwrap().ends_with("call-02.mp3"))
        .unwrap();
    let of_left = archive.service.voices(left["id"].as_str().unwrap());
    assert_eq!(counted, voices - of_left.len() as u64);
    let unknown = run(&[
        "compare",
        &outside,
        &path(LEFT),
        "--population",
        "nobody@2",
        "--data",
        data,
    ]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(words(&unknown).contains("population \"nobody@2\" does not exist"));
    let no_version = run(&[
        "compare",
        &outside,
        &path(LEFT),
        "--population",
        "callers@first",
        "--data",
        data,
    ]);
    assert!(words(&no_version).contains("\"first\" is no version"));
    let two = voxtrace(&[
        "compare",
        "--subject",
        &uuid::Uuid::nil().to_string(),
        "a",
        "b",
    ]);
    assert_eq!(two.status.code(), Some(2));
}
