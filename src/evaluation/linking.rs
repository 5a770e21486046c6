//! How right links and groups are, where it is known who speaks.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::Bandwidth;
use crate::scoring::{CONDITIONS, condition_of};

/// How many of the best links are looked at for false ones.
const DEPTHS: [usize; 9] = [1, 10, 20, 50, 100, 200, 500, 1_000, 10_000];

/// A voice whose speaker is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledVoice {
    /// Code of the speaker.
    pub speaker: String,
    /// Group that it was put in, by number; none where it stands alone.
    pub group: Option<usize>,
    /// Measured band.
    pub bandwidth: Bandwidth,
}

/// A link between two such voices, by their places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelledLink {
    /// One side.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// Its ratio.
    pub llr: f64,
}

/// Shares of pairs that are right. Rates are fractions from 0 to 1; none where there is no such pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PairFigures {
    /// Pairs of one speaker.
    pub of_one_speaker: u64,
    /// Pairs that were put together.
    pub together: u64,
    /// Pairs of one speaker that were.
    pub right: u64,
    /// Of those put together, how many are of one speaker.
    pub precision: Option<f64>,
    /// Of those of one speaker, how many were put together.
    pub recall: Option<f64>,
}

impl PairFigures {
    fn of(of_one_speaker: u64, together: u64, right: u64) -> Self {
        let share = |of: u64| (of > 0).then(|| right as f64 / of as f64);
        Self {
            of_one_speaker,
            together,
            right,
            precision: share(together),
            recall: share(of_one_speaker),
        }
    }
}

/// B-cubed figures over voices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BCubed {
    /// Voices.
    pub voices: usize,
    /// Mean share of a voice's group that is of its speaker.
    pub precision: f64,
    /// Mean share of a voice's speaker that is in its group.
    pub recall: f64,
    /// Their harmonic mean.
    pub f: f64,
}

/// False ones among the best links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FalseLinks {
    /// How many of the best.
    pub of_best: usize,
    /// How many of them are of two speakers.
    pub false_links: usize,
}

/// Figures under one condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConditionFigures {
    /// Pair of bandwidths for pairs and links, or one bandwidth for voices.
    pub condition: &'static str,
    /// Links: pairs together are those with a link.
    pub links: Option<PairFigures>,
    /// Pairs in one group.
    pub pairs: Option<PairFigures>,
    /// Over the voices of a bandwidth, whatever the others' is.
    pub b_cubed: Option<BCubed>,
}

/// How right links and groups are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkingFigures {
    /// Voices whose speaker is known.
    pub voices: usize,
    /// Speakers.
    pub speakers: usize,
    /// Links: pairs together are those with a link.
    pub links: PairFigures,
    /// Pairs in one group.
    pub pairs: PairFigures,
    /// Over all voices.
    pub b_cubed: Option<BCubed>,
    /// False ones among the best links.
    pub false_links: Vec<FalseLinks>,
    /// By condition.
    pub by_condition: Vec<ConditionFigures>,
}

/// Figures of links and groups.
///
/// # Source
/// B-cubed: Bagga and Baldwin, "Algorithms for scoring coreference chains", LREC workshop 1998,
/// section 3, with equal weights; F is the harmonic mean of the means.
pub fn linking_figures(voices: &[LabelledVoice], links: &[LabelledLink]) -> LinkingFigures {
    let speakers: BTreeSet<&str> = voices.iter().map(|voice| voice.speaker.as_str()).collect();
    let all = |_: &'static str| true;
    LinkingFigures {
        voices: voices.len(),
        speakers: speakers.len(),
        links: link_figures(voices, links, all),
        pairs: group_figures(voices, all),
        b_cubed: b_cubed(voices, |_| true),
        false_links: false_links(voices, links),
        by_condition: by_condition(voices, links),
    }
}

fn by_condition(voices: &[LabelledVoice], links: &[LabelledLink]) -> Vec<ConditionFigures> {
    let of_pairs = CONDITIONS.into_iter().map(|condition| ConditionFigures {
        condition,
        links: Some(link_figures(voices, links, |found| found == condition)),
        pairs: Some(group_figures(voices, |found| found == condition)),
        b_cubed: None,
    });
    let bands = [Bandwidth::Narrowband, Bandwidth::Wideband];
    let of_voices = bands.into_iter().map(|band| ConditionFigures {
        condition: band.as_str(),
        links: None,
        pairs: None,
        b_cubed: b_cubed(voices, |voice| voice.bandwidth == band),
    });
    of_pairs.chain(of_voices).collect()
}

fn is_true(voices: &[LabelledVoice], link: &LabelledLink) -> bool {
    let speaker = |place: usize| voices.get(place).map(|voice| &voice.speaker);
    speaker(link.left) == speaker(link.right)
}

fn link_figures(
    voices: &[LabelledVoice],
    links: &[LabelledLink],
    counts: impl Fn(&'static str) -> bool,
) -> PairFigures {
    let of_condition = |link: &&LabelledLink| {
        let ends = voices.get(link.left).zip(voices.get(link.right));
        ends.is_some_and(|(one, other)| counts(condition_of(one.bandwidth, other.bandwidth)))
    };
    let links: Vec<&LabelledLink> = links.iter().filter(of_condition).collect();
    let right = links.iter().filter(|link| is_true(voices, link)).count();
    let by_speaker = cells(voices, |voice| Some(voice.speaker.clone()));
    PairFigures::of(
        pairs(&by_speaker, &counts),
        links.len() as u64,
        right as u64,
    )
}

fn group_figures(voices: &[LabelledVoice], counts: impl Fn(&'static str) -> bool) -> PairFigures {
    let by_speaker = cells(voices, |voice| Some(voice.speaker.clone()));
    let by_group = cells(voices, |voice| voice.group);
    let by_both = cells(voices, |voice| Some((voice.group?, voice.speaker.clone())));
    PairFigures::of(
        pairs(&by_speaker, &counts),
        pairs(&by_group, &counts),
        pairs(&by_both, &counts),
    )
}

/// Number of narrowband and wideband voices by a key.
fn cells<K: Ord>(
    voices: &[LabelledVoice],
    key: impl Fn(&LabelledVoice) -> Option<K>,
) -> BTreeMap<K, [u64; 2]> {
    let mut cells: BTreeMap<K, [u64; 2]> = BTreeMap::new();
    for voice in voices {
        if let Some(key) = key(voice) {
            let [narrowband, wideband] = cells.entry(key).or_default();
            match voice.bandwidth {
                Bandwidth::Narrowband => *narrowband += 1,
                Bandwidth::Wideband => *wideband += 1,
            }
        }
    }
    cells
}

/// Pairs within cells, of the conditions that count.
fn pairs<K>(cells: &BTreeMap<K, [u64; 2]>, counts: &impl Fn(&'static str) -> bool) -> u64 {
    let among = |count: u64| count * count.saturating_sub(1) / 2;
    let of = |one, other, number: u64| {
        if counts(condition_of(one, other)) {
            number
        } else {
            0
        }
    };
    let (narrow, wide) = (Bandwidth::Narrowband, Bandwidth::Wideband);
    cells
        .values()
        .map(|[narrowband, wideband]| {
            of(narrow, narrow, among(*narrowband))
                + of(wide, wide, among(*wideband))
                + of(narrow, wide, narrowband * wideband)
        })
        .sum()
}

/// None without voices.
fn b_cubed(voices: &[LabelledVoice], counts: impl Fn(&LabelledVoice) -> bool) -> Option<BCubed> {
    let mut of_speaker: BTreeMap<&str, usize> = BTreeMap::new();
    let mut of_group: BTreeMap<usize, usize> = BTreeMap::new();
    let mut of_both: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for voice in voices {
        *of_speaker.entry(&voice.speaker).or_default() += 1;
        if let Some(group) = voice.group {
            *of_group.entry(group).or_default() += 1;
            *of_both.entry((group, &voice.speaker)).or_default() += 1;
        }
    }
    let mut count = 0;
    let (mut precision, mut recall) = (0.0, 0.0);
    for voice in voices.iter().filter(|voice| counts(voice)) {
        let speaker = of_speaker.get(voice.speaker.as_str()).copied().unwrap_or(1);
        let (group, both) = match voice.group {
            // A voice that stands alone is a group of itself.
            None => (1, 1),
            Some(group) => (
                of_group.get(&group).copied().unwrap_or(1),
                of_both
                    .get(&(group, voice.speaker.as_str()))
                    .copied()
                    .unwrap_or(1),
            ),
        };
        count += 1;
        precision += both as f64 / group as f64;
        recall += both as f64 / speaker as f64;
    }
    if count == 0 {
        return None;
    }
    let [precision, recall] = [precision, recall].map(|sum| sum / f64::from(count));
    Some(BCubed {
        voices: count as usize,
        precision,
        recall,
        f: 2.0 * precision * recall / (precision + recall),
    })
}

fn false_links(voices: &[LabelledVoice], links: &[LabelledLink]) -> Vec<FalseLinks> {
    let mut best: Vec<&LabelledLink> = links.iter().collect();
    best.sort_by(|left, right| {
        right
            .llr
            .total_cmp(&left.llr)
            .then((left.left, left.right).cmp(&(right.left, right.right)))
    });
    let depths = DEPTHS.into_iter().filter(|depth| *depth < best.len());
    let depths = depths.chain((!best.is_empty()).then_some(best.len()));
    depths
        .map(|of_best| FalseLinks {
            of_best,
            false_links: best
                .iter()
                .take(of_best)
                .filter(|link| !is_true(voices, link))
                .count(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
