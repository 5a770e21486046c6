//! Trains a calibration on scored trials, and judges it on speakers that it was not trained on.

mod histogram;
mod judging;
mod lines;
mod logistic;
mod redraw;
mod scatter;
mod sets;
mod validity;
mod weights;

use std::collections::BTreeSet;

use thiserror::Error;

use super::trials::{Figures, ScoredTrial};
use crate::scoring::{CONDITIONS, CalibrationFile, ConditionFile, ScatterFile, ScoreOrigin};
use histogram::histogram;
use judging::{count, halves, hold_out, leave_sets_out};
use lines::{Fit, Lines};
use redraw::strays;
use validity::validity_of;
use weights::{Effective, Weighed, weigh};

/// Fewest speakers with trials of both kinds that a condition is trained on. Half of them judge what
/// the other half trains; with ten on a side no ratio above about ten is supported.
pub const MIN_TRAINING_SPEAKERS: usize = 20;
/// Points of the table of false match rates.
const SURVIVAL_POINTS: usize = 32;
/// Largest rate of that table, and the least that is read from any number of trials.
const SURVIVAL_RATES: [f64; 2] = [0.95, 1e-5];
/// Trials that must lie above a score for its rate to be read.
const SURVIVAL_TRIALS: f64 = 20.0;

/// Why trials give no calibration.
#[derive(Debug, Error, PartialEq)]
pub enum TrainingError {
    /// There is too little of something in a condition.
    #[error(
        "{condition} has {found} {what}, expected at least {minimum}; `voxtrace simulate` makes \
         recordings of other conditions"
    )]
    TooFew {
        /// Condition.
        condition: &'static str,
        /// What there is too little of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        minimum: usize,
    },
    /// A condition that no calibration has.
    #[error("trial {row} is of the condition {found}, expected one of {CONDITIONS:?}")]
    Condition {
        /// Trial, counted from 1.
        row: usize,
        /// Its condition.
        found: String,
    },
    /// A score is no number.
    #[error("trial {row} has the score {found}, expected a finite number")]
    Score {
        /// Trial, counted from 1.
        row: usize,
        /// The score.
        found: f64,
    },
    /// Likeness does not grow with the score.
    #[error(
        "{condition}: the slope is {found}, expected above 0: do the labels fit the recordings?"
    )]
    Slope {
        /// Condition.
        condition: &'static str,
        /// The slope.
        found: f64,
    },
}

/// What a calibration says of itself beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Naming {
    /// Name, which every answer carries.
    pub name: String,
    /// What it was trained on, in words.
    pub data: String,
    /// Languages spoken there.
    pub languages: Vec<String>,
    /// What makes the scores that the trials have.
    pub origin: ScoreOrigin,
}

/// One set judged by what the other sets alone give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeftOut {
    /// The set, by number.
    pub set: u32,
    /// Condition.
    pub condition: &'static str,
    /// What came of it.
    pub figures: Figures,
}

/// A calibration with how it travels.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The calibration.
    pub file: CalibrationFile,
    /// Each set left out, where there are several.
    pub left_out: Vec<LeftOut>,
}

/// Trains `LLR = slope * score + intercept` for each condition.
///
/// Scores whose channels are compensated mean nearly the same in every condition, so one line is trained on
/// all of them, each condition weighing the same; of plain cosines each condition gets its own.
///
/// Each set weighs the same among targets and among non-targets, and all targets weigh as much as
/// all non-targets, so the regression gives a ratio without a prior. The labels are drawn towards
/// each other by what the number of speakers supports, so scores that separate perfectly still give
/// a finite slope. Where sets lie apart the slope is lessened by what that leaves unknown of a case
/// that is of none of them. The same is done for speakers and sets drawn anew, and how far the score
/// of one pair of people strays is measured; both give each LLR its interval. The Cllr in the file is
/// that of speakers held out: the speakers of each set are divided in two, each half is judged by the
/// calibration of the other.
///
/// # Errors
/// A score or condition makes no sense, there are too few speakers in a condition, or likeness
/// falls with the score.
///
/// # Source
/// Brümmer and du Preez, "Application-independent evaluation of speaker detection", 2006, section 6;
/// labels: Platt, "Probabilistic outputs for support vector machines", 1999, section 2.2.
pub fn train(trials: &[ScoredTrial], naming: Naming) -> Result<Trained, TrainingError> {
    let by_condition = sort(trials)?;
    let lines = Lines::of(&naming.origin);
    let weighed: Vec<Vec<Weighed>> = by_condition.iter().map(|each| weigh(each)).collect();
    for ((condition, trials), weighed) in CONDITIONS.into_iter().zip(&by_condition).zip(&weighed) {
        check_counts(condition, trials, weighed)?;
    }
    let fitted = lines.fit(&weighed, &by_condition)?;
    let halves = halves(&by_condition);
    let mut conditions = Vec::new();
    let mut left_out = Vec::new();
    for (index, condition) in CONDITIONS.into_iter().enumerate() {
        let Some((weighed, fit)) = weighed.get(index).zip(fitted.get(index)) else {
            continue;
        };
        let figures = hold_out(&halves, index, fit).ok_or(TrainingError::TooFew {
            condition,
            what: "halves of the speakers with trials of both kinds",
            found: 0,
            minimum: 2,
        })?;
        conditions.push(condition_file(condition, weighed, fit, figures));
        left_out.extend(leave_sets_out(&by_condition, lines, index));
    }
    let speech = trials.iter().flat_map(|trial| trial.sides);
    let speech: Vec<u64> = speech.map(|side| side.net_speech.as_millis()).collect();
    let speakers: BTreeSet<u32> = trials.iter().flat_map(|each| each.trial.speakers).collect();
    let end = |found: Option<&u64>| found.copied().unwrap_or(0);
    let file = CalibrationFile {
        name: naming.name,
        data: naming.data,
        model: naming.origin.model,
        model_sha256: naming.origin.model_sha256,
        compensation_sha256: naming.origin.compensation_sha256,
        speakers: u32::try_from(speakers.len()).unwrap_or(u32::MAX),
        languages: naming.languages,
        net_speech_ms: [end(speech.iter().min()), end(speech.iter().max())],
        validity: validity_of(trials),
        conditions,
    };
    Ok(Trained { file, left_out })
}

/// The trials of each condition.
fn sort(trials: &[ScoredTrial]) -> Result<Vec<Vec<&ScoredTrial>>, TrainingError> {
    let mut sorted = vec![Vec::new(); CONDITIONS.len()];
    for (row, trial) in (1..).zip(trials) {
        if !trial.score.is_finite() {
            let found = trial.score;
            return Err(TrainingError::Score { row, found });
        }
        let mut matching = CONDITIONS
            .iter()
            .zip(&mut sorted)
            .filter(|(name, _)| **name == trial.condition);
        match matching.next() {
            Some((_, trials)) => trials.push(trial),
            None => {
                let found = trial.condition.clone();
                return Err(TrainingError::Condition { row, found });
            }
        }
    }
    Ok(sorted)
}

fn check_counts(
    condition: &'static str,
    trials: &[&ScoredTrial],
    weighed: &[Weighed],
) -> Result<(), TrainingError> {
    let targets = trials.iter().filter(|each| each.trial.is_target()).count();
    let counts = [
        ("trials of one speaker", targets, 1),
        ("trials of two speakers", trials.len() - targets, 1),
        ("trials in sets that have both kinds", weighed.len(), 2),
        (
            "speakers with trials of one speaker",
            Effective::of(weighed).target_speakers,
            MIN_TRAINING_SPEAKERS,
        ),
    ];
    for (what, found, minimum) in counts {
        if found < minimum {
            return Err(TrainingError::TooFew {
                condition,
                what,
                found,
                minimum,
            });
        }
    }
    Ok(())
}

fn condition_file(
    condition: &'static str,
    weighed: &[Weighed],
    fit: &Fit,
    [cllr, min_cllr, eer]: [f64; 3],
) -> ConditionFile {
    let [llr_min, llr_max] = fit.bounds;
    ConditionFile {
        pair: condition.to_owned(),
        slope: fit.line.slope,
        intercept: fit.line.intercept,
        llr_min,
        llr_max,
        cllr,
        min_cllr,
        eer,
        targets: count(weighed, true) as u64,
        non_targets: count(weighed, false) as u64,
        survival: survival(weighed),
        fits: fit
            .redrawn
            .iter()
            .map(|line| [line.slope, line.intercept])
            .collect(),
        scatter: fit.scatter.map(|scatter| ScatterFile {
            variance: scatter.fixed,
            variance_by_speech: scatter.by_speech,
            strays: strays(fit.redrawn.len()),
        }),
        scores: Some(histogram(weighed)),
    }
}

/// `[score, false match rate]` of the non-targets, ascending in score.
fn survival(weighed: &[Weighed]) -> Vec<[f64; 2]> {
    let mut others: Vec<(f64, f64)> = weighed
        .iter()
        .filter(|each| !each.trial.is_target())
        .map(|each| (each.trial.llr, each.weight))
        .collect();
    others.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut passed = 0.0;
    for (_, weight) in &mut others {
        passed += *weight;
        *weight = passed;
    }
    let [most, floor] = SURVIVAL_RATES;
    let least = (SURVIVAL_TRIALS / others.len() as f64).clamp(floor, most);
    let mut table: Vec<[f64; 2]> = Vec::new();
    for index in 0..SURVIVAL_POINTS {
        let share = index as f64 / (SURVIVAL_POINTS - 1) as f64;
        let wanted = most * (least / most).powf(share);
        let at = others.partition_point(|(_, rate)| *rate < wanted);
        let Some(&(score, rate)) = others.get(at).or(others.last()) else {
            continue;
        };
        let goes_on = table
            .last()
            .is_none_or(|last| score > last[0] && rate < last[1]);
        if goes_on {
            table.push([score, rate.min(1.0)]);
        }
    }
    table
}

#[cfg(test)]
mod tests;
