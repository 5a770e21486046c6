//! Whether LLRs mean what they say.

use super::chart::{Axis, Chart, Series, Stroke, svg};
use super::{Curve, PlotError};

/// Prior odds of the entropy plot, as powers of ten.
const FARTHEST_PRIOR: f64 = 3.0;
const PRIORS: usize = 121;
/// Farthest log10 LR of the calibration plot.
const FARTHEST: f64 = 5.0;

/// Empirical cross-entropy against the prior: of the LLRs, of their best calibration, of knowing
/// nothing.
///
/// # Errors
/// The drawing fails.
///
/// # Source
/// Ramos and Gonzalez-Rodriguez, "Reliable support: measuring calibration of likelihood ratios",
/// Forensic Science International 230, 2013.
pub fn cross_entropy(curve: &Curve<'_>) -> Result<String, PlotError> {
    let priors: Vec<f64> = (0..PRIORS)
        .map(|index| FARTHEST_PRIOR * (2.0 * index as f64 / (PRIORS - 1) as f64 - 1.0))
        .collect();
    let found = curve.trials.cross_entropy(&priors);
    let highest = found
        .iter()
        .map(|each| each.given.max(each.neutral))
        .fold(0.0, f64::max)
        .min(2.0);
    let series =
        |name: &str, stroke, colour, value: fn(&crate::evaluation::CrossEntropy) -> f64| Series {
            name: name.to_owned(),
            stroke,
            colour,
            points: found
                .iter()
                .map(|each| (each.prior_log10_odds, value(each).min(2.0)))
                .collect(),
        };
    svg(&Chart {
        title: "Empirical cross-entropy",
        x: Axis::even(
            "Prior odds of one speaker, log10",
            -FARTHEST_PRIOR,
            FARTHEST_PRIOR,
            1.0,
        ),
        y: Axis::even("Cross-entropy, bit", 0.0, (highest * 5.0).ceil() / 5.0, 0.2),
        series: vec![
            series("LLRs as given", Stroke::Line, 1, |each| each.given),
            series("after the best calibration", Stroke::Dashed, 0, |each| {
                each.best
            }),
            series("LR of 1 always", Stroke::Guide, 4, |each| each.neutral),
        ],
    })
}

/// The LLR that was given against the one that the best order-keeping calibration makes of it: on
/// the diagonal an LLR means what it says.
///
/// # Errors
/// The drawing fails.
///
/// # Source
/// Pool adjacent violators as in Brümmer and du Preez, "Application-independent evaluation of
/// speaker detection", Computer Speech & Language 20, 2006, section 7.
pub fn calibration(curves: &[Curve<'_>]) -> Result<String, PlotError> {
    let mut series = vec![Series {
        name: "perfect".to_owned(),
        stroke: Stroke::Guide,
        colour: 0,
        points: vec![(-FARTHEST, -FARTHEST), (FARTHEST, FARTHEST)],
    }];
    for (colour, curve) in curves.iter().enumerate() {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for pair in curve.trials.best_calibration() {
            let [given, best] = pair.map(|llr| llr / std::f64::consts::LN_10);
            // Where the data know no error, no LR can be checked.
            if !best.is_finite() || given.abs() > FARTHEST {
                continue;
            }
            let point = (given, best.clamp(-FARTHEST, FARTHEST));
            let is_near = points
                .last()
                .is_some_and(|last| (last.0 - point.0).abs() < 0.01 && last.1 == point.1);
            if !is_near {
                points.push(point);
            }
        }
        series.push(Series {
            name: curve.name.to_owned(),
            stroke: Stroke::Line,
            colour,
            points,
        });
    }
    svg(&Chart {
        title: "Calibration",
        x: Axis::even("log10 LR as given", -FARTHEST, FARTHEST, 1.0),
        y: Axis::even(
            "log10 LR that the trials bear out",
            -FARTHEST,
            FARTHEST,
            1.0,
        ),
        series,
    })
}
