//! One pair of bandwidths: its line, its bounds and its false match rates.

use super::super::error::ScoringError;
use super::super::file::ConditionFile;
use super::super::survival::Survival;
use crate::domain::{Llr, Score, ScoreHistogram};

/// What a calibration knows of one pair of bandwidths.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub(super) pair: &'static str,
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) llr_min: f64,
    pub(super) llr_max: f64,
    pub(super) cllr: f64,
    survival: Survival,
    /// Slope and intercept of speakers drawn anew.
    fits: Vec<[f64; 2]>,
    pub(super) scores: Option<ScoreHistogram>,
}

/// What is cut off at each end of the draws for an interval of 95 %.
const TAIL: f64 = 0.025;

/// Most draws that are read: each is looked at for every ratio.
const MAX_FITS: usize = 1000;

impl Condition {
    pub(super) fn new(pair: &'static str, file: &ConditionFile) -> Result<Self, ScoringError> {
        let checks = [
            ("slope", file.slope, file.slope > 0.0, "a number above 0"),
            ("intercept", file.intercept, true, "a number"),
            (
                "llr_min",
                file.llr_min,
                file.llr_min < 0.0,
                "a number below 0",
            ),
            (
                "llr_max",
                file.llr_max,
                file.llr_max > 0.0,
                "a number above 0",
            ),
            ("cllr", file.cllr, file.cllr >= 0.0, "a number of bits"),
            (
                "min_cllr",
                file.min_cllr,
                file.min_cllr >= 0.0,
                "a number of bits",
            ),
            (
                "eer",
                file.eer,
                (0.0..=1.0).contains(&file.eer),
                "a fraction",
            ),
        ];
        for (field, found, sound, expected) in checks {
            if !found.is_finite() || !sound {
                return Err(ScoringError::Value {
                    condition: pair.to_owned(),
                    field,
                    found,
                    expected,
                });
            }
        }
        let survival = Survival::new(&file.survival).ok_or(ScoringError::Value {
            condition: pair.to_owned(),
            field: "survival",
            found: file.survival.len() as f64,
            expected: "two or more points, ascending in score and descending in rate",
        })?;
        Ok(Self {
            pair,
            slope: file.slope,
            intercept: file.intercept,
            llr_min: file.llr_min,
            llr_max: file.llr_max,
            cllr: file.cllr,
            survival,
            fits: sound_fits(pair, &file.fits)?,
            scores: sound_scores(pair, file.scores.as_ref())?,
        })
    }

    pub(super) fn llr(&self, score: Score) -> Llr {
        self.llr_by([self.slope, self.intercept], score)
    }

    fn llr_by(&self, [slope, intercept]: [f64; 2], score: Score) -> Llr {
        let llr = slope * f64::from(score.0) + intercept;
        Llr(llr.clamp(self.llr_min, self.llr_max))
    }

    /// Ends of the interval that holds 95 % of the draws.
    ///
    /// # Source
    /// Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentile
    /// interval).
    pub(super) fn interval(&self, score: Score) -> Option<[Llr; 2]> {
        let mut llrs: Vec<f64> = self
            .fits
            .iter()
            .map(|fit| self.llr_by(*fit, score).0)
            .collect();
        llrs.sort_by(f64::total_cmp);
        let last = llrs.len().checked_sub(1)?;
        let at = |share: f64| llrs.get((share * last as f64).round() as usize).copied();
        Some([Llr(at(TAIL)?), Llr(at(1.0 - TAIL)?)])
    }

    /// Share of voices of other people that reach `llr` here.
    pub(super) fn false_rate(&self, llr: Llr) -> f64 {
        if llr.0 <= self.llr_min {
            // Whatever lies at the lower bound is told apart from nothing.
            return 1.0;
        }
        self.survival.fmr(self.score_of(llr))
    }

    /// Whether the false match rate at `llr` was measured.
    pub(super) fn is_measured(&self, llr: Llr) -> bool {
        llr.0 <= self.llr_min || self.survival.reaches(self.score_of(llr))
    }

    fn score_of(&self, llr: Llr) -> f64 {
        (llr.0.min(self.llr_max) - self.intercept) / self.slope
    }
}

fn sound_fits(pair: &str, fits: &[[f64; 2]]) -> Result<Vec<[f64; 2]>, ScoringError> {
    let sound = |[slope, intercept]: &[f64; 2]| *slope > 0.0 && (slope + intercept).is_finite();
    if fits.len() > MAX_FITS {
        return Err(ScoringError::Value {
            condition: pair.to_owned(),
            field: "fits",
            found: fits.len() as f64,
            expected: "at most 1000",
        });
    }
    match fits.iter().find(|fit| !sound(fit)) {
        None => Ok(fits.to_vec()),
        Some([slope, _]) => Err(ScoringError::Value {
            condition: pair.to_owned(),
            field: "fits",
            found: *slope,
            expected: "slopes above 0 with intercepts",
        }),
    }
}

fn sound_scores(
    pair: &str,
    scores: Option<&ScoreHistogram>,
) -> Result<Option<ScoreHistogram>, ScoringError> {
    let Some(scores) = scores else {
        return Ok(None);
    };
    let [low, high] = scores.range;
    let bins = scores.targets.len();
    let shares = scores.targets.iter().chain(&scores.non_targets);
    let sound = bins > 0
        && bins == scores.non_targets.len()
        && (high - low).is_finite()
        && low < high
        && shares.clone().all(|share| (0.0..=1.0).contains(share));
    if sound {
        return Ok(Some(scores.clone()));
    }
    Err(ScoringError::Value {
        condition: pair.to_owned(),
        field: "scores",
        found: bins as f64,
        expected: "as many shares from 0 to 1 for both kinds, over an ascending range",
    })
}
