//! Why there is no ratio.

use thiserror::Error;

use super::file::ScoreOrigin;

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
    /// A calibration never applies to scores of another origin.
    #[error("calibration {name} is for scores of {expected}, found scores of {found}")]
    OtherOrigin {
        /// Calibration.
        name: String,
        /// What makes the scores that it is for.
        expected: Box<ScoreOrigin>,
        /// What makes the scores here.
        found: Box<ScoreOrigin>,
    },
    /// A score that is no number, which no embedding gives.
    #[error("score is {found}, expected a number from -1 to 1")]
    Score {
        /// The score.
        found: f32,
    },
}
