//! How well scores and likelihood ratios tell one speaker from two, over trials whose answer is
//! known.

mod bootstrap;
mod curve;
mod entropy;
mod scored;

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;

pub use bootstrap::Interval;
pub(in crate::evaluation) use bootstrap::Numbers;
use curve::Curve;
pub use entropy::CrossEntropy;
pub use scored::{ScoredTrial, by_condition, by_duration};

/// Why trials cannot be judged.
#[derive(Debug, Error, PartialEq)]
pub enum TrialsError {
    /// A score is no number.
    #[error("trial {row} has the score {found}, expected a finite number")]
    Score {
        /// Trial, counted from 1.
        row: usize,
        /// The score.
        found: f64,
    },
    /// There are too few of something to say anything.
    #[error("{found} {what}, expected at least {minimum}")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        minimum: usize,
    },
}

/// Fewest speakers that figures are given for: with fewer, an interval says nothing.
pub const MIN_SPEAKERS: usize = 3;

/// A pair of voices, what was said of it, and what is true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Natural-log likelihood ratio, or any score that grows with likeness.
    pub llr: f64,
    /// Speaker of each side, by number.
    pub speakers: [u32; 2],
}

impl Trial {
    /// Whether both sides are one speaker.
    pub fn is_target(&self) -> bool {
        let [left, right] = self.speakers;
        left == right
    }
}

/// Cost of errors, and how common one speaker is.
///
/// # Source
/// NIST 2016 Speaker Recognition Evaluation Plan, section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Costs {
    /// Probability that both sides are one speaker.
    pub prior: f64,
    /// Cost of missing it.
    pub miss: f64,
    /// Cost of a false alarm.
    pub false_alarm: f64,
}

impl Default for Costs {
    /// One in a hundred, both errors alike.
    fn default() -> Self {
        Self {
            prior: 0.01,
            miss: 1.0,
            false_alarm: 1.0,
        }
    }
}

/// Figures over trials. Rates are fractions from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Equal error rate: where the convex hull of misses against false alarms meets the diagonal.
    pub eer: f64,
    /// Least cost of any threshold, relative to the cost of always saying the same.
    pub min_dcf: f64,
    /// Cost of the threshold that the costs ask for, were each LLR right; relative as well.
    pub act_dcf: f64,
    /// Share of one speaker's trials that is missed where at most one in a thousand of two
    /// speakers' passes.
    pub fnmr_at_fmr_0_001: f64,
    /// Cost of the LLRs over all priors, in bits; 1 is what knowing nothing costs.
    pub cllr: f64,
    /// What of it the best order-keeping calibration would leave.
    pub min_cllr: f64,
}

/// Figures with intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// Trials of one speaker.
    pub targets: usize,
    /// Trials of two.
    pub non_targets: usize,
    /// Speakers in them.
    pub speakers: usize,
    /// The costs that the DCF stands for.
    pub costs: Costs,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Intervals of 95 %, by drawing speakers anew.
    pub intervals: Intervals,
}

/// Intervals of the figures, `[low, high]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intervals {
    /// Of the equal error rate.
    pub eer: Interval,
    /// Of the least cost.
    pub min_dcf: Interval,
    /// Of the misses at one false alarm in a thousand.
    pub fnmr_at_fmr_0_001: Interval,
    /// Of Cllr.
    pub cllr: Interval,
    /// Of its least value.
    pub min_cllr: Interval,
}

/// What one speaker's trials came to on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SpeakerMeans {
    /// The speaker, by number.
    pub speaker: u32,
    /// Mean LLR with recordings of the same speaker.
    pub with_self: f64,
    /// Mean LLR with others.
    pub with_others: f64,
}

/// Trials in the order of their scores.
#[derive(Debug, Clone)]
pub struct Trials {
    /// Ascending.
    sorted: Vec<Trial>,
    speakers: Vec<u32>,
}

impl Trials {
    /// Checks and sorts trials.
    ///
    /// # Errors
    /// A score is no number; one of the two kinds is missing; there are fewer than three speakers.
    pub fn new(trials: Vec<Trial>) -> Result<Self, TrialsError> {
        if let Some((row, trial)) = (1..).zip(&trials).find(|(_, trial)| !trial.llr.is_finite()) {
            return Err(TrialsError::Score {
                row,
                found: trial.llr,
            });
        }
        let mut speakers: Vec<u32> = trials.iter().flat_map(|trial| trial.speakers).collect();
        speakers.sort_unstable();
        speakers.dedup();
        let targets = trials.iter().filter(|trial| trial.is_target()).count();
        let counts = [
            ("trials of one speaker", targets, 1),
            ("trials of two speakers", trials.len() - targets, 1),
            ("speakers", speakers.len(), MIN_SPEAKERS),
        ];
        for (what, found, minimum) in counts {
            if found < minimum {
                return Err(TrialsError::TooFew {
                    what,
                    found,
                    minimum,
                });
            }
        }
        let mut sorted = trials;
        sorted.sort_by(|left, right| left.llr.total_cmp(&right.llr));
        Ok(Self { sorted, speakers })
    }

    /// The figures.
    pub fn figures(&self, costs: Costs) -> Figures {
        self.curve(|_| 1.0).figures(costs)
    }

    /// The figures with intervals from so many draws of speakers; the draws follow `seed`.
    pub fn judge(&self, costs: Costs, draws: usize, seed: u64) -> Judgement {
        let targets = self.sorted.iter().filter(|trial| trial.is_target()).count();
        Judgement {
            targets,
            non_targets: self.sorted.len() - targets,
            speakers: self.speakers.len(),
            costs,
            figures: self.figures(costs),
            intervals: bootstrap::intervals(self, costs, draws, seed),
        }
    }

    /// `[false alarms, misses]` at every threshold, from the highest down.
    pub fn operating_points(&self) -> Vec<[f64; 2]> {
        self.curve(|_| 1.0).operating_points()
    }

    /// The LLR of each trial, ascending, and what the best order-keeping calibration makes of it:
    /// minus and plus infinity where it knows no error.
    pub fn best_calibration(&self) -> Vec<[f64; 2]> {
        self.curve(|_| 1.0).best_calibration()
    }

    /// The least and the largest LLR, to base 10.
    pub fn log10_range(&self) -> [f64; 2] {
        let ends = [self.sorted.first(), self.sorted.last()];
        ends.map(|trial| trial.map_or(0.0, |trial| trial.llr / std::f64::consts::LN_10))
    }

    /// Share of one speaker's trials, or of two speakers', with at least this LLR to base 10.
    pub fn share_from(&self, log10_lr: f64, of_targets: bool) -> f64 {
        let least = log10_lr * std::f64::consts::LN_10;
        let from = self.sorted.partition_point(|trial| trial.llr < least);
        let of_kind = |trial: &&Trial| trial.is_target() == of_targets;
        let all = self.sorted.iter().filter(of_kind).count();
        let above = self.sorted.iter().skip(from).filter(of_kind).count();
        above as f64 / all as f64
    }

    /// Each speaker's mean LLRs; those without trials of both kinds are left out.
    pub fn speaker_means(&self) -> Vec<SpeakerMeans> {
        let mut sums: BTreeMap<u32, [(f64, usize); 2]> = BTreeMap::new();
        for trial in &self.sorted {
            let [left, right] = trial.speakers;
            let speakers = if left == right {
                &trial.speakers[..1]
            } else {
                &trial.speakers[..]
            };
            for speaker in speakers {
                let [own, other] = sums.entry(*speaker).or_default();
                let sum = if left == right { own } else { other };
                sum.0 += trial.llr;
                sum.1 += 1;
            }
        }
        sums.into_iter()
            .filter(|(_, [own, other])| own.1 > 0 && other.1 > 0)
            .map(|(speaker, [own, other])| SpeakerMeans {
                speaker,
                with_self: own.0 / own.1 as f64,
                with_others: other.0 / other.1 as f64,
            })
            .collect()
    }

    fn curve(&self, weight: impl Fn(&Trial) -> f64) -> Curve {
        Curve::new(self.sorted.iter().map(|trial| (*trial, weight(trial))))
    }
}

/// Figures of trials that count as their weights say; none where one of the two kinds has no weight.
pub(super) fn weighted_figures(mut trials: Vec<(Trial, f64)>, costs: Costs) -> Option<Figures> {
    trials.sort_by(|(left, _), (right, _)| left.llr.total_cmp(&right.llr));
    let curve = Curve::new(trials.into_iter());
    curve.is_sound().then(|| curve.figures(costs))
}

#[cfg(test)]
mod tests;
