//! Why there is no ratio.

use thiserror::Error;

use crate::domain::{ModelId, Sha256};

/// Why there is no ratio.
#[derive(Debug, Error)]
pub enum ScoringError {
    /// The calibration's text is not understood.
    #[error("calibration is not understood: {reason}")]
    Malformed {
        /// What does not fit.
        reason: String,
    },
    /// A number makes no sense.
    #[error("{field} of {condition} is {found}, expected {expected}")]
    Value {
        /// Condition.
        condition: String,
        /// Field.
        field: &'static str,
        /// What it holds.
        found: f64,
        /// What it may hold.
        expected: &'static str,
    },
    /// A calibration never applies to another model's scores.
    #[error(
        "calibration {name} is for model {expected} ({expected_sha256}), the model is {found} \
         ({found_sha256})"
    )]
    OtherModel {
        /// Calibration.
        name: String,
        /// Its model.
        expected: ModelId,
        /// That model's hash.
        expected_sha256: Sha256,
        /// The model in use.
        found: ModelId,
        /// Its hash.
        found_sha256: Sha256,
    },
    /// A score that is no number, which no embedding gives.
    #[error("score is {found}, expected a number from -1 to 1")]
    Score {
        /// The score.
        found: f32,
    },
}
