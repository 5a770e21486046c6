//! Scores to likelihood ratios.

mod operating_point;

use super::error::ScoringError;
use super::file::{CalibrationFile, ConditionFile, ScoreOrigin};
use super::survival::Survival;
use super::verbal::enfsi_scale;
use crate::domain::{
    Bandwidth, CalibrationFacts, Evidence, Llr, NetSpeech, Score, ScoreHistogram, Sha256,
    VerbalScale,
};

pub use operating_point::{GallerySize, strictest_reached};

/// What scoring needs to know of one side of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// Measured bandwidth.
    pub bandwidth: Bandwidth,
    /// Net speech.
    pub net_speech: NetSpeech,
}

/// A logistic calibration for each pair of bandwidths.
///
/// `LLR = slope * score + intercept`, bounded by what the number of trials supports: with `n` pairs
/// of different speakers a ratio above `n`, and with `m` target speakers one below `1 / m`, would
/// claim more than the data can show; both are counted as effective numbers by the training script.
///
/// # Source
/// Brümmer and du Preez, "Application-independent evaluation of speaker detection", 2006, section 6
/// (linear logistic calibration); the bounds follow the idea of Vergeer et al., "Numerical likelihood
/// ratios outputted by LR systems are often based on extrapolation", 2016.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    name: String,
    sha256: Sha256,
    compensation_sha256: Option<Sha256>,
    data: String,
    speakers: u32,
    net_speech: [NetSpeech; 2],
    narrowband: Condition,
    mixed: Condition,
    wideband: Condition,
    verbal: VerbalScale,
}

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    pair: &'static str,
    slope: f64,
    intercept: f64,
    llr_min: f64,
    llr_max: f64,
    cllr: f64,
    survival: Survival,
    /// Slope and intercept of speakers drawn anew.
    fits: Vec<[f64; 2]>,
    scores: Option<ScoreHistogram>,
}

/// What is cut off at each end of the draws for an interval of 95 %.
const TAIL: f64 = 0.025;

/// Most draws that are read: each is looked at for every ratio.
const MAX_FITS: usize = 1000;

const NARROWBAND: &str = "narrowband_narrowband";
const MIXED: &str = "narrowband_wideband";
const WIDEBAND: &str = "wideband_wideband";

/// Conditions of a calibration: the pairs of bandwidths.
pub const CONDITIONS: [&str; 3] = [NARROWBAND, MIXED, WIDEBAND];

/// The condition of a pair of voices, whichever is left.
pub fn condition_of(left: Bandwidth, right: Bandwidth) -> &'static str {
    match (left, right) {
        (Bandwidth::Narrowband, Bandwidth::Narrowband) => NARROWBAND,
        (Bandwidth::Wideband, Bandwidth::Wideband) => WIDEBAND,
        (Bandwidth::Narrowband, Bandwidth::Wideband)
        | (Bandwidth::Wideband, Bandwidth::Narrowband) => MIXED,
    }
}

impl Calibration {
    /// Reads a calibration for the scores in use from the text of its file.
    ///
    /// # Errors
    /// The text is not understood, a number makes no sense, or it is for scores of another origin.
    pub fn parse(text: &str, origin: &ScoreOrigin) -> Result<Self, ScoringError> {
        let file = CalibrationFile::parse(text)?;
        if file.origin() != *origin {
            return Err(ScoringError::OtherOrigin {
                expected: Box::new(file.origin()),
                found: Box::new(origin.clone()),
                name: file.name,
            });
        }
        Self::from_file(file, Sha256::of(text.as_bytes()))?.ok_or_else(|| ScoringError::Malformed {
            reason: format!("conditions are not {NARROWBAND}, {MIXED} and {WIDEBAND}, one of each"),
        })
    }

    /// None when a pair of bandwidths is missing or double.
    fn from_file(file: CalibrationFile, sha256: Sha256) -> Result<Option<Self>, ScoringError> {
        let condition = |pair: &'static str| -> Result<Option<Condition>, ScoringError> {
            let mut matching = file.conditions.iter().filter(|found| found.pair == pair);
            match (matching.next(), matching.next()) {
                (Some(found), None) => Condition::new(pair, found).map(Some),
                (None, _) | (Some(_), Some(_)) => Ok(None),
            }
        };
        let (narrowband, mixed, wideband) = (
            condition(NARROWBAND)?,
            condition(MIXED)?,
            condition(WIDEBAND)?,
        );
        let (Some(narrowband), Some(mixed), Some(wideband), 3) =
            (narrowband, mixed, wideband, file.conditions.len())
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: file.name,
            sha256,
            compensation_sha256: file.compensation_sha256,
            data: file.data,
            speakers: file.speakers,
            net_speech: file.net_speech_ms.map(NetSpeech::from_millis),
            narrowband,
            mixed,
            wideband,
            verbal: enfsi_scale(),
        }))
    }

    /// The same with the words of another verbal scale.
    #[must_use]
    pub fn speaking(self, verbal: VerbalScale) -> Self {
        Self { verbal, ..self }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Digest of its file.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// Where the scores of the trials behind a condition lie; none for an unknown condition, or a
    /// calibration that does not say.
    pub fn scores(&self, condition: &str) -> Option<&ScoreHistogram> {
        let conditions = [&self.narrowband, &self.mixed, &self.wideband];
        let mut matching = conditions.into_iter().filter(|each| each.pair == condition);
        matching.next()?.scores.as_ref()
    }

    /// What a score means for two sides. Symmetric in the sides, monotone in the score.
    ///
    /// # Errors
    /// The score is no number.
    pub fn evidence(
        &self,
        score: Score,
        left: Side,
        right: Side,
    ) -> Result<Evidence, ScoringError> {
        if !score.0.is_finite() {
            return Err(ScoringError::Score { found: score.0 });
        }
        let condition = self.condition(left.bandwidth, right.bandwidth);
        let llr = condition.llr(score);
        let verbal = self.verbal.code(llr);
        Ok(Evidence {
            score,
            llr,
            log10_lr: llr.log10(),
            log10_lr_interval: condition.interval(score).map(|ends| ends.map(Llr::log10)),
            verbal_words: self.verbal.words(&verbal),
            verbal,
            calibration: CalibrationFacts {
                name: self.name.clone(),
                data: self.data.clone(),
                condition: condition.pair.to_owned(),
                cllr: condition.cllr,
                speakers: self.speakers,
                compensation_sha256: self.compensation_sha256,
                outside: self.outside(left, right),
            },
        })
    }

    /// The LLR alone, where nobody reads the rest of the evidence; none for a score that is no
    /// number.
    pub fn llr(&self, score: Score, left: Bandwidth, right: Bandwidth) -> Option<Llr> {
        let condition = self.condition(left, right);
        score.0.is_finite().then(|| condition.llr(score))
    }

    /// The least and the largest LLR that it gives for a pair of bandwidths.
    pub fn bounds(&self, left: Bandwidth, right: Bandwidth) -> [Llr; 2] {
        let condition = self.condition(left, right);
        [condition.llr_min, condition.llr_max].map(Llr)
    }

    /// How many voices of other people are expected to reach `llr` in a gallery of so many
    /// narrowband and wideband voices. An LLR at its upper bound counts from the score where the
    /// bound is met, so the number errs towards more.
    pub fn expected_false(
        &self,
        llr: Llr,
        probe: Bandwidth,
        narrowband_voices: u64,
        wideband_voices: u64,
    ) -> f64 {
        let gallery = [
            (Bandwidth::Narrowband, narrowband_voices),
            (Bandwidth::Wideband, wideband_voices),
        ];
        gallery
            .into_iter()
            .map(|(bandwidth, voices)| {
                let condition = self.condition(probe, bandwidth);
                voices as f64 * condition.false_rate(llr)
            })
            .sum()
    }

    fn condition(&self, left: Bandwidth, right: Bandwidth) -> &Condition {
        match condition_of(left, right) {
            NARROWBAND => &self.narrowband,
            WIDEBAND => &self.wideband,
            _ => &self.mixed,
        }
    }

    fn outside(&self, left: Side, right: Side) -> Vec<String> {
        let [shortest, longest] = self.net_speech;
        let (less, more) = if left.net_speech <= right.net_speech {
            (left.net_speech, right.net_speech)
        } else {
            (right.net_speech, left.net_speech)
        };
        let mut notes = Vec::new();
        if less < shortest {
            notes.push(format!(
                "net speech {less} is shorter than the {shortest} that the calibration was made on"
            ));
        }
        if more > longest {
            notes.push(format!(
                "net speech {more} is longer than the {longest} that the calibration was made on"
            ));
        }
        notes
    }
}

impl Condition {
    fn new(pair: &'static str, file: &ConditionFile) -> Result<Self, ScoringError> {
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

    fn llr(&self, score: Score) -> Llr {
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
    fn interval(&self, score: Score) -> Option<[Llr; 2]> {
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
    fn false_rate(&self, llr: Llr) -> f64 {
        if llr.0 <= self.llr_min {
            // Whatever lies at the lower bound is told apart from nothing.
            return 1.0;
        }
        self.survival
            .fmr((llr.0.min(self.llr_max) - self.intercept) / self.slope)
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

#[cfg(test)]
mod tests;
