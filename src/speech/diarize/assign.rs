//! Turns to the speakers of the channel.

use std::collections::{BTreeMap, HashMap};

use super::cluster::{Item, Linkage, cluster, cosine, scale_to_unit};
use super::config::DiarizationConfig;
use super::timeline::FRAME_STEP_SAMPLES;
use super::turns::{Local, Turn};

/// Speech that a local speaker needs for its window to count as telling it from another, in frames:
/// 1.5 s.
const FIRM_FRAMES: usize = 88;

/// Who is heard in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    Nobody,
    One(u16),
    Several,
}

/// Who is heard in each frame of a channel; speakers are numbered from 0 in order of appearance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameSpeakers {
    pub(super) frames: Vec<Heard>,
    speakers: usize,
}

impl FrameSpeakers {
    /// How many speakers there are.
    pub fn speakers(&self) -> usize {
        self.speakers
    }

    #[cfg(test)]
    pub(super) fn of(frames: Vec<Heard>) -> Self {
        let number = |heard: &Heard| match heard {
            Heard::One(speaker) => usize::from(*speaker) + 1,
            Heard::Nobody | Heard::Several => 0,
        };
        let speakers = frames.iter().map(number).max().unwrap_or(0);
        Self { frames, speakers }
    }
}

/// The speakers of a channel from its turns and the stretches in which several are heard, both in
/// order. `merge_above` is the threshold for the channel's bandwidth.
pub fn assign(
    turns: &[Turn],
    overlaps: &[(usize, usize)],
    merge_above: f32,
    config: &DiarizationConfig,
) -> FrameSpeakers {
    let mut speakers = Speakers::new(turns, merge_above, config);
    speakers.fold(config);
    let end_of_turns = turns.iter().flat_map(|turn| &turn.runs).map(|run| run.end);
    let end = end_of_turns
        .chain(overlaps.iter().map(|(_, end)| *end))
        .max();
    let mut frames = vec![Heard::Nobody; end.unwrap_or(0)];
    let mut numbers: HashMap<usize, u16> = HashMap::new();
    for (turn, cluster) in turns.iter().zip(speakers.of_turns()) {
        let next = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
        let number = *numbers.entry(cluster).or_insert(next);
        for run in &turn.runs {
            fill(&mut frames, (run.start, run.end), Heard::One(number));
        }
    }
    for overlap in overlaps {
        fill(&mut frames, *overlap, Heard::Several);
    }
    FrameSpeakers {
        frames,
        speakers: numbers.len(),
    }
}

fn fill(frames: &mut [Heard], (start, end): (usize, usize), heard: Heard) {
    if let Some(range) = frames.get_mut(start..end) {
        range.fill(heard);
    }
}

/// Clusters of the turns that are long enough, each with its mean embedding.
struct Speakers<'t> {
    turns: &'t [Turn],
    /// Cluster of each turn that was clustered, by its place.
    clustered: BTreeMap<usize, usize>,
    centres: BTreeMap<usize, Vec<f32>>,
}

impl<'t> Speakers<'t> {
    fn new(turns: &'t [Turn], merge_above: f32, config: &DiarizationConfig) -> Self {
        let places = long_enough(turns, config);
        let firm = firm_locals(turns);
        let items: Vec<Item> = places
            .iter()
            .map(|place| item(&turns[*place], &firm))
            .collect();
        let linkage = Linkage {
            above: merge_above,
            margin: config.expected_margin,
            expected: config.expected_speakers as usize,
            told_apart_penalty: config.told_apart_penalty,
        };
        let labels = cluster(&items, linkage);
        let mut speakers = Self {
            turns,
            clustered: places.into_iter().zip(labels).collect(),
            centres: BTreeMap::new(),
        };
        speakers.find_centres();
        speakers
    }

    fn find_centres(&mut self) {
        self.centres.clear();
        for (place, cluster) in &self.clustered {
            let turn = &self.turns[*place];
            let Some(embedding) = &turn.embedding else {
                continue;
            };
            let sums = self.centres.entry(*cluster).or_default();
            sums.resize(embedding.len(), 0.0);
            let weight = turn.frames() as f32;
            let pairs = sums.iter_mut().zip(embedding);
            pairs.for_each(|(sum, value)| *sum += weight * value);
        }
        self.centres
            .values_mut()
            .for_each(|sums| scale_to_unit(sums));
    }

    /// The cluster of each turn: its own, or that of the nearest centre, or that of the turn before.
    fn of_turns(&self) -> Vec<usize> {
        let first = self.clustered.values().next().copied().unwrap_or(0);
        let mut before = first;
        let places = self.turns.iter().enumerate();
        places
            .map(|(place, turn)| {
                let own = self.clustered.get(&place).copied();
                let nearest = || self.nearest(turn.embedding.as_deref()?, |_| true);
                before = own.or_else(nearest).unwrap_or(before);
                before
            })
            .collect()
    }

    fn nearest(&self, embedding: &[f32], may: impl Fn(usize) -> bool) -> Option<usize> {
        let others = self.centres.iter().filter(|(cluster, _)| may(**cluster));
        let scored = others.map(|(cluster, centre)| (*cluster, cosine(embedding, centre)));
        let best = scored.fold(None, |best: Option<(usize, f32)>, next| match best {
            Some((_, most)) if most >= next.1 => best,
            _ => Some(next),
        });
        best.map(|(cluster, _)| cluster)
    }

    /// Folds phantoms into whom they resemble most: who has too little speech of the channel, and
    /// whoever is beyond the most speakers that a channel may have.
    fn fold(&mut self, config: &DiarizationConfig) {
        let least = u64::from(config.fold_below_ms) * 16 / FRAME_STEP_SAMPLES;
        while self.centres.len() > 1 {
            let mut speech: BTreeMap<usize, u64> = BTreeMap::new();
            for (turn, cluster) in self.turns.iter().zip(self.of_turns()) {
                *speech.entry(cluster).or_default() += turn.frames() as u64;
            }
            let all: u64 = speech.values().sum();
            let smallest = self
                .centres
                .keys()
                .map(|cluster| (speech.get(cluster).copied().unwrap_or(0), *cluster))
                .min();
            let Some((frames, phantom)) = smallest else {
                return;
            };
            let share = frames as f32 / all.max(1) as f32;
            let is_phantom = frames < least && share < config.fold_share;
            if !is_phantom && self.centres.len() <= config.max_speakers as usize {
                return;
            }
            let centre = self.centres.get(&phantom).cloned().unwrap_or_default();
            let Some(into) = self.nearest(&centre, |cluster| cluster != phantom) else {
                return;
            };
            for cluster in self.clustered.values_mut() {
                if *cluster == phantom {
                    *cluster = into;
                }
            }
            self.find_centres();
        }
    }
}

/// Places of the turns that take part in clustering: those with enough speech, or where there are
/// none, the longer ones of those that have an embedding.
fn long_enough(turns: &[Turn], config: &DiarizationConfig) -> Vec<usize> {
    let least = (u64::from(config.min_turn_speech_ms) * 16).div_ceil(FRAME_STEP_SAMPLES) as usize;
    let embedded = || {
        let places = turns.iter().enumerate();
        places.filter(|(_, turn)| turn.embedding.is_some())
    };
    let longest = embedded().map(|(_, turn)| turn.frames()).max().unwrap_or(0);
    let least = if longest < least {
        longest.div_ceil(2)
    } else {
        least
    };
    let enough = embedded().filter(|(_, turn)| turn.frames() >= least);
    enough.map(|(place, _)| place).collect()
}

/// Local speakers with enough speech in their window to be told from its others.
fn firm_locals(turns: &[Turn]) -> HashMap<Local, bool> {
    let mut frames: HashMap<Local, usize> = HashMap::new();
    for run in turns.iter().flat_map(|turn| &turn.runs) {
        *frames.entry(run.local).or_default() += run.end - run.start;
    }
    frames
        .into_iter()
        .map(|(local, frames)| (local, frames >= FIRM_FRAMES))
        .collect()
}

fn item(turn: &Turn, firm: &HashMap<Local, bool>) -> Item {
    let mut locals: Vec<Local> = turn.runs.iter().map(|run| run.local).collect();
    locals.sort_unstable();
    locals.dedup();
    let is_firm = |local: &Local| firm.get(local) == Some(&true);
    Item {
        embedding: turn.embedding.clone().unwrap_or_default(),
        weight: turn.frames() as f32,
        firm: locals.iter().copied().filter(is_firm).collect(),
        locals,
    }
}

#[cfg(test)]
mod tests;
