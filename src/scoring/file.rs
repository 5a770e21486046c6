//! A calibration as it stands in its file.

use serde::{Deserialize, Serialize};

use super::error::ScoringError;
use crate::domain::{ModelId, ScoreHistogram, Sha256};

/// A calibration's file, as `voxtrace calibrate` writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    /// Name, which every answer carries.
    pub name: String,
    /// What it was trained on, in words.
    pub data: String,
    /// Model whose scores it is for.
    pub model: ModelId,
    /// Hash of that model's file.
    pub model_sha256: Sha256,
    /// Hash of the numbers that compensate for channels; none where the scores are plain cosines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensation_sha256: Option<Sha256>,
    /// Speakers it was trained on.
    pub speakers: u32,
    /// Languages that they speak.
    pub languages: Vec<String>,
    /// Net speech of the training voices, shortest and longest, in milliseconds.
    pub net_speech_ms: [u64; 2],
    /// Where the data end; none in older files, whose ratios are never drawn toward 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<ValidityFile>,
    /// One a pair of bandwidths.
    pub conditions: Vec<ConditionFile>,
}

/// Where 99 % of the voices of the training trials lie, and how ratios are drawn toward 0 beyond.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidityFile {
    /// Net speech that 1 % have less of, in milliseconds.
    pub net_speech_ms: u64,
    /// SNR by WADA that 1 % lie below, in dB.
    pub wada_snr_db: f64,
    /// Fraction of clipped samples that 1 % lie above.
    pub clipping_ratio: f64,
    /// How fast ratios are drawn.
    pub draw: DrawFile,
}

/// Factors of the exponent by which a ratio is drawn toward 0, each 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawFile {
    /// For each natural logarithm that net speech falls short.
    pub net_speech: f64,
    /// For each 10 dB of SNR that are missing.
    pub wada_snr: f64,
    /// For each tenth of the samples that is clipped beyond.
    pub clipping: f64,
}

/// What makes scores: a calibration is for one origin, and for no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreOrigin {
    /// Embedding model.
    pub model: ModelId,
    /// Hash of its file.
    pub model_sha256: Sha256,
    /// Hash of the numbers that compensate for channels; none for plain cosines.
    pub compensation_sha256: Option<Sha256>,
}

impl ScoreOrigin {
    /// Digest of all of it.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.to_string().as_bytes())
    }
}

impl std::fmt::Display for ScoreOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "model {} ({}), ", self.model, self.model_sha256)?;
        match self.compensation_sha256 {
            Some(sha256) => write!(f, "channels compensated by {sha256}"),
            None => f.write_str("channels not compensated"),
        }
    }
}

impl CalibrationFile {
    /// What makes the scores that it is for.
    pub fn origin(&self) -> ScoreOrigin {
        ScoreOrigin {
            model: self.model.clone(),
            model_sha256: self.model_sha256,
            compensation_sha256: self.compensation_sha256,
        }
    }

    /// Reads the text of a file, whatever model it is for.
    ///
    /// # Errors
    /// `Malformed`: the text is not understood.
    pub fn parse(text: &str) -> Result<Self, ScoringError> {
        toml::from_str(text).map_err(|error| ScoringError::Malformed {
            reason: error.to_string(),
        })
    }
}

/// One pair of bandwidths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionFile {
    /// `narrowband_narrowband`, `narrowband_wideband` or `wideband_wideband`.
    pub pair: String,
    /// LLR = slope * score + intercept, natural logarithm, prior taken off.
    pub slope: f64,
    /// See `slope`.
    pub intercept: f64,
    /// Most negative LLR that the number of target speakers supports.
    pub llr_min: f64,
    /// Largest LLR that the number of pairs of speakers supports.
    pub llr_max: f64,
    /// Cllr in bits on held-out speakers.
    pub cllr: f64,
    /// The least Cllr that any monotone calibration gives there.
    pub min_cllr: f64,
    /// Equal error rate there, a fraction.
    pub eer: f64,
    /// Target trials it was trained on.
    pub targets: u64,
    /// Non-target trials it was trained on.
    pub non_targets: u64,
    /// `[score, false match rate]`, ascending in score.
    pub survival: Vec<[f64; 2]>,
    /// `[slope, intercept]` of speakers drawn anew; none in older files, whose LLRs have no interval.
    #[serde(default)]
    pub fits: Vec<[f64; 2]>,
    /// How far the score of one pair of people strays; none in older files, whose intervals are
    /// those of the line alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scatter: Option<ScatterFile>,
    /// Where the scores of the training trials lie; none in older files.
    #[serde(default)]
    pub scores: Option<ScoreHistogram>,
}

/// How far the score of one pair of people strays from one pair of recordings to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScatterFile {
    /// Variance however long both sides are, in squared scores.
    pub variance: f64,
    /// Variance times seconds of net speech of the side that has less.
    pub variance_by_speech: f64,
    /// By how many standard deviations the score strays in each of `fits`.
    pub strays: Vec<f64>,
}
