//! What each trial counts, and how many speakers stand behind it.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluation::trials::{ScoredTrial, Trial};

/// A trial, by its score, with what it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed {
    pub trial: Trial,
    pub set: u32,
    /// Of all targets, or of all non-targets: each kind sums to 1.
    pub weight: f64,
}

/// Each set counts the same on both sides, whatever its size; a set without one of the two kinds
/// counts nothing.
pub(super) fn weigh(trials: &[&ScoredTrial]) -> Vec<Weighed> {
    let mut counts: BTreeMap<u32, [usize; 2]> = BTreeMap::new();
    for each in trials {
        let [targets, others] = counts.entry(each.set).or_default();
        *(if each.trial.is_target() {
            targets
        } else {
            others
        }) += 1;
    }
    counts.retain(|_, [targets, others]| *targets > 0 && *others > 0);
    let sets = counts.len() as f64;
    trials
        .iter()
        .filter_map(|each| {
            let [targets, others] = *counts.get(&each.set)?;
            let count = if each.trial.is_target() {
                targets
            } else {
                others
            };
            Some(Weighed {
                trial: each.by_score(),
                set: each.set,
                weight: 1.0 / (sets * count as f64),
            })
        })
        .collect()
}

/// How many speakers and pairs the trials stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effective {
    /// Speakers with trials of one speaker, as they are.
    pub target_speakers: usize,
    /// The same, each set weighing the same.
    pub speakers: f64,
    /// Pairs of speakers with trials, each set weighing the same.
    pub pairs: f64,
}

impl Effective {
    pub(super) fn of(weighed: &[Weighed]) -> Self {
        let mut by_set: BTreeMap<u32, [BTreeSet<[u32; 2]>; 2]> = BTreeMap::new();
        for each in weighed {
            let [same, other] = by_set.entry(each.set).or_default();
            let [left, right] = each.trial.speakers;
            let pair = [left.min(right), left.max(right)];
            (if left == right { same } else { other }).insert(pair);
        }
        let counts: Vec<[usize; 2]> = by_set
            .values()
            .map(|[same, other]| [same.len(), other.len()])
            .collect();
        Self {
            target_speakers: counts.iter().map(|[same, _]| same).sum(),
            speakers: kish(counts.iter().map(|[same, _]| *same)),
            pairs: kish(counts.iter().map(|[_, other]| *other)),
        }
    }

    /// Least and largest LLR that they support: a ratio below one in so many speakers, or above the
    /// number of pairs, would claim more than they can show.
    ///
    /// # Source
    /// The idea of Vergeer et al., "Numerical likelihood ratios outputted by LR systems are often
    /// based on extrapolation", 2016.
    pub(super) fn bounds(&self) -> [f64; 2] {
        // Two are a bound away from 0, which one is not.
        [-self.speakers.max(2.0).ln(), self.pairs.max(2.0).ln()]
    }
}

/// The number of equal items that vary as much as a mean over sets of so many, each set weighing
/// the same.
///
/// # Source
/// Kish, "Survey Sampling", 1965: the square of the sum of the weights over the sum of squares.
fn kish(counts: impl Iterator<Item = usize>) -> f64 {
    let (mut sets, mut parts) = (0.0, 0.0);
    for count in counts.filter(|count| *count > 0) {
        sets += 1.0;
        parts += 1.0 / count as f64;
    }
    if parts > 0.0 {
        sets * sets / parts
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_any_size_count_the_same() {
        assert!((kish([10, 10].into_iter()) - 20.0).abs() < 1e-12);
        assert!((kish([5, 0].into_iter()) - 5.0).abs() < 1e-12);
        // Four over a quarter and a sixtieth.
        assert!((kish([4, 60].into_iter()) - 15.0).abs() < 1e-12);
    }
}
