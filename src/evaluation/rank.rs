//! Is each voice's best candidate the same person?

use crate::domain::Sha256;

/// Who speaks on one channel of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthEntry {
    /// Path as the truth file names it.
    pub path: String,
    /// Digest of the file.
    pub sha256: Sha256,
    /// Channel index from 0.
    pub channel: u16,
    /// Code of the speaker.
    pub speaker: String,
}

/// The best candidate of a voice.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedBest {
    /// The candidate's place in the truth file.
    pub entry: TruthEntry,
    /// Cosine.
    pub score: f32,
    /// To base 10.
    pub log10_lr: f64,
    /// Whether another recording of the same speaker was among the candidates at all.
    pub findable: bool,
}

/// One voice of the truth file and the best candidate from another recording.
#[derive(Debug, Clone, PartialEq)]
pub struct RankRow {
    /// The voice.
    pub entry: TruthEntry,
    /// Its best candidate from another recording that the truth file knows; none when the voice
    /// gave no search.
    pub best: Option<RankedBest>,
    /// Why there is no candidate.
    pub outcome: Option<String>,
}

impl RankRow {
    /// Whether the voice could be right: it was searched, and its speaker has another recording.
    pub fn is_findable(&self) -> bool {
        self.best.as_ref().is_some_and(|best| best.findable)
    }

    /// Whether its best candidate is the same person; none when it was not searched.
    pub fn is_right(&self) -> Option<bool> {
        self.best
            .as_ref()
            .map(|best| best.entry.speaker == self.entry.speaker)
    }
}

/// How many voices are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankSummary {
    /// Findable voices whose best candidate is the same person.
    pub right: usize,
    /// Findable voices.
    pub findable: usize,
    /// Voices that gave no search, or whose speaker has no other recording.
    pub without: usize,
}

impl RankSummary {
    /// Counts.
    pub fn of(rows: &[RankRow]) -> Self {
        let findable = rows.iter().filter(|row| row.is_findable());
        let right = findable
            .clone()
            .filter(|row| row.is_right() == Some(true))
            .count();
        let findable = findable.count();
        Self {
            right,
            findable,
            without: rows.len() - findable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(speaker: &str, best: Option<(&str, bool)>) -> RankRow {
        let entry = |speaker: &str| TruthEntry {
            path: "a.wav".to_owned(),
            sha256: Sha256([0; 32]),
            channel: 0,
            speaker: speaker.to_owned(),
        };
        let best = best.map(|(speaker, findable)| RankedBest {
            entry: entry(speaker),
            score: 0.5,
            log10_lr: 1.0,
            findable,
        });
        RankRow {
            entry: entry(speaker),
            best,
            outcome: None,
        }
    }

    #[test]
    fn only_voices_that_can_be_right_count() {
        let rows = [
            row("a", Some(("a", true))),
            row("b", Some(("a", true))),
            row("c", Some(("a", false))),
            row("d", None),
        ];
        assert_eq!(
            RankSummary::of(&rows),
            RankSummary {
                right: 1,
                findable: 2,
                without: 2
            }
        );
    }
}
