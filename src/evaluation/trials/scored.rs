//! Trials with the circumstances of both sides, and the groups that they fall into.

use std::collections::BTreeMap;

use super::Trial;
use crate::domain::NetSpeech;
use crate::scoring::Side;

/// A trial with what it was scored under.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredTrial {
    /// The trial by its LLR.
    pub trial: Trial,
    /// Score before calibration.
    pub score: f64,
    /// Condition of the pair, as the calibration names it.
    pub condition: String,
    /// Measurements of both sides.
    pub sides: [Side; 2],
    /// Set of recordings that the trial is from, by number.
    pub set: u32,
}

impl ScoredTrial {
    /// Net speech of the side that has less.
    pub fn least_net_speech(&self) -> NetSpeech {
        let [left, right] = self.sides;
        left.net_speech.min(right.net_speech)
    }

    /// The same trial judged by its score.
    pub fn by_score(&self) -> Trial {
        Trial {
            llr: self.score,
            ..self.trial
        }
    }
}

/// Upper ends of the bands of net speech, in ms, with names.
const BANDS: [(u64, &str); 5] = [
    (2_000, "under 2 s"),
    (4_000, "2 to 4 s"),
    (8_000, "4 to 8 s"),
    (20_000, "8 to 20 s"),
    (u64::MAX, "20 s and more"),
];

/// Trials by condition, in the order of the names.
pub fn by_condition(trials: &[ScoredTrial]) -> Vec<(String, Vec<Trial>)> {
    let mut groups: BTreeMap<&str, Vec<Trial>> = BTreeMap::new();
    for each in trials {
        groups.entry(&each.condition).or_default().push(each.trial);
    }
    groups
        .into_iter()
        .map(|(name, trials)| (name.to_owned(), trials))
        .collect()
}

/// Trials by the net speech of the side that has less, shortest first; bands without any are left
/// out.
pub fn by_duration(trials: &[ScoredTrial]) -> Vec<(String, Vec<Trial>)> {
    let mut low = 0;
    let mut groups = Vec::new();
    for (end, name) in BANDS {
        let band: Vec<Trial> = trials
            .iter()
            .filter(|each| (low..end).contains(&each.least_net_speech().as_millis()))
            .map(|each| each.trial)
            .collect();
        if !band.is_empty() {
            groups.push((name.to_owned(), band));
        }
        low = end;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Bandwidth;

    fn scored(ms: u64, condition: &str) -> ScoredTrial {
        ScoredTrial {
            trial: Trial {
                llr: ms as f64,
                speakers: [0, 1],
            },
            score: 0.5,
            condition: condition.to_owned(),
            sides: [Side {
                bandwidth: Bandwidth::Narrowband,
                net_speech: NetSpeech::from_millis(ms),
                wada_snr_db: None,
                clipping_ratio: None,
            }; 2],
            set: 0,
        }
    }

    #[test]
    fn each_trial_is_in_one_group() {
        let trials = [
            scored(1_999, "b"),
            scored(2_000, "a"),
            scored(20_000, "b"),
            scored(3_999, "a"),
        ];
        let named = |groups: Vec<(String, Vec<Trial>)>| -> Vec<(String, Vec<f64>)> {
            groups
                .into_iter()
                .map(|(name, trials)| (name, trials.iter().map(|trial| trial.llr).collect()))
                .collect()
        };
        assert_eq!(
            named(by_duration(&trials)),
            [
                ("under 2 s".to_owned(), vec![1_999.0]),
                ("2 to 4 s".to_owned(), vec![2_000.0, 3_999.0]),
                ("20 s and more".to_owned(), vec![20_000.0]),
            ]
        );
        assert_eq!(
            named(by_condition(&trials)),
            [
                ("a".to_owned(), vec![2_000.0, 3_999.0]),
                ("b".to_owned(), vec![1_999.0, 20_000.0]),
            ]
        );
    }
}
