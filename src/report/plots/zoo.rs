//! Speakers who are hard to tell from others, or to recognise.

use super::chart::{Axis, Chart, Series, Stroke, svg};
use super::{Curve, PlotError};

/// Each speaker's mean log10 LR with himself and with others: those low on the left are hard to
/// recognise, those high up are taken for others.
///
/// # Errors
/// The drawing fails.
///
/// # Source
/// Yager and Dunstone, "The biometric menagerie", IEEE TPAMI 32, 2010.
pub fn zoo(curve: &Curve<'_>) -> Result<String, PlotError> {
    let points: Vec<(f64, f64)> = curve
        .trials
        .speaker_means()
        .into_iter()
        .map(|means| {
            let scale = std::f64::consts::LN_10;
            (means.with_self / scale, means.with_others / scale)
        })
        .collect();
    let bounds = |value: fn(&(f64, f64)) -> f64| {
        let low = points.iter().map(value).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        if low.is_finite() && high.is_finite() {
            (low.floor(), high.ceil().max(low.floor() + 1.0))
        } else {
            (-1.0, 1.0)
        }
    };
    let axis = |label, (low, high): (f64, f64)| {
        let step = ((high - low) / 10.0).ceil().max(0.5);
        Axis::even(label, low, high, step)
    };
    svg(&Chart {
        title: "Zoo plot",
        x: axis(
            "Mean log10 LR with the same speaker",
            bounds(|point| point.0),
        ),
        y: axis("Mean log10 LR with other speakers", bounds(|point| point.1)),
        series: vec![Series {
            name: format!("{}, a point a speaker", curve.name),
            stroke: Stroke::Points,
            colour: 0,
            points,
        }],
    })
}
