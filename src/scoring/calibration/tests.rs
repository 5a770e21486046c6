//! Facts about ratios.

use std::path::Path;

use super::*;
use crate::domain::ModelId;
use crate::scoring::{ConditionFile, ScatterFile};
use proptest::prelude::*;

fn file() -> CalibrationFile {
    let condition = |pair: &str, intercept: f64| ConditionFile {
        pair: pair.to_owned(),
        slope: 20.0,
        intercept,
        llr_min: -4.0,
        llr_max: 9.0,
        cllr: 0.1,
        min_cllr: 0.09,
        eer: 0.02,
        targets: 100,
        non_targets: 1000,
        survival: vec![[0.0, 0.9], [0.3, 0.2], [0.6, 0.001]],
        fits: (0..=40)
            .map(|n| [20.0, intercept + f64::from(n - 20) / 10.0])
            .collect(),
        scatter: None,
        scores: None,
    };
    CalibrationFile {
        name: "test".to_owned(),
        data: "made up".to_owned(),
        model: ModelId::new("model"),
        model_sha256: Sha256([0; 32]),
        compensation_sha256: None,
        speakers: 50,
        languages: vec!["en".to_owned()],
        net_speech_ms: [2000, 30_000],
        validity: None,
        conditions: vec![
            condition(NARROWBAND, -12.0),
            condition(MIXED, -6.0),
            condition(WIDEBAND, -10.0),
        ],
    }
}

const DIGEST: Sha256 = Sha256([9; 32]);

pub(in crate::scoring) fn calibration() -> Calibration {
    Calibration::from_file(file(), DIGEST).unwrap().unwrap()
}

pub(in crate::scoring) fn side(bandwidth: Bandwidth, net_speech_ms: u64) -> Side {
    Side {
        bandwidth,
        net_speech: NetSpeech::from_millis(net_speech_ms),
        wada_snr_db: None,
        clipping_ratio: None,
    }
}

#[test]
fn the_same_score_means_different_things_on_different_channels() {
    let narrowband = side(Bandwidth::Narrowband, 9000);
    let wideband = side(Bandwidth::Wideband, 9000);
    let evidence = |left, right| calibration().evidence(Score(0.5), left, right).unwrap();
    assert!((evidence(narrowband, narrowband).llr.0 + 2.0).abs() < 1e-6);
    assert!((evidence(narrowband, wideband).llr.0 - 4.0).abs() < 1e-6);
    assert_eq!(evidence(wideband, wideband).calibration.condition, WIDEBAND);
    assert_eq!(
        evidence(narrowband, wideband),
        evidence(wideband, narrowband)
    );
}

#[test]
fn a_ratio_claims_no_more_than_the_data_supports() {
    let both = side(Bandwidth::Narrowband, 9000);
    let evidence = |score| {
        calibration()
            .evidence(Score(score), both, both)
            .unwrap()
            .llr
            .0
    };
    assert_eq!(evidence(1.0), 8.0);
    assert_eq!(evidence(-1.0), -4.0);
    let wide = side(Bandwidth::Wideband, 9000);
    assert_eq!(
        calibration()
            .evidence(Score(1.0), wide, wide)
            .unwrap()
            .llr
            .0,
        9.0
    );
}

#[test]
fn speech_outside_the_training_is_said() {
    let short = side(Bandwidth::Wideband, 1600);
    let long = side(Bandwidth::Wideband, 90_000);
    let outside = |left, right| {
        calibration()
            .evidence(Score(0.5), left, right)
            .unwrap()
            .calibration
            .outside
    };
    assert_eq!(outside(short, long).len(), 2);
    assert!(outside(short, short)[0].starts_with("net speech 1.600 s is shorter"));
    assert!(
        outside(
            side(Bandwidth::Wideband, 2000),
            side(Bandwidth::Wideband, 30_000)
        )
        .is_empty()
    );
}

#[test]
fn a_score_that_is_no_number_has_no_ratio() {
    let both = side(Bandwidth::Narrowband, 9000);
    assert!(matches!(
        calibration().evidence(Score(f32::NAN), both, both),
        Err(ScoringError::Score { .. })
    ));
}

#[test]
fn numbers_that_make_no_sense_are_refused_by_name() {
    let mut bad = file();
    bad.conditions[1].slope = -1.0;
    let error = Calibration::from_file(bad, DIGEST).unwrap_err().to_string();
    assert_eq!(
        error,
        "slope of narrowband_wideband is -1, expected a number above 0"
    );
    let mut missing = file();
    missing.conditions.pop();
    assert!(Calibration::from_file(missing, DIGEST).unwrap().is_none());
    let mut double = file();
    double.conditions[2].pair = MIXED.to_owned();
    assert!(Calibration::from_file(double, DIGEST).unwrap().is_none());
}

#[test]
fn a_calibration_of_other_scores_is_refused() {
    let text = toml::to_string(&file()).unwrap();
    let load = |model: &str, hash: u8, compensation_sha256: Option<Sha256>| {
        let origin = ScoreOrigin {
            model: ModelId::new(model),
            model_sha256: Sha256([hash; 32]),
            compensation_sha256,
        };
        Calibration::parse(&text, &origin)
    };
    assert!(load("model", 0, None).is_ok());
    let refused = [
        load("other", 0, None),
        load("model", 1, None),
        load("model", 0, Some(Sha256([7; 32]))),
    ];
    for each in refused {
        assert!(matches!(each, Err(ScoringError::OtherOrigin { .. })));
    }
}

/// What the table of `file` says: log-linear between 0.3 and 0.6.
fn survival_at(score: f64) -> f64 {
    (0.2f64.ln() + (score - 0.3) / 0.3 * (0.001f64 / 0.2).ln()).exp()
}

#[test]
fn more_voices_mean_more_false_ones() {
    let expected = |llr, narrowband, wideband| {
        calibration().expected_false(Llr(llr), Bandwidth::Narrowband, narrowband, wideband)
    };
    assert_eq!(expected(1.0, 0, 0), 0.0);
    assert!((expected(-3.0, 1000, 0) - 1000.0 * survival_at(0.45)).abs() < 1e-6);
    assert_eq!(expected(-4.0, 1000, 0), 1000.0);
    assert!(expected(2.0, 1000, 0) > expected(3.0, 1000, 0));
    assert!((expected(2.0, 2000, 0) - 2.0 * expected(2.0, 1000, 0)).abs() < 1e-9);
    assert!(expected(2.0, 1000, 500) > expected(2.0, 1000, 0));
}

proptest! {
    #[test]
    fn ratios_rise_with_scores_and_do_not_depend_on_the_side(
        a in -1f32..1.0, b in -1f32..1.0, left_wide in any::<bool>(), right_wide in any::<bool>(),
    ) {
        let band = |wide| if wide { Bandwidth::Wideband } else { Bandwidth::Narrowband };
        let (left, right) = (side(band(left_wide), 9000), side(band(right_wide), 9000));
        let llr = |score, left, right| calibration().evidence(Score(score), left, right).unwrap().llr.0;
        prop_assert_eq!(llr(a, left, right), llr(a, right, left));
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        prop_assert!(llr(low, left, right) <= llr(high, left, right));
    }
}

#[test]
fn each_shipped_calibration_is_sound_and_for_the_model_beside_it() {
    for model in ["campplus-zh-en", "campplus-zh-en-telephone"] {
        is_sound_and_for(model);
    }
}

fn is_sound_and_for(model: &str) {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let folder = models.join(model);
    let text = &std::fs::read_to_string(folder.join("calibration.toml")).unwrap();
    let file: CalibrationFile = toml::from_str(text).unwrap();
    let calibration = Calibration::parse(text, &file.origin()).unwrap();
    assert_eq!(file.model, ModelId::new(model));
    let manifest = std::fs::read_to_string(folder.join("model.toml")).unwrap();
    assert!(manifest.contains(&file.model_sha256.to_string()));
    for condition in &file.conditions {
        assert!(condition.min_cllr <= condition.cllr && condition.cllr < 1.0);
        assert!(condition.targets > 0 && condition.non_targets > 0);
    }
    assert!(!calibration.name().is_empty());
}

#[test]
fn the_interval_holds_all_but_the_outer_draws_and_keeps_to_the_bounds() {
    let narrowband = side(Bandwidth::Narrowband, 9000);
    let interval = |score| {
        let evidence = calibration().evidence(Score(score), narrowband, narrowband);
        evidence.unwrap().log10_lr_interval.unwrap()
    };
    // Draws lie evenly from -2 to 2 about the LLR; one of 41 is cut off at each end.
    let [low, high] = interval(0.6).map(|log10| log10 * std::f64::consts::LN_10);
    assert!(
        (low + 1.9).abs() < 1e-6 && (high - 1.9).abs() < 1e-6,
        "{low} to {high}"
    );
    let [low, high] = interval(1.0).map(|log10| log10 * std::f64::consts::LN_10);
    assert!(
        (low - 6.1).abs() < 1e-6 && (high - 9.0).abs() < 1e-6,
        "{low} to {high}"
    );
}

#[test]
fn what_strays_between_recordings_widens_the_interval_the_more_the_shorter_they_are() {
    let mut file = file();
    for condition in &mut file.conditions {
        condition.fits = vec![[20.0, condition.intercept]; 201];
        condition.scatter = Some(ScatterFile {
            variance: 0.0,
            variance_by_speech: 0.01,
            strays: (-100..=100).map(|n| f64::from(n) / 50.0).collect(),
        });
    }
    let calibration = Calibration::from_file(file, DIGEST).unwrap().unwrap();
    let ends = |ms| {
        let [short, long] = [ms, 60_000].map(|ms| side(Bandwidth::Narrowband, ms));
        let evidence = calibration.evidence(Score(0.6), long, short).unwrap();
        evidence
            .log10_lr_interval
            .unwrap()
            .map(|log10| log10 * std::f64::consts::LN_10)
    };
    // The score strays evenly from -2 to 2 deviations, 95 % of which is 1.9 of 0.1 and of 0.05; 20 a
    // unit of score.
    for (ms, half) in [(1_000, 3.8), (4_000, 1.9)] {
        let [low, high] = ends(ms);
        assert!(
            (low + half).abs() < 1e-5 && (high - half).abs() < 1e-5,
            "{low} to {high}"
        );
    }
}

#[test]
fn a_scatter_that_makes_no_sense_is_refused_by_its_field() {
    let sound = ScatterFile {
        variance: 0.001,
        variance_by_speech: 0.01,
        strays: vec![0.5; 41],
    };
    let refused = |change: fn(&mut ScatterFile)| {
        let mut scatter = sound.clone();
        change(&mut scatter);
        let mut file = file();
        file.conditions[1].scatter = Some(scatter);
        match Calibration::from_file(file, DIGEST) {
            Err(ScoringError::Value { field, .. }) => Some(field),
            _ => None,
        }
    };
    assert_eq!(refused(|_| ()), None);
    assert_eq!(
        refused(|scatter| scatter.variance = -0.1),
        Some("scatter.variance")
    );
    assert_eq!(
        refused(|scatter| scatter.variance = f64::NAN),
        Some("scatter.variance")
    );
    let by_speech = Some("scatter.variance_by_speech");
    assert_eq!(
        refused(|scatter| scatter.variance_by_speech = 5.0),
        by_speech
    );
    assert_eq!(
        refused(|scatter| scatter.strays.truncate(3)),
        Some("scatter.strays")
    );
    assert_eq!(
        refused(|scatter| scatter.strays[3] = f64::INFINITY),
        Some("scatter.strays")
    );
}

#[test]
fn a_calibration_without_draws_has_no_interval() {
    let mut file = file();
    file.conditions
        .iter_mut()
        .for_each(|condition| condition.fits.clear());
    let calibration = Calibration::from_file(file, DIGEST).unwrap().unwrap();
    let wideband = side(Bandwidth::Wideband, 9000);
    let evidence = calibration
        .evidence(Score(0.5), wideband, wideband)
        .unwrap();
    assert_eq!(evidence.log10_lr_interval, None);
}

#[test]
fn draws_and_histograms_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut ConditionFile)| {
        let mut file = file();
        change(&mut file.conditions[0]);
        matches!(
            Calibration::from_file(file, DIGEST),
            Err(ScoringError::Value { .. })
        )
    };
    assert!(refused(|condition| condition.fits[3] = [0.0, 1.0]));
    assert!(refused(|condition| condition.fits[3] = [1.0, f64::NAN]));
    let scores = |targets: &[f64]| ScoreHistogram {
        range: [0.0, 1.0],
        targets: targets.to_vec(),
        non_targets: vec![0.5, 0.5],
    };
    assert!(!refused(|_| {}));
    for targets in [vec![], vec![1.0], vec![1.5, 0.0], vec![f64::NAN, 0.0]] {
        let mut file = file();
        file.conditions[0].scores = Some(scores(&targets));
        assert!(Calibration::from_file(file, DIGEST).is_err(), "{targets:?}");
    }
}

fn drawing() -> Calibration {
    let validity = crate::scoring::ValidityFile {
        net_speech_ms: 2_000,
        wada_snr_db: 10.0,
        clipping_ratio: 0.01,
        draw: crate::scoring::DrawFile {
            net_speech: 1.0,
            wada_snr: 2.0,
            clipping: 1.0,
        },
    };
    let file = CalibrationFile {
        validity: Some(validity),
        ..file()
    };
    Calibration::from_file(file, DIGEST).unwrap().unwrap()
}

#[test]
fn a_voice_unlike_the_data_draws_the_ratio_and_its_interval_and_says_so() {
    let usual = side(Bandwidth::Narrowband, 9_000);
    let noisy = Side {
        wada_snr_db: Some(5.0),
        ..usual
    };
    let of = |left, right| drawing().evidence(Score(0.8), left, right).unwrap();
    let (plain, drawn) = (of(usual, usual), of(usual, noisy));
    assert_eq!(plain.calibration.weight, None);
    let weight = (-1f64).exp();
    assert!((drawn.calibration.weight.unwrap() - weight).abs() < 1e-9);
    assert!((drawn.llr.0 - weight * plain.llr.0).abs() < 1e-9);
    let [low, high] = drawn.log10_lr_interval.unwrap();
    let [plain_low, plain_high] = plain.log10_lr_interval.unwrap();
    assert!((low - weight * plain_low).abs() < 1e-9 && (high - weight * plain_high).abs() < 1e-9);
    assert!(
        drawn.calibration.outside[0].starts_with("right side: SNR 5.0 dB"),
        "{:?}",
        drawn.calibration.outside
    );
    assert_eq!(of(noisy, usual).llr, drawn.llr);
}

proptest! {
    #[test]
    fn no_voice_says_more_than_the_best_of_its_score(
        score in -1f32..1.0, speech in 1u64..60_000, snr in -30f32..60.0, clipping in 0f32..1.0,
    ) {
        let probe = side(Bandwidth::Narrowband, 9_000);
        let other = Side {
            wada_snr_db: Some(snr),
            clipping_ratio: Some(clipping),
            ..side(Bandwidth::Wideband, speech)
        };
        let best = drawing().best_llr(Score(score), probe, Bandwidth::Wideband);
        prop_assert!(drawing().evidence(Score(score), probe, other).unwrap().llr.0 <= best.0 + 1e-12);
    }
}
