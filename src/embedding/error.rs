//! Why a voice has no embedding.

use thiserror::Error;

use crate::domain::{EmbeddingError, ModelId};
use crate::runtime::RuntimeError;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, Error)]
pub enum EmbedderError {
    /// Ask for another model.
    #[error("model {model} cannot embed: {reason}")]
    Unsuitable {
        /// The model.
        model: ModelId,
        /// What its manifest says, and what was expected.
        reason: &'static str,
    },
    /// Compute the features that the model's manifest asks for.
    #[error("features have {found} bins, expected {expected}")]
    Bins {
        /// Bins a frame of what came.
        found: usize,
        /// Bins that the model takes.
        expected: usize,
    },
    /// There is too little speech.
    #[error("features have {found} frames, expected at least {minimum}")]
    Frames {
        /// Frames that came.
        found: usize,
        /// The fewest that the network pools over.
        minimum: usize,
    },
    /// Restore the numbers that compensate for channels.
    #[error("channels of model {model}: {reason}")]
    Channels {
        /// The model.
        model: ModelId,
        /// What was found, and what was expected.
        reason: String,
    },
    /// The network's answer is no embedding.
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
    /// The network could not be run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}
