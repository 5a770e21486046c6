//! A calibration judged on speakers that it was not trained on.

use std::collections::{BTreeMap, BTreeSet};

use super::LeftOut;
use super::lines::{Fit, Lines};
use super::sets::TravellingLine;
use super::weights::{Effective, Weighed, weigh};
use crate::evaluation::trials::{Costs, Figures, ScoredTrial, Trial, weighted_figures};
use crate::scoring::CONDITIONS;

/// Trials of each condition, in the order of [`CONDITIONS`].
type ByCondition<T> = Vec<Vec<T>>;

/// Trials of one kind.
pub(super) fn count(weighed: &[Weighed], targets: bool) -> usize {
    let of_kind = |each: &&Weighed| each.trial.is_target() == targets;
    weighed.iter().filter(of_kind).count()
}

/// Whether there are trials of both kinds.
fn is_sound(weighed: &[Weighed]) -> bool {
    count(weighed, true) > 0 && count(weighed, false) > 0
}

/// Trials whose speakers are both in one half; every second speaker of a set is in the second.
pub(super) fn halves(by_condition: &ByCondition<&ScoredTrial>) -> [ByCondition<Weighed>; 2] {
    let mut speakers: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for each in by_condition.iter().flatten() {
        speakers
            .entry(each.set)
            .or_default()
            .extend(each.trial.speakers);
    }
    let second: BTreeSet<(u32, u32)> = speakers
        .iter()
        .flat_map(|(set, speakers)| {
            let every_second = speakers.iter().skip(1).step_by(2);
            every_second.map(|speaker| (*set, *speaker))
        })
        .collect();
    [false, true].map(|wanted| {
        weigh_where(by_condition, |each| {
            let mut speakers = each.trial.speakers.iter();
            speakers.all(|speaker| second.contains(&(each.set, *speaker)) == wanted)
        })
    })
}

/// Cllr, least Cllr and EER of a condition on speakers held out, each the mean over the two halves.
/// Labels and bounds are those of all speakers, since the calibration in question has them.
pub(super) fn hold_out(
    [first, second]: &[ByCondition<Weighed>; 2],
    index: usize,
    fit: &Fit,
) -> Option<[f64; 3]> {
    let judged = [
        judge(first, second, index, fit.lines, (&fit.labels, fit.bounds))?,
        judge(second, first, index, fit.lines, (&fit.labels, fit.bounds))?,
    ];
    let mean = |of: fn(&Figures) -> f64| judged.iter().map(of).sum::<f64>() / 2.0;
    Some([
        mean(|figures| figures.cllr),
        mean(|figures| figures.min_cllr),
        mean(|figures| figures.eer),
    ])
}

/// Each set judged by what the other sets alone give.
pub(super) fn leave_sets_out(
    by_condition: &ByCondition<&ScoredTrial>,
    lines: Lines,
    index: usize,
) -> Vec<LeftOut> {
    let Some((condition, trials)) = CONDITIONS.get(index).zip(by_condition.get(index)) else {
        return Vec::new();
    };
    let sets: BTreeSet<u32> = trials.iter().map(|each| each.set).collect();
    sets.into_iter()
        .filter_map(|set| {
            let part = |inside: bool| weigh_where(by_condition, |each| (each.set == set) == inside);
            let others = part(false);
            // Without trials of this condition the others give it no bounds.
            if !is_sound(others.get(index)?) {
                return None;
            }
            let labels = Effective::of(&lines.basis(&others, index));
            let bounds = Effective::of(others.get(index)?).bounds();
            let figures = judge(&others, &part(true), index, lines, (&labels, bounds))?;
            Some(LeftOut {
                set,
                condition,
                figures,
            })
        })
        .collect()
}

fn weigh_where(
    by_condition: &ByCondition<&ScoredTrial>,
    keep: impl Fn(&ScoredTrial) -> bool,
) -> ByCondition<Weighed> {
    let kept = by_condition.iter().map(|trials| {
        let kept = trials.iter().filter(|each| keep(each));
        weigh(&kept.copied().collect::<Vec<_>>())
    });
    kept.collect()
}

/// Figures of a condition's trials under a calibration that others trained; none where either lacks
/// a kind.
fn judge(
    training: &ByCondition<Weighed>,
    held_out: &ByCondition<Weighed>,
    index: usize,
    lines: Lines,
    (labels, [low, high]): (&Effective, [f64; 2]),
) -> Option<Figures> {
    let (basis, held_out) = (lines.basis(training, index), held_out.get(index)?);
    if !is_sound(&basis) || !is_sound(held_out) {
        return None;
    }
    let line = TravellingLine::fit(&basis, labels).line;
    let judged = held_out.iter().map(|each| {
        let llr = (line.slope * each.trial.llr + line.intercept).clamp(low, high);
        (Trial { llr, ..each.trial }, each.weight)
    });
    weighted_figures(judged.collect(), Costs::default())
}
