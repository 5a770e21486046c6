//! One pair of bandwidths: its line, its bounds and its false match rates.

use super::super::error::ScoringError;
use super::super::file::{ConditionFile, ScatterFile};
use super::super::survival::Survival;
use crate::domain::{Llr, NetSpeech, Score, ScoreHistogram};

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
    scatter: Option<ScatterFile>,
    pub(super) scores: Option<ScoreHistogram>,
}

/// What is cut off at each end of the draws for an interval of 95 %.
const TAIL: f64 = 0.025;

/// Most draws that are read: each is looked at for every ratio.
const MAX_FITS: usize = 1000;

/// Scores lie between -1 and 1, so no variance of theirs is larger.
const MAX_VARIANCE: f64 = 4.0;

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
            scatter: sound_scatter(pair, file)?,
            scores: sound_scores(pair, file.scores.as_ref())?,
        })
    }

    pub(super) fn llr(&self, score: Score) -> Llr {
        self.llr_by([self.slope, self.intercept], f64::from(score.0))
    }

    fn llr_by(&self, [slope, intercept]: [f64; 2], score: f64) -> Llr {
        let llr = slope * score + intercept;
        Llr(llr.clamp(self.llr_min, self.llr_max))
    }

    /// Ends of the interval that holds 95 % of the draws. In each the line is that of other speakers,
    /// and the score strays as it does between recordings of one pair of people; `speech` is the net
    /// speech of the side that has less.
    ///
    /// # Source
    /// Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentile
    /// interval); Morrison, "Measuring the validity and reliability of forensic likelihood-ratio
    /// systems", Science and Justice 51, 2011 (recordings of one pair of people).
    pub(super) fn interval(&self, score: Score, speech: NetSpeech) -> Option<[Llr; 2]> {
        let seconds = speech.as_millis().max(1) as f64 / 1000.0;
        let deviation = |scatter: &ScatterFile| {
            (scatter.variance + scatter.variance_by_speech / seconds).sqrt()
        };
        let deviation = self.scatter.as_ref().map_or(0.0, deviation);
        let strays = self.scatter.iter().flat_map(|scatter| &scatter.strays);
        let strays = strays.copied().chain(std::iter::repeat(0.0));
        let mut llrs: Vec<f64> = self
            .fits
            .iter()
            .zip(strays)
            .map(|(fit, stray)| self.llr_by(*fit, f64::from(score.0) + deviation * stray).0)
            .collect();
        llrs.sort_by(f64::total_cmp);
        let last = llrs.len().checked_sub(1)?;
        let at = |share: f64| llrs.get((share * last as f64).round() as usize).copied();
        Some([Llr(at(TAIL)?), Llr(at(1.0 - TAIL)?)])
    }

    /// Whether its intervals hold what other recordings of the same people would change.
    pub(super) fn knows_scatter(&self) -> bool {
        self.scatter.is_some()
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

fn sound_scatter(pair: &str, file: &ConditionFile) -> Result<Option<ScatterFile>, ScoringError> {
    let Some(scatter) = &file.scatter else {
        return Ok(None);
    };
    let refused = |field, found, expected| {
        Err(ScoringError::Value {
            condition: pair.to_owned(),
            field,
            found,
            expected,
        })
    };
    for (field, found) in [
        ("scatter.variance", scatter.variance),
        ("scatter.variance_by_speech", scatter.variance_by_speech),
    ] {
        if !(0.0..=MAX_VARIANCE).contains(&found) {
            return refused(field, found, "a variance of scores from 0 to 4");
        }
    }
    if scatter.strays.len() != file.fits.len() {
        let found = scatter.strays.len() as f64;
        return refused("scatter.strays", found, "as many numbers as fits");
    }
    match scatter.strays.iter().find(|stray| !stray.is_finite()) {
        Some(found) => refused("scatter.strays", *found, "numbers"),
        None => Ok(Some(scatter.clone())),
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
