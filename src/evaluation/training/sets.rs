//! How far the lines of different sets lie apart, and what that costs in a case that is of none.

use std::collections::BTreeSet;

use super::logistic::Line;
use super::weights::{Effective, Weighed};

/// A line with what is unknown of where it lies for speech of a further set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TravellingLine {
    pub line: Line,
    /// Standard deviation of a further set's zero, the score at which its LLR is 0; 0 where only one
    /// set is known.
    pub zero_sd: f64,
}

impl TravellingLine {
    /// The line for speech of a set that nobody has seen.
    ///
    /// Each set has a zero of its own. The slope is that of all sets laid upon each other at their
    /// zeros, which is how well scores tell speakers apart where the zero is known; then it is
    /// lessened by what is unknown of a further set's zero, so that the LLR is the mean of what the
    /// sets would give. The zero is the mean of theirs. One set alone gives its own line, and sets of
    /// which one has no zero, since likeness does not grow with the score there, one line together.
    ///
    /// # Source
    /// The mean of a logistic function over a normal error of its argument: MacKay, "The evidence
    /// framework applied to classification networks", Neural Computation 4, 1992 (moderated output). The
    /// variance of a further draw about a mean of `n`: `s^2 (1 + 1/n)`.
    pub(super) fn fit(weighed: &[Weighed], labels: &Effective) -> Self {
        let together = || Self {
            line: Line::fit(weighed, labels),
            zero_sd: 0.0,
        };
        let Some(zeros) = zeros(weighed).filter(|zeros| zeros.len() > 1) else {
            return together();
        };
        let count = zeros.len() as f64;
        let mean = zeros.iter().map(|(_, zero)| zero).sum::<f64>() / count;
        let spread = zeros.iter().map(|(_, zero)| (zero - mean).powi(2));
        let variance = spread.sum::<f64>() / (count - 1.0) * (1.0 + 1.0 / count);
        let zero_of = |set: u32| zeros.iter().find(|(found, _)| *found == set);
        let aligned: Vec<Weighed> = weighed
            .iter()
            .filter_map(|each| {
                let (_, zero) = zero_of(each.set)?;
                let mut moved = *each;
                moved.trial.llr += mean - zero;
                Some(moved)
            })
            .collect();
        let aligned = Line::fit(&aligned, labels);
        if aligned.slope.is_nan() || aligned.slope <= 0.0 {
            return together();
        }
        let lessened = std::f64::consts::FRAC_PI_8 * aligned.slope.powi(2) * variance;
        let slope = aligned.slope / (1.0 + lessened).sqrt();
        Self {
            line: Line {
                slope,
                intercept: slope * aligned.intercept / aligned.slope,
            },
            zero_sd: variance.sqrt(),
        }
    }

    /// The line where a set's zero strays by so many standard deviations.
    pub(super) fn strayed(&self, deviations: f64) -> Line {
        let Line { slope, intercept } = self.line;
        Line {
            slope,
            intercept: intercept - slope * self.zero_sd * deviations,
        }
    }
}

/// The score at which the LLR of each set is 0, by its own line; none where likeness does not grow
/// with the score in each.
fn zeros(weighed: &[Weighed]) -> Option<Vec<(u32, f64)>> {
    let sets: BTreeSet<u32> = weighed.iter().map(|each| each.set).collect();
    sets.into_iter()
        .map(|set| {
            let own = weighed.iter().filter(|each| each.set == set);
            let own: Vec<Weighed> = own.copied().collect();
            let line = Line::fit(&own, &Effective::of(&own));
            let zero = -line.intercept / line.slope;
            (line.slope > 0.0 && zero.is_finite()).then_some((set, zero))
        })
        .collect()
}
