//! Calibrations of speakers drawn anew: what other speakers might have given.

use std::collections::BTreeMap;

use super::logistic::Line;
use super::sets::TravellingLine;
use super::weights::{Effective, Weighed};
use crate::evaluation::trials::Numbers;

/// How often speakers are drawn: the 2.5 % at each end are then five draws.
const DRAWS: usize = 200;

/// Any number does; a fixed one gives the same file for the same trials.
const SEED: u64 = 1;

/// Slope and intercept of each draw. As many speakers of each set are drawn as it has, with
/// replacement; a trial of one speaker counts as often as that speaker was drawn, one of two as often
/// as their pairs. Draws in which a set lacks one kind of trials are made again. Each draw is laid
/// where a further set's zero may lie: it strays by a normal number of the sets' spread.
///
/// # Source
/// As [`crate::evaluation::trials`]' intervals: Poh and Bengio, ICASSP 2007 (by user).
pub(super) fn redrawn_lines(weighed: &[Weighed], effective: &Effective) -> Vec<Line> {
    let mut numbers = Numbers::seeded(SEED);
    let speakers = speakers_by_set(weighed);
    let fits = (0..2 * DRAWS).filter_map(|_| {
        let times = draw(&speakers, &mut numbers);
        let deviations = numbers.normal();
        let fit = TravellingLine::fit(&reweighed(weighed, &times)?, effective);
        let line = fit.strayed(deviations);
        (line.slope > 0.0 && line.slope.is_finite()).then_some(line)
    });
    fits.take(DRAWS).collect()
}

/// Normal numbers of variance 1, one for each draw, by which a score strays in it.
pub(super) fn strays(draws: usize) -> Vec<f64> {
    let mut numbers = Numbers::seeded(SEED + 1);
    (0..draws).map(|_| numbers.normal()).collect()
}

fn speakers_by_set(weighed: &[Weighed]) -> BTreeMap<u32, Vec<u32>> {
    let mut by_set: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for each in weighed {
        by_set
            .entry(each.set)
            .or_default()
            .extend(each.trial.speakers);
    }
    for speakers in by_set.values_mut() {
        speakers.sort_unstable();
        speakers.dedup();
    }
    by_set
}

/// How often each speaker of each set was drawn.
fn draw(speakers: &BTreeMap<u32, Vec<u32>>, numbers: &mut Numbers) -> BTreeMap<(u32, u32), f64> {
    let mut times = BTreeMap::new();
    for (set, speakers) in speakers {
        for _ in speakers {
            if let Some(speaker) = speakers.get(numbers.below(speakers.len())) {
                *times.entry((*set, *speaker)).or_insert(0.0) += 1.0;
            }
        }
    }
    times
}

/// The trials of those who were drawn; each set and kind weighs what it weighed before. None where
/// one has nothing left.
fn reweighed(weighed: &[Weighed], times: &BTreeMap<(u32, u32), f64>) -> Option<Vec<Weighed>> {
    let times_of = |set: u32, speaker: u32| times.get(&(set, speaker)).copied().unwrap_or(0.0);
    let mut sums: BTreeMap<(u32, bool), [f64; 2]> = BTreeMap::new();
    let mut kept = Vec::with_capacity(weighed.len());
    for each in weighed {
        let [left, right] = each.trial.speakers;
        let count = if each.trial.is_target() {
            times_of(each.set, left)
        } else {
            times_of(each.set, left) * times_of(each.set, right)
        };
        let weight = each.weight * count;
        let [before, after] = sums.entry((each.set, each.trial.is_target())).or_default();
        *before += each.weight;
        *after += weight;
        if weight > 0.0 {
            kept.push(Weighed { weight, ..*each });
        }
    }
    if sums.values().any(|[_, after]| *after <= 0.0) {
        return None;
    }
    for each in &mut kept {
        if let Some([before, after]) = sums.get(&(each.set, each.trial.is_target())) {
            each.weight *= before / after;
        }
    }
    Some(kept)
}
