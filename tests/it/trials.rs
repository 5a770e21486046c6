//! Conditions that are made, and trials that are judged, on the command line.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::service::{json_lines, sample, voxtrace};

fn samples() -> String {
    sample("").to_str().unwrap().to_owned()
}

/// Trials over recordings of the demo archive with one voice each.
fn trials(folder: &Path, rows: &str) -> String {
    let path = folder.join("trials.csv");
    std::fs::write(&path, format!("left,right,target\n{rows}")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Judges trials over the demo archive, with few draws.
fn evaluate(trials: &str, more: &[&str]) -> Output {
    let samples = samples();
    let mut arguments = vec!["evaluate", "--trials", trials, "--audio", &samples];
    arguments.extend(["--draws", "20"]);
    arguments.extend(more);
    voxtrace(&arguments)
}

const PEOPLE: &str = "\
case-2026-001/call-02.mp3,case-2026-004/call-01.wav,1
case-2026-001/call-02.mp3,case-2026-001/call-03.wav,0
case-2026-004/call-01.wav,case-2026-001/call-03.wav,0
case-2026-001/call-03.wav,suspects/suspect-a.wav,0
case-2026-001/call-02.mp3,case-2026-006/one-second.wav,0
";

#[test]
fn trials_are_judged_by_llr_by_cosine_and_by_condition() {
    let folder = tempfile::tempdir().unwrap();
    let third = "suspects/suspect-a.wav,suspects/suspect-c.wav,0\n";
    let path = trials(folder.path(), &format!("{PEOPLE}{third}"));
    let output = evaluate(&path, &["--json"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    let lines = json_lines(&output);
    assert_eq!(lines[0]["group"], "all, by LLR");
    assert_eq!(lines[1]["group"], "all, by cosine");
    assert_eq!(lines[0]["eer"], 0.0, "{}", lines[0]);
    assert!(lines[0]["cllr"].as_f64().unwrap() < 1.0);
    assert_eq!(lines[0]["targets"], 1);
    assert!(lines[0]["intervals"]["eer"].is_array());
    assert_eq!(lines[0]["facts"]["trials_without_result"], 1);
    assert_eq!(json_lines(&evaluate(&path, &["--json"])), lines);
}

#[test]
fn a_report_has_the_figures_and_the_plots() {
    let folder = tempfile::tempdir().unwrap();
    let third = "suspects/suspect-a.wav,suspects/suspect-c.wav,0\n";
    let path = trials(folder.path(), &format!("{PEOPLE}{third}"));
    let write = |name: &str| {
        let out = folder.path().join(name);
        let output = evaluate(&path, &["--out", out.to_str().unwrap()]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        let read = |file: &str| std::fs::read_to_string(out.join(file)).unwrap();
        (read("report.html"), read("result.json"), read("det.svg"))
    };
    let (page, result, plot) = write("once");
    assert_eq!(page.matches("<figure>").count(), 5);
    assert!(page.contains(&plot));
    assert!(page.contains("too few"));
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["all"][0]["eer"], 0.0);
    assert_eq!(result["facts"]["seed"], 1);
    assert_eq!(result["identification"][0]["fpir_at_most"], 0.01);
    assert_eq!(write("again").0, page);
}

#[test]
fn trials_that_cannot_be_right_are_refused_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |rows: &str| -> String {
        let path = trials(folder.path(), rows);
        let output = voxtrace(&["evaluate", "--trials", &path, "--audio", &samples()]);
        assert_eq!(output.status.code(), Some(1), "{rows}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let text = refused("no-such.wav,case-2026-001/call-03.wav,0\n");
    assert!(text.contains("no-such.wav (line 2)"), "{text}");
    let text = refused("case-2026-001/call-02.mp3,case-2026-001/call-03.wav,2\n");
    assert!(text.contains("line 2: target is 2"), "{text}");
    let again = "case-2026-004/call-01.wav,case-2026-001/call-02.mp3,0\n";
    let text = refused(&format!("{PEOPLE}{again}"));
    assert!(text.contains("line 7: target is 0"), "{text}");
    let text = refused("case-2026-001/call-02.mp3,case-2026-004/call-01.wav,1\n");
    assert!(text.contains("expected at least"), "{text}");
}

#[test]
fn trials_that_teach_nothing_make_no_calibration() {
    let folder = tempfile::tempdir().unwrap();
    let path = trials(folder.path(), PEOPLE);
    let out = folder.path().join("own.toml");
    let samples = samples();
    let calibrate = |more: &[&str]| {
        let mut words = vec![
            "calibrate",
            "--trials",
            &path,
            "--audio",
            &samples,
            "--name",
            "own-calls",
            "--description",
            "calls of the demo archive",
            "--languages",
            "en,es",
            "--out",
            out.to_str().unwrap(),
        ];
        words.extend(more);
        voxtrace(&words)
    };
    let output = calibrate(&[]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("speakers with trials of one speaker, expected at least 20"),
        "{text}"
    );
    assert!(!out.exists());
    // Without a compensation that leaves out the set, nothing is scored at all.
    let output = calibrate(&["--held-out", folder.path().to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("trained without the set") && text.contains("channels.toml"),
        "{text}"
    );
    std::fs::write(&out, "kept").unwrap();
    let text = String::from_utf8_lossy(&calibrate(&[]).stderr).into_owned();
    assert!(text.contains("is there already"), "{text}");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "kept");
}

#[test]
fn the_calibration_of_the_settings_is_the_one_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = sample("../models/campplus-zh-en-telephone/calibration.toml");
    let text = std::fs::read_to_string(shipped).unwrap();
    let compare = |calibration: &str| {
        let own = folder.path().join("own.toml");
        std::fs::write(&own, calibration).unwrap();
        let settings = folder.path().join("settings.toml");
        std::fs::write(&settings, format!("[models]\ncalibration = {:?}\n", own)).unwrap();
        let [left, right] = ["case-2026-001/call-02.mp3", "case-2026-001/call-03.wav"].map(sample);
        let [left, right] = [&left, &right].map(|path| path.to_str().unwrap());
        voxtrace(&[
            "--json",
            "--config",
            settings.to_str().unwrap(),
            "compare",
            left,
            right,
        ])
    };
    let output = compare(&text.replace("telephone-sets-2026-11-27", "own-calls"));
    assert_eq!(json_lines(&output)[0]["calibration"]["name"], "own-calls");
    let output = compare(&text.replace("campplus-zh-en", "another-model"));
    assert_eq!(output.status.code(), Some(1));
    let refusal = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        refusal.contains("is for scores of model another-model"),
        "{refusal}"
    );
}

#[test]
fn a_condition_is_made_again_to_the_last_sample() {
    let folder = tempfile::tempdir().unwrap();
    let source = sample("case-2026-001/call-01.wav");
    let make = |name: &str, steps: &str, seed: &str| -> Vec<u8> {
        let out = folder.path().join(name);
        let arguments = [
            "simulate",
            source.to_str().unwrap(),
            "--steps",
            steps,
            "--seed",
            seed,
            "--out",
            out.to_str().unwrap(),
        ];
        let output = voxtrace(&arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        std::fs::read(out.join("call-01.wav")).unwrap()
    };
    let steps = "band:300-3400,white:15,loss:3,alaw,gain:-6,rate:16000";
    let once = make("once", steps, "1");
    assert_eq!(once, make("again", steps, "1"));
    assert_ne!(once, make("other", steps, "2"));
    let analysed = folder.path().join("once/call-01.wav");
    let output = voxtrace(&["--json", "analyse", analysed.to_str().unwrap()]);
    let analysis: &Value = &json_lines(&output)[0];
    assert_eq!(analysis["media"]["channels"], 2);
    assert_eq!(analysis["media"]["sample_rate_hz"], 16_000);
    assert_eq!(analysis["voices"][0]["quality"]["bandwidth"], "narrowband");
}

#[test]
fn a_step_that_is_none_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let source = sample("case-2026-001/call-01.wav");
    let out = folder.path().join("out");
    let (source, out) = (source.to_str().unwrap(), out.to_str().unwrap());
    let output = voxtrace(&["simulate", source, "--steps", "telephone", "--out", out]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("telephone") && text.contains("band:LOW-HIGH"),
        "{text}"
    );
}
