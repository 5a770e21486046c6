//! Why a recording has no analysis.

use thiserror::Error;

use crate::audio::{DecodeError, ResampleError};
use crate::embedding::EmbedderError;
use crate::features::FeaturesError;
use crate::speech::VadError;

/// Why a recording has no analysis.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The bytes cannot be decoded, or cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The rate cannot be brought to the model's.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// The speech detector failed.
    #[error(transparent)]
    Speech(#[from] VadError),
    /// The features cannot be computed.
    #[error(transparent)]
    Features(#[from] FeaturesError),
    /// The embedding network failed.
    #[error(transparent)]
    Embedding(#[from] EmbedderError),
    /// The embedding network stopped in the middle; its own error says why.
    #[error("the embedding network stopped in the middle of the recording")]
    EmbeddingStopped,
    /// Decoding took too long: the file was made to be slow, or split it.
    #[error(
        "decoding took more than the accepted {maximum_ms} ms, after {decoded_ms} ms of the recording"
    )]
    TooSlow {
        /// The limit.
        maximum_ms: u64,
        /// How much of the recording was decoded by then.
        decoded_ms: u64,
    },
    /// Whoever asked for the analysis wants it no more.
    #[error("analysis was stopped after {fraction:.2} of the file")]
    Stopped {
        /// Fraction of the file that was read, 0 to 1.
        fraction: f32,
    },
}

impl PipelineError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::Resample(_) => "resample_failed",
            Self::Speech(_) => "speech_detection_failed",
            Self::Features(_) => "features_failed",
            Self::Embedding(_) | Self::EmbeddingStopped => "embedding_failed",
            Self::TooSlow { .. } => "decode_timed_out",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// Whether the same bytes will fail again.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Decode(error) => error.is_permanent(),
            Self::Resample(_) | Self::TooSlow { .. } => true,
            Self::Speech(_)
            | Self::Features(_)
            | Self::Embedding(_)
            | Self::EmbeddingStopped
            | Self::Stopped { .. } => false,
        }
    }
}
