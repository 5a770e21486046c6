use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    name: String,
    trials: Vec<[f64; 3]>,
    figures: GoldenFigures,
}

#[derive(Deserialize)]
struct GoldenFigures {
    eer: f64,
    min_dcf: f64,
    act_dcf: f64,
    fnmr_at_fmr_0_001: f64,
    cllr: f64,
    min_cllr: f64,
    /// Prior odds, of the LLRs, of their best calibration.
    cross_entropy: Vec<[f64; 3]>,
}

fn trial(llr: f64, left: u32, right: u32) -> Trial {
    Trial {
        llr,
        speakers: [left, right],
    }
}

/// Written by scripts/make_evaluation_golden.py with scikit-learn and scipy.
#[test]
fn figures_are_those_of_an_independent_implementation() {
    let text = std::fs::read_to_string("tests/golden/evaluation/trials.json").unwrap();
    let sets: Vec<Golden> = serde_json::from_str(&text).unwrap();
    assert_eq!(sets.len(), 5);
    for set in sets {
        let trials = set
            .trials
            .iter()
            .map(|[llr, left, right]| trial(*llr, *left as u32, *right as u32))
            .collect();
        let trials = Trials::new(trials).unwrap();
        let found = trials.figures(Costs::default());
        let expected = set.figures;
        let priors: Vec<f64> = expected.cross_entropy.iter().map(|row| row[0]).collect();
        assert_eq!(priors.len(), 3);
        for (found, [_, given, best]) in trials
            .cross_entropy(&priors)
            .iter()
            .zip(&expected.cross_entropy)
        {
            assert!(
                (found.given - given).abs() < 1e-6,
                "{}: {found:?}, {given}",
                set.name
            );
            assert!(
                (found.best - best).abs() < 1e-6,
                "{}: {found:?}, {best}",
                set.name
            );
        }
        for (name, found, expected) in [
            ("eer", found.eer, expected.eer),
            ("min_dcf", found.min_dcf, expected.min_dcf),
            ("act_dcf", found.act_dcf, expected.act_dcf),
            ("fnmr", found.fnmr_at_fmr_0_001, expected.fnmr_at_fmr_0_001),
            ("cllr", found.cllr, expected.cllr),
            ("min_cllr", found.min_cllr, expected.min_cllr),
        ] {
            assert!(
                (found - expected).abs() < 1e-6,
                "{}, {name}: {found} instead of {expected}",
                set.name
            );
        }
    }
}

fn few() -> Vec<Trial> {
    vec![
        trial(2.0, 0, 0),
        trial(1.0, 1, 1),
        trial(-0.5, 2, 2),
        trial(0.0, 0, 1),
        trial(-3.0, 1, 2),
        trial(-2.0, 0, 2),
    ]
}

#[test]
fn what_cannot_be_judged_is_refused_with_numbers() {
    let mut trials = few();
    trials[3].llr = f64::NAN;
    let error = Trials::new(trials).unwrap_err();
    assert!(
        error.to_string().contains("trial 4 has the score NaN"),
        "{error}"
    );
    let targets: Vec<Trial> = few().into_iter().filter(Trial::is_target).collect();
    let error = Trials::new(targets).unwrap_err().to_string();
    assert_eq!(error, "0 trials of two speakers, expected at least 1");
    let error = Trials::new(vec![trial(1.0, 0, 0), trial(0.0, 0, 1)]).unwrap_err();
    assert_eq!(error.to_string(), "2 speakers, expected at least 3");
}

#[test]
fn intervals_follow_the_seed_and_hold_the_figure() {
    let trials: Vec<Trial> = (0..12u32)
        .flat_map(|left| (left..12).map(move |right| (left, right)))
        .flat_map(|(left, right)| (0..3).map(move |n| (left, right, n)))
        .map(|(left, right, n)| {
            let noise = f64::from((left * 7 + right * 13 + n * 5) % 11) - 5.0;
            trial(if left == right { 2.0 } else { -2.0 } + noise, left, right)
        })
        .collect();
    let trials = Trials::new(trials).unwrap();
    let judged = trials.judge(Costs::default(), 200, 5);
    assert_eq!(judged, trials.judge(Costs::default(), 200, 5));
    assert_ne!(
        judged.intervals,
        trials.judge(Costs::default(), 200, 6).intervals
    );
    let Interval { low, high } = judged.intervals.eer;
    assert!(
        low < judged.figures.eer && judged.figures.eer < high,
        "{low} {high}"
    );
    assert_eq!(
        (judged.targets, judged.non_targets, judged.speakers),
        (36, 198, 12)
    );
}

#[test]
fn the_best_calibration_keeps_the_order_and_costs_the_least() {
    let trials = Trials::new(few()).unwrap();
    let calibrated = trials.best_calibration();
    assert_eq!(calibrated.len(), 6);
    assert!(calibrated.windows(2).all(|pair| pair[0][1] <= pair[1][1]));
    assert_eq!(calibrated[0], [-3.0, f64::NEG_INFINITY]);
    assert_eq!(calibrated[5], [2.0, f64::INFINITY]);
    // One of three targets lies below one of three others: even odds there.
    assert_eq!(calibrated[2], [-0.5, 0.0]);
}

fn any_trials() -> impl Strategy<Value = Vec<Trial>> {
    let one = (-8i32..8, 0u32..6, 0u32..6);
    prop::collection::vec(one, 3..60).prop_map(|drawn| {
        let mut trials = few();
        trials.extend(
            drawn
                .into_iter()
                .map(|(llr, l, r)| trial(f64::from(llr) / 2.0, l, r)),
        );
        trials
    })
}

proptest! {
    #[test]
    fn no_calibration_costs_less_than_the_best(trials in any_trials()) {
        let found = Trials::new(trials).unwrap().figures(Costs::default());
        prop_assert!(found.min_cllr <= found.cllr + 1e-12);
        prop_assert!(found.min_cllr <= 1.0 + 1e-12);
        prop_assert!((0.0..=0.5 + 1e-12).contains(&found.eer));
        prop_assert!(found.min_dcf <= found.act_dcf + 1e-12);
        prop_assert!(found.min_dcf <= 1.0 + 1e-12);
    }

    #[test]
    fn order_alone_decides_what_order_alone_says(trials in any_trials()) {
        let bent = trials.iter().map(|t| Trial { llr: (t.llr / 3.0).exp() + t.llr, ..*t }).collect();
        let before = Trials::new(trials).unwrap().figures(Costs::default());
        let after = Trials::new(bent).unwrap().figures(Costs::default());
        prop_assert!((before.eer - after.eer).abs() < 1e-9);
        prop_assert!((before.min_cllr - after.min_cllr).abs() < 1e-9);
        prop_assert!((before.min_dcf - after.min_dcf).abs() < 1e-9);
    }

    #[test]
    fn misses_fall_as_false_alarms_rise(trials in any_trials()) {
        let points = Trials::new(trials).unwrap().operating_points();
        let rises = |pair: &[[f64; 2]]| pair[0][0] <= pair[1][0] && pair[0][1] >= pair[1][1] - 1e-12;
        prop_assert!(points.windows(2).all(rises));
        prop_assert!(points[points.len() - 1][0] > 1.0 - 1e-12);
    }
}

#[test]
fn shares_and_means_are_those_counted_by_hand() {
    let trials = Trials::new(few()).unwrap();
    assert_eq!(trials.share_from(0.0, true), 2.0 / 3.0);
    assert_eq!(trials.share_from(0.0, false), 1.0 / 3.0);
    assert_eq!(trials.share_from(9.0, true), 0.0);
    let means = trials.speaker_means();
    let found: Vec<[f64; 2]> = means.iter().map(|m| [m.with_self, m.with_others]).collect();
    assert_eq!(found, [[2.0, -1.0], [1.0, -1.5], [-0.5, -2.5]]);
    let neutral = trials.cross_entropy(&[0.0])[0].neutral;
    assert!((neutral - 1.0).abs() < 1e-12);
}
