//! Scores to likelihood ratios.

mod condition;
mod joint;
mod operating_point;

use condition::Condition;

use super::error::ScoringError;
use super::file::{CalibrationFile, ScoreOrigin};
use super::validity::{Side, Validity};
use super::verbal::enfsi_scale;
use crate::domain::{
    Bandwidth, CalibrationFacts, Evidence, Llr, NetSpeech, Score, ScoreHistogram, Sha256,
    VerbalScale,
};

pub use joint::SubjectCount;
pub use operating_point::{GallerySize, strictest_reached};

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
    validity: Option<Validity>,
    verbal: VerbalScale,
}

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
            validity: file.validity.map(Validity::new).transpose()?,
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

    /// The highest ratio that it gives under any condition: what its speakers support.
    pub fn highest_llr(&self) -> Llr {
        let conditions = [&self.narrowband, &self.mixed, &self.wideband];
        Llr(conditions
            .map(|each| each.llr_max)
            .into_iter()
            .fold(0.0, f64::max))
    }

    /// Where the scores of the trials behind a condition lie; none for an unknown condition, or a
    /// calibration that does not say.
    pub fn scores(&self, condition: &str) -> Option<&ScoreHistogram> {
        let conditions = [&self.narrowband, &self.mixed, &self.wideband];
        let mut matching = conditions.into_iter().filter(|each| each.pair == condition);
        matching.next()?.scores.as_ref()
    }

    /// What a score means for two sides. Symmetric in the sides, monotone in the score. Beyond the
    /// calibration's data the ratio is drawn toward 0.
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
        let weight = self.weight(left, right);
        let llr = Llr(weight * condition.llr(score).0);
        let shorter = left.net_speech.min(right.net_speech);
        let interval = condition.interval(score, shorter);
        let verbal = self.verbal.code(llr);
        Ok(Evidence {
            score,
            llr,
            log10_lr: llr.log10(),
            log10_lr_interval: interval.map(|ends| ends.map(|end| Llr(weight * end.0).log10())),
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
                weight: (weight < 1.0).then_some(weight),
                interval_holds_recordings: condition.knows_scatter(),
            },
        })
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

    /// Whether [`Calibration::expected_false`] rests on a false match rate beyond those measured.
    pub fn is_extrapolated(
        &self,
        llr: Llr,
        probe: Bandwidth,
        narrowband_voices: u64,
        wideband_voices: u64,
    ) -> bool {
        let gallery = [
            (Bandwidth::Narrowband, narrowband_voices),
            (Bandwidth::Wideband, wideband_voices),
        ];
        gallery
            .into_iter()
            .filter(|(_, voices)| *voices > 0)
            .any(|(bandwidth, _)| !self.condition(probe, bandwidth).is_measured(llr))
    }

    /// The largest LLR that a score can have against a voice of some bandwidth, whatever else is
    /// measured of it; never below 0.
    pub fn best_llr(&self, score: Score, probe: Side, other: Bandwidth) -> Llr {
        let usual = Side {
            bandwidth: other,
            net_speech: NetSpeech::from_millis(u64::MAX),
            wada_snr_db: None,
            clipping_ratio: None,
        };
        let llr = self.condition(probe.bandwidth, other).llr(score);
        Llr((self.weight(probe, usual) * llr.0).max(0.0))
    }

    fn condition(&self, left: Bandwidth, right: Bandwidth) -> &Condition {
        match condition_of(left, right) {
            NARROWBAND => &self.narrowband,
            WIDEBAND => &self.wideband,
            _ => &self.mixed,
        }
    }

    /// What the LLR of two sides is multiplied by, from 0 to 1.
    fn weight(&self, left: Side, right: Side) -> f64 {
        let validity = self.validity.as_ref();
        validity.map_or(1.0, |validity| validity.weight(left, right))
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
        for (name, side) in [("left", left), ("right", right)] {
            let beyond = self.validity.iter().flat_map(|each| each.notes(side));
            notes.extend(beyond.map(|note| format!("{name} side: {note}")));
        }
        notes
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) mod for_tests {
    pub(in crate::scoring) use super::tests::{calibration, side};
}
