//! A calibration as it stands in its file.

use serde::{Deserialize, Serialize};

use super::error::ScoringError;
use crate::domain::{ModelId, ScoreHistogram, Sha256};

/// A calibration's file, as `scripts/train_calibration.py` writes it.
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
    /// Speakers it was trained on.
    pub speakers: u32,
    /// Languages that they speak.
    pub languages: Vec<String>,
    /// Net speech of the training voices, shortest and longest, in milliseconds.
    pub net_speech_ms: [u64; 2],
    /// One a pair of bandwidths.
    pub conditions: Vec<ConditionFile>,
}

impl CalibrationFile {
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
    /// Where the scores of the training trials lie; none in older files.
    #[serde(default)]
    pub scores: Option<ScoreHistogram>,
}
