use super::*;

fn turn(speaker: &str, start_ms: u64, end_ms: u64) -> Turn {
    Turn {
        speaker: speaker.to_owned(),
        start_ms,
        end_ms,
    }
}

fn call() -> Vec<Turn> {
    vec![
        turn("a", 0, 4000),
        turn("b", 3500, 6000),
        turn("a", 7000, 9000),
    ]
}

#[test]
fn the_same_turns_under_other_names_are_no_error() {
    let found = [
        turn("1", 3500, 6000),
        turn("0", 0, 2000),
        turn("0", 2000, 4000),
        turn("0", 7000, 9000),
    ];
    let errors = diarization_errors(&call(), &found, 0);
    assert_eq!(errors.rate(), Some(0.0));
    assert_eq!(errors.speech_ms, 8500);
}

#[test]
fn each_kind_of_error_is_counted_for_each_speaker() {
    // Everything as one speaker from 0 to 10 s.
    let errors = diarization_errors(&call(), &[turn("x", 0, 10_000)], 0);
    let expected = DiarizationErrors {
        speech_ms: 8500,
        // The overlap of half a second has two speakers.
        missed_ms: 500,
        // Between the turns and behind the last.
        false_alarm_ms: 2000,
        // What b says alone.
        confused_ms: 2000,
    };
    assert_eq!(errors, expected);
}

#[test]
fn nothing_is_judged_near_the_boundaries_of_the_reference() {
    let reference = [turn("a", 1000, 3000)];
    let found = [turn("x", 800, 2800)];
    assert_eq!(
        diarization_errors(&reference, &found, 250).rate(),
        Some(0.0)
    );
    let errors = diarization_errors(&reference, &found, 100);
    assert_eq!(
        (errors.false_alarm_ms, errors.missed_ms, errors.speech_ms),
        (100, 100, 1800)
    );
}

#[test]
fn a_reference_without_speech_has_no_rate() {
    let errors = diarization_errors(&[], &[turn("x", 0, 1000)], 250);
    assert_eq!((errors.rate(), errors.false_alarm_ms), (None, 1000));
    assert_eq!(speaker_count(&call()), 2);
}

/// Numbers of an independent implementation: `scripts/score_diarization.py --golden`.
#[test]
fn errors_agree_with_the_reference_implementation() {
    let folder = format!("{}/tests/golden/der", env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&read("expected.json")).unwrap();
    let cases = expected.as_object().unwrap();
    assert_eq!(cases.len(), 5);
    for (case, by_collar) in cases {
        let turns = |side: &str| parse_rttm(&read(&format!("{case}.{side}.rttm"))).unwrap();
        let (reference, found) = (turns("reference"), turns("answer"));
        for (collar, numbers) in by_collar.as_object().unwrap() {
            let collar_ms = (collar.parse::<f64>().unwrap() * 1000.0).round() as u64;
            let errors = diarization_errors(&reference, &found, collar_ms);
            for (key, ms) in [
                ("scored_s", errors.speech_ms),
                ("missed_s", errors.missed_ms),
                ("false_alarm_s", errors.false_alarm_ms),
                ("confused_s", errors.confused_ms),
            ] {
                let expected = numbers[key].as_f64().unwrap();
                let seconds = ms as f64 / 1000.0;
                assert!(
                    (seconds - expected).abs() < 1e-6,
                    "{key} of {case}: {seconds}"
                );
            }
        }
    }
}
