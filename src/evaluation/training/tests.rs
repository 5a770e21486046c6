use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::domain::{Bandwidth, ModelId, NetSpeech, Sha256};
use crate::evaluation::trials::Trial;
use crate::scoring::Side;

#[derive(Deserialize)]
struct Golden {
    golden: Vec<GoldenCondition>,
    shared: Vec<GoldenCondition>,
    trials: Vec<(String, u32, u32, u32, f64)>,
}

#[derive(Deserialize)]
struct GoldenCondition {
    condition: String,
    slope: f64,
    intercept: f64,
    llr_min: f64,
    llr_max: f64,
    cllr: f64,
    min_cllr: f64,
    scatter: f64,
    left_out: Vec<[f64; 2]>,
}

/// `scripts/make_training_golden.py` made it with scikit-learn.
fn golden() -> Golden {
    let text = include_str!("../../../tests/golden/evaluation/training.json");
    serde_json::from_str(text).unwrap()
}

fn scored((condition, set, left, right, score): &(String, u32, u32, u32, f64)) -> ScoredTrial {
    ScoredTrial {
        trial: Trial {
            llr: 0.0,
            speakers: [*left, *right],
        },
        score: *score,
        condition: condition.clone(),
        sides: [2_000, 9_000].map(|ms| Side {
            bandwidth: Bandwidth::Narrowband,
            net_speech: NetSpeech::from_millis(ms),
            wada_snr_db: Some(20.0),
            clipping_ratio: Some(0.0),
        }),
        set: *set,
    }
}

fn naming() -> Naming {
    Naming {
        name: "golden".to_owned(),
        data: "drawn".to_owned(),
        languages: vec!["en".to_owned()],
        origin: ScoreOrigin {
            model: ModelId::new("some-model"),
            model_sha256: Sha256::of(b"model"),
            compensation_sha256: None,
        },
    }
}

fn compensated() -> Naming {
    let mut naming = naming();
    naming.origin.compensation_sha256 = Some(Sha256::of(b"channels"));
    naming
}

fn trials() -> Vec<ScoredTrial> {
    golden().trials.iter().map(scored).collect()
}

#[test]
fn the_same_calibration_as_scikit_learn() {
    let trained = train(&trials(), naming()).unwrap();
    assert_eq!(trained.file.speakers, 23);
    assert_eq!(trained.file.net_speech_ms, [2_000, 9_000]);
    agree(&trained, golden().golden);
}

#[test]
fn one_line_for_all_conditions_is_the_same_as_scikit_learns() {
    let trained = train(&trials(), compensated()).unwrap();
    let lines = trained.file.conditions.iter();
    let lines: Vec<(f64, f64)> = lines.map(|each| (each.slope, each.intercept)).collect();
    assert!(lines.windows(2).all(|pair| pair[0] == pair[1]), "{lines:?}");
    agree(&trained, golden().shared);
}

fn agree(trained: &Trained, golden: Vec<GoldenCondition>) {
    for (found, expected) in trained.file.conditions.iter().zip(golden) {
        assert_eq!(found.pair, expected.condition);
        let pairs = [
            ("slope", found.slope, expected.slope),
            ("intercept", found.intercept, expected.intercept),
            ("llr_min", found.llr_min, expected.llr_min),
            ("llr_max", found.llr_max, expected.llr_max),
            ("cllr", found.cllr, expected.cllr),
            ("min_cllr", found.min_cllr, expected.min_cllr),
            (
                "scatter",
                found.scatter.as_ref().unwrap().variance,
                expected.scatter,
            ),
        ];
        for (name, found, expected) in pairs {
            assert!(
                (found - expected).abs() < 1e-6,
                "{name}: {found}, expected {expected}"
            );
        }
        let left_out = trained
            .left_out
            .iter()
            .filter(|row| row.condition == found.pair);
        for (row, expected) in left_out.zip(expected.left_out) {
            let figures = [row.figures.cllr, row.figures.min_cllr];
            for (found, expected) in figures.into_iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-6,
                    "set {}: {found}, {expected}",
                    row.set
                );
            }
        }
    }
    assert_eq!(trained.left_out.len(), 6);
}

#[test]
fn sets_that_lie_apart_make_lines_flatter_and_intervals_wider() {
    let [together, apart] = [0.0, 0.2].map(|step| {
        let mut trials = trials();
        for each in &mut trials {
            each.score += step * f64::from(each.set);
        }
        train(&trials, compensated()).unwrap().file
    });
    let width = |file: &CalibrationFile| {
        let condition = &file.conditions[0];
        let zeros = condition
            .fits
            .iter()
            .map(|[slope, intercept]| -intercept / slope);
        let zeros: Vec<f64> = zeros.collect();
        let mean = zeros.iter().sum::<f64>() / zeros.len() as f64;
        let squares = zeros.iter().map(|zero| (zero - mean).powi(2));
        (squares.sum::<f64>() / zeros.len() as f64).sqrt()
    };
    assert!(apart.conditions[0].slope < 0.8 * together.conditions[0].slope);
    assert!(width(&apart) > 1.5 * width(&together));
    // Whether sets lie apart says nothing of how far one pair of people strays.
    let scatter = |file: &CalibrationFile| file.conditions[0].scatter.clone().unwrap().variance;
    assert!((scatter(&apart) - scatter(&together)).abs() < 1e-9);
}

#[test]
fn a_set_whose_likeness_falls_with_the_score_is_not_passed_over() {
    let mut wrong = trials();
    for each in wrong.iter_mut().filter(|each| each.set == 1) {
        each.score = 1.0 - each.score;
    }
    let sound = train(&trials(), compensated()).unwrap().file;
    match train(&wrong, compensated()) {
        Err(error) => assert!(matches!(error, TrainingError::Slope { .. }), "{error}"),
        Ok(trained) => {
            let slopes = [&trained.file, &sound].map(|file| file.conditions[0].slope);
            assert!(slopes[0] < 0.5 * slopes[1], "{slopes:?}");
        }
    }
}

#[test]
fn what_is_trained_is_what_scoring_reads() {
    let file = train(&trials(), naming()).unwrap().file;
    let text = toml::to_string(&file).unwrap();
    crate::scoring::Calibration::parse(&text, &file.origin()).unwrap();
}

#[test]
fn scores_that_separate_perfectly_still_give_a_finite_slope() {
    let mut trials = trials();
    for each in &mut trials {
        each.score = if each.trial.is_target() { 0.9 } else { 0.1 };
    }
    for condition in train(&trials, naming()).unwrap().file.conditions {
        assert!(condition.slope < 20.0, "{condition:?}");
        // No claim beyond what the speakers support.
        assert!(0.9 * condition.slope + condition.intercept < condition.llr_max);
        assert!(0.1 * condition.slope + condition.intercept < 0.0);
    }
}

#[test]
fn trials_that_teach_nothing_are_refused_with_numbers() {
    let refused = |trials: &[ScoredTrial]| train(trials, naming()).unwrap_err();
    let few: Vec<ScoredTrial> = trials()
        .into_iter()
        .filter(|each| each.trial.speakers.iter().all(|speaker| *speaker < 14))
        .collect();
    assert_eq!(
        refused(&few),
        TrainingError::TooFew {
            condition: "narrowband_narrowband",
            what: "speakers with trials of one speaker",
            found: 14,
            minimum: MIN_TRAINING_SPEAKERS,
        }
    );
    let one_kind: Vec<ScoredTrial> = trials()
        .into_iter()
        .filter(|each| each.trial.is_target())
        .collect();
    let text = refused(&one_kind).to_string();
    assert!(
        text.contains("narrowband_narrowband has 0 trials of two speakers"),
        "{text}"
    );
    let narrow: Vec<ScoredTrial> = trials()
        .into_iter()
        .filter(|each| each.condition == "narrowband_narrowband")
        .collect();
    let text = refused(&narrow).to_string();
    assert!(text.contains("narrowband_wideband has 0 trials"), "{text}");
    let mut wrong = trials();
    wrong[3].score = f64::NAN;
    assert!(matches!(
        refused(&wrong),
        TrainingError::Score { row: 4, .. }
    ));
    let mut wrong = trials();
    wrong[3].condition = "narrow".to_owned();
    assert!(matches!(
        refused(&wrong),
        TrainingError::Condition { row: 4, .. }
    ));
    let mut wrong = trials();
    wrong.iter_mut().for_each(|each| each.score = -each.score);
    assert!(matches!(refused(&wrong), TrainingError::Slope { .. }));
    let mut wrong = trials();
    wrong.iter_mut().for_each(|each| each.score = 0.5);
    assert!(matches!(refused(&wrong), TrainingError::Slope { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_the_trials_does_not_matter(seed in any::<u64>()) {
        let mut shuffled = trials();
        let mut state = seed | 1;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(index, (state >> 33) as usize % (index + 1));
        }
        let (found, expected) = (train(&shuffled, naming()).unwrap(), train(&trials(), naming()).unwrap());
        for (found, expected) in found.file.conditions.iter().zip(&expected.file.conditions) {
            prop_assert!((found.slope - expected.slope).abs() < 1e-6);
            prop_assert!((found.cllr - expected.cllr).abs() < 1e-9);
            prop_assert_eq!(found.survival.len(), expected.survival.len());
        }
    }
}
