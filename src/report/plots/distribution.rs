//! Where one score lies among those of one speaker and of two.

use super::PlotError;
use super::chart::{Axis, Chart, Series, Stroke, svg};
use crate::domain::ScoreHistogram;

/// What stands on the plot.
#[derive(Debug, Clone, Copy)]
pub struct DistributionWords {
    /// Title.
    pub title: &'static str,
    /// Axis of the scores.
    pub score: &'static str,
    /// Axis of the shares.
    pub share: &'static str,
    /// Trials of one speaker.
    pub targets: &'static str,
    /// Trials of two.
    pub non_targets: &'static str,
    /// The score in question.
    pub here: &'static str,
}

/// Shares of the scores behind a calibration, in percent of each kind, with the score in question.
///
/// # Errors
/// The drawing fails.
pub fn distribution(
    scores: &ScoreHistogram,
    score: f32,
    words: &DistributionWords,
) -> Result<String, PlotError> {
    let [low, high] = scores.range;
    let both = scores.targets.iter().chain(&scores.non_targets);
    let highest = 100.0 * both.fold(0.0f64, |most, share| most.max(*share));
    let top = (highest / 5.0).ceil().max(1.0) * 5.0;
    let at = f64::from(score).clamp(low, high);
    let steps = |shares: &[f64]| -> Vec<(f64, f64)> {
        let width = (high - low) / shares.len().max(1) as f64;
        shares
            .iter()
            .enumerate()
            .flat_map(|(bin, share)| {
                let left = low + width * bin as f64;
                [(left, 100.0 * share), (left + width, 100.0 * share)]
            })
            .collect()
    };
    let series = |name: &str, stroke, colour, points| Series {
        name: name.to_owned(),
        stroke,
        colour,
        points,
    };
    svg(&Chart {
        title: words.title,
        x: Axis::even(words.score, low, high, 0.1),
        y: Axis::even(words.share, 0.0, top, if top > 20.0 { 10.0 } else { 5.0 }),
        series: vec![
            series(
                words.non_targets,
                Stroke::Line,
                1,
                steps(&scores.non_targets),
            ),
            series(words.targets, Stroke::Line, 0, steps(&scores.targets)),
            series(words.here, Stroke::Dashed, 4, vec![(at, 0.0), (at, top)]),
        ],
    })
}
