//! Error rates against each other and against the LLR.

use statrs::function::erf::erf_inv;

use super::chart::{Axis, Chart, Series, Stroke, svg};
use super::{Curve, PlotError};

/// Rates that the axes of a DET plot name, in percent.
const RATES_PERCENT: [f64; 9] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0];
const LOWEST_RATE: f64 = 0.0005;
const HIGHEST_RATE: f64 = 0.6;

/// Steps of the axis of a Tippett plot.
const STEPS: usize = 400;
/// Farthest log10 LR that is drawn.
const FARTHEST: f64 = 8.0;

/// False non-matches against false matches on axes of normal deviates.
///
/// # Errors
/// The drawing fails.
///
/// # Source
/// Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.
pub fn detection(curves: &[Curve<'_>]) -> Result<String, PlotError> {
    let axis = |label| Axis {
        label,
        low: deviate(LOWEST_RATE),
        high: deviate(HIGHEST_RATE),
        ticks: RATES_PERCENT
            .iter()
            .map(|percent| (deviate(percent / 100.0), format!("{percent}")))
            .collect(),
    };
    let mut series = vec![Series {
        name: String::new(),
        stroke: Stroke::Guide,
        colour: 0,
        points: [LOWEST_RATE, HIGHEST_RATE]
            .map(|rate| (deviate(rate), deviate(rate)))
            .to_vec(),
    }];
    for (colour, curve) in curves.iter().enumerate() {
        let points = curve
            .trials
            .operating_points()
            .into_iter()
            .map(|[false_alarms, misses]| (deviate(false_alarms), deviate(misses)));
        series.push(Series {
            name: curve.name.to_owned(),
            stroke: Stroke::Line,
            colour,
            points: thinned(points),
        });
    }
    svg(&Chart {
        title: "Detection error trade-off",
        x: axis("False match rate, %"),
        y: axis("False non-match rate, %"),
        series,
    })
}

/// The normal deviate of a rate, held inside the plot.
fn deviate(rate: f64) -> f64 {
    std::f64::consts::SQRT_2 * erf_inv(2.0 * rate.clamp(LOWEST_RATE, HIGHEST_RATE) - 1.0)
}

/// The corners of a path without those that lie closer than a line is wide.
fn thinned(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for point in points {
        let is_near = kept
            .last()
            .is_some_and(|last| (last.0 - point.0).abs() + (last.1 - point.1).abs() < 0.004);
        if !is_near {
            kept.push(point);
        }
    }
    kept
}

/// The share of one speaker's and of two speakers' trials whose LR is at least so large.
///
/// # Errors
/// The drawing fails.
///
/// # Source
/// Tippett et al., "The evidential value of the comparison of paint flakes from sources other than
/// vehicles", Journal of the Forensic Science Society 8, 1968; for LRs Meuwly, 2001.
pub fn tippett(curves: &[Curve<'_>]) -> Result<String, PlotError> {
    let farthest = curves
        .iter()
        .flat_map(|curve| curve.trials.log10_range())
        .map(f64::abs)
        .fold(1.0, f64::max)
        .min(FARTHEST)
        .ceil();
    let mut series = vec![Series {
        name: String::new(),
        stroke: Stroke::Guide,
        colour: 0,
        points: vec![(0.0, 0.0), (0.0, 100.0)],
    }];
    for (colour, curve) in curves.iter().enumerate() {
        for (of_targets, stroke) in [(true, Stroke::Line), (false, Stroke::Dashed)] {
            let kind = if of_targets {
                "one speaker"
            } else {
                "two speakers"
            };
            let points = (0..=STEPS)
                .map(|step| farthest * (2.0 * step as f64 / STEPS as f64 - 1.0))
                .map(|at| (at, 100.0 * curve.trials.share_from(at, of_targets)))
                .collect();
            series.push(Series {
                name: format!("{}, {kind}", curve.name),
                stroke,
                colour,
                points,
            });
        }
    }
    svg(&Chart {
        title: "Tippett plot",
        x: Axis::even("log10 LR", -farthest, farthest, 1.0),
        y: Axis::even("Trials with at least that LR, %", 0.0, 100.0, 20.0),
        series,
    })
}
