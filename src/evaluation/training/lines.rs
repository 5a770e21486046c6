//! One line for all conditions, or one for each.

use super::TrainingError;
use super::logistic::Line;
use super::redraw::redrawn_lines;
use super::scatter::Scatter;
use super::sets::TravellingLine;
use super::weights::{Effective, Weighed};
use crate::evaluation::trials::ScoredTrial;
use crate::scoring::{CONDITIONS, ScoreOrigin};

/// Whether the conditions share a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Each condition has its own: plain cosines mean something else in each.
    Own,
    /// All have the same: the channels are compensated.
    Shared,
}

/// What was trained for one condition.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub lines: Lines,
    pub line: Line,
    /// Lines of speakers and sets drawn anew.
    pub redrawn: Vec<Line>,
    /// How far the score of one pair of people strays; none where it cannot be told.
    pub scatter: Option<Scatter>,
    /// What the labels stand on: the trials that the line was trained on.
    pub labels: Effective,
    /// Least and largest LLR, from the trials of this condition.
    pub bounds: [f64; 2],
}

impl Lines {
    pub(super) fn of(origin: &ScoreOrigin) -> Self {
        match origin.compensation_sha256 {
            Some(_) => Self::Shared,
            None => Self::Own,
        }
    }

    /// The trials that the line of a condition is trained on; each condition weighs the same.
    pub(super) fn basis(self, by_condition: &[Vec<Weighed>], index: usize) -> Vec<Weighed> {
        match self {
            Self::Own => by_condition.get(index).cloned().unwrap_or_default(),
            Self::Shared => {
                let present = by_condition.iter().filter(|trials| !trials.is_empty());
                let share = 1.0 / present.count().max(1) as f64;
                let trials = by_condition.iter().flatten();
                trials
                    .map(|each| Weighed {
                        weight: share * each.weight,
                        ..*each
                    })
                    .collect()
            }
        }
    }

    /// The trials that tell how far scores stray in a condition: those that its line is trained on.
    fn repeats<'a>(self, trials: &[Vec<&'a ScoredTrial>], index: usize) -> Vec<&'a ScoredTrial> {
        match self {
            Self::Own => trials.get(index).cloned().unwrap_or_default(),
            Self::Shared => trials.iter().flatten().copied().collect(),
        }
    }

    /// What each condition gets.
    ///
    /// # Errors
    /// A slope is not above 0.
    pub(super) fn fit(
        self,
        by_condition: &[Vec<Weighed>],
        trials: &[Vec<&ScoredTrial>],
    ) -> Result<Vec<Fit>, TrainingError> {
        let mut fits: Vec<Fit> = Vec::new();
        for (index, condition) in CONDITIONS.into_iter().enumerate() {
            let own = by_condition.get(index).map_or(&[][..], Vec::as_slice);
            let bounds = Effective::of(own).bounds();
            if let (Self::Shared, Some(first)) = (self, fits.first()) {
                let fit = Fit {
                    bounds,
                    ..first.clone()
                };
                fits.push(fit);
                continue;
            }
            let basis = self.basis(by_condition, index);
            let labels = Effective::of(&basis);
            let line = TravellingLine::fit(&basis, &labels).line;
            if line.slope <= 0.0 || !line.slope.is_finite() {
                let found = line.slope;
                return Err(TrainingError::Slope { condition, found });
            }
            fits.push(Fit {
                lines: self,
                line,
                redrawn: redrawn_lines(&basis, &labels),
                scatter: Scatter::of(&self.repeats(trials, index)),
                labels,
                bounds,
            });
        }
        Ok(fits)
    }
}
