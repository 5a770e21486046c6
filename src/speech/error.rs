//! Why speech was not found.

use thiserror::Error;

use crate::domain::ModelId;
use crate::runtime::RuntimeError;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, Error)]
pub enum VadError {
    /// Correct the settings.
    #[error("voice activity settings: {0}")]
    Config(String),
    /// Ask for another model.
    #[error("model {model} cannot tell voice activity: {reason}")]
    Unsuitable {
        /// The model.
        model: ModelId,
        /// What its manifest says, and what was expected.
        reason: &'static str,
    },
    /// The samples are no audio.
    #[error("sample {index} is {found}, expected a finite number")]
    Sample {
        /// Samples from the start of the channel.
        index: u64,
        /// What stands there.
        found: f32,
    },
    /// The network could not be run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}
