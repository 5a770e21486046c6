//! How far the score of one pair of people strays from one pair of recordings to the next.

use std::collections::BTreeMap;

use crate::evaluation::trials::ScoredTrial;

/// Variance of the score of a pair of people: `fixed + by_speech / seconds`, with the net speech of
/// the side that has less; squared scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scatter {
    pub fixed: f64,
    pub by_speech: f64,
}

/// A pair of people of a set, the lesser number first.
type PairOfPeople = (u32, [u32; 2]);

/// A score, and 1 over the seconds of net speech of the side that has less.
type Row = (f64, f64);

/// Sums of one set's pairs of one kind, for a regression on two terms.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Residuals counted as often as they are free.
    free: f64,
    /// Of `1 / seconds`, and of its square.
    inverse: f64,
    inverse_squared: f64,
    /// Of squared residuals, and of them over seconds.
    squared: f64,
    squared_inverse: f64,
}

impl Scatter {
    /// Of the trials of one pair of people only what differs among them counts: other words, another
    /// length, another channel. Each set and kind weighs the same.
    ///
    /// None where no pair of people has two trials.
    ///
    /// # Source
    /// Repeated pairs of recordings of the same people as the measure of precision: Morrison,
    /// "Measuring the validity and reliability of forensic likelihood-ratio systems", Science and
    /// Justice 51, 2011 (pooled variance within pairs). That the variance of a mean
    /// falls with the length is the usual law; both terms are fitted by least squares, neither below 0.
    pub(super) fn of(trials: &[&ScoredTrial]) -> Option<Self> {
        let mut pairs: BTreeMap<PairOfPeople, Vec<Row>> = BTreeMap::new();
        for each in trials {
            let [left, right] = each.trial.speakers;
            let pair = [left.min(right), left.max(right)];
            let seconds = each.least_net_speech().as_millis().max(1) as f64 / 1000.0;
            let row = (each.score, 1.0 / seconds);
            pairs.entry((each.set, pair)).or_default().push(row);
        }
        let mut kinds: BTreeMap<(u32, bool), Sums> = BTreeMap::new();
        for ((set, [left, right]), rows) in &pairs {
            if rows.len() > 1 {
                kinds.entry((*set, left == right)).or_default().add(rows);
            }
        }
        Sums::mean(kinds.values())?.solve()
    }

    /// Standard deviation at so much net speech, in seconds.
    #[cfg(test)]
    fn sd(self, seconds: f64) -> f64 {
        (self.fixed + self.by_speech / seconds).sqrt()
    }
}

impl Sums {
    fn add(&mut self, rows: &[Row]) {
        let count = rows.len() as f64;
        let mean = rows.iter().map(|(score, _)| score).sum::<f64>() / count;
        // The mean takes one of them; each residual shows so much of its variance.
        let kept = (count - 1.0) / count;
        for (score, inverse) in rows {
            let squared = (score - mean).powi(2) / kept;
            self.free += kept;
            self.inverse += kept * inverse;
            self.inverse_squared += kept * inverse * inverse;
            self.squared += kept * squared;
            self.squared_inverse += kept * squared * inverse;
        }
    }

    /// The mean of several, each divided by how much it is free.
    fn mean<'a>(all: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let (mut sum, mut count) = (Self::default(), 0.0);
        for each in all {
            count += 1.0;
            sum.free += 1.0;
            sum.inverse += each.inverse / each.free;
            sum.inverse_squared += each.inverse_squared / each.free;
            sum.squared += each.squared / each.free;
            sum.squared_inverse += each.squared_inverse / each.free;
        }
        (count > 0.0).then_some(sum)
    }

    /// Least squares of the squared residuals on 1 and `1 / seconds`, neither factor below 0.
    fn solve(self) -> Option<Scatter> {
        let determinant = self.free * self.inverse_squared - self.inverse * self.inverse;
        // Where all trials are of one length, only the sum of both terms is known.
        let both = (determinant > f64::EPSILON * self.free * self.inverse_squared).then(|| {
            let fixed = self.squared * self.inverse_squared - self.squared_inverse * self.inverse;
            let by_speech = self.free * self.squared_inverse - self.inverse * self.squared;
            [fixed / determinant, by_speech / determinant]
        });
        let [fixed, by_speech] = match both {
            Some([fixed, by_speech]) if fixed >= 0.0 && by_speech >= 0.0 => [fixed, by_speech],
            Some([fixed, _]) if fixed < 0.0 => [0.0, self.squared_inverse / self.inverse_squared],
            _ => [self.squared / self.free, 0.0],
        };
        let sound = (fixed + by_speech).is_finite();
        sound.then_some(Scatter { fixed, by_speech })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bandwidth, NetSpeech};
    use crate::evaluation::trials::{Numbers, Trial};
    use crate::scoring::Side;

    fn trial(speakers: [u32; 2], score: f64, ms: u64) -> ScoredTrial {
        ScoredTrial {
            trial: Trial { llr: 0.0, speakers },
            score,
            condition: "narrowband_narrowband".to_owned(),
            sides: [ms, 60_000].map(|ms| Side {
                bandwidth: Bandwidth::Narrowband,
                net_speech: NetSpeech::from_millis(ms),
                wada_snr_db: None,
                clipping_ratio: None,
            }),
            set: 0,
        }
    }

    #[test]
    fn scatter_within_pairs_of_people_is_found_by_length() {
        let mut numbers = Numbers::seeded(3);
        let mut trials = Vec::new();
        for speaker in 0..400 {
            for ms in [1_000, 2_000, 5_000, 20_000] {
                // People differ by far more than their recordings do.
                let own = 0.1 * f64::from(speaker % 9);
                for other in [speaker, 1_000 + speaker] {
                    let variance = 0.001 + 0.004 / (ms as f64 / 1000.0);
                    let score = own + variance.sqrt() * numbers.normal();
                    trials.push(trial([speaker, other], score, ms));
                }
            }
        }
        let found = Scatter::of(&trials.iter().collect::<Vec<_>>()).unwrap();
        assert!(
            (found.sd(1.0) / 0.005f64.sqrt() - 1.0).abs() < 0.1,
            "{found:?}"
        );
        assert!(
            (found.sd(20.0) / 0.0012f64.sqrt() - 1.0).abs() < 0.2,
            "{found:?}"
        );
    }

    #[test]
    fn one_trial_of_each_pair_says_nothing_and_one_length_gives_one_number() {
        let alone = [trial([1, 1], 0.5, 2_000), trial([1, 2], 0.1, 2_000)];
        assert_eq!(Scatter::of(&alone.iter().collect::<Vec<_>>()), None);
        let twice = [trial([1, 1], 0.5, 2_000), trial([1, 1], 0.7, 2_000)];
        let found = Scatter::of(&twice.iter().collect::<Vec<_>>()).unwrap();
        // Of 0.5 and 0.7 the variance is 0.02.
        assert!((found.sd(2.0).powi(2) - 0.02).abs() < 1e-12, "{found:?}");
        assert_eq!(found.by_speech, 0.0);
    }
}
