//! Why a recording was not transcoded.

use thiserror::Error;

/// What keeps a recording from being transcoded; by what a caller can do about it.
#[derive(Debug, Error)]
pub enum TranscodeError {
    /// There is no ffmpeg: install it, or convert the file.
    #[error(
        "{format} is read through ffmpeg, which is not installed on the server: install it \
         (Debian: apt-get install ffmpeg), or convert the file to WAV or FLAC"
    )]
    NotInstalled {
        /// What the file is.
        format: &'static str,
    },
    /// The child was killed because it took too long: the file was made to be slow, or split it.
    #[error("ffmpeg was stopped after {limit_s} s of {clock} time")]
    TimedOut {
        /// The limit, in seconds.
        limit_s: u64,
        /// Which clock: `wall-clock` or `processor`.
        clock: &'static str,
    },
    /// The output reached its limit: split the file.
    #[error("the file decodes to more than the accepted {limit_bytes} bytes of PCM")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// ffmpeg does not read the file: convert it with what made it.
    #[error("ffmpeg cannot read the file: {reason}")]
    Refused {
        /// What ffmpeg says, in one line.
        reason: String,
    },
    /// The child or its output failed for reasons of this machine: try again.
    #[error("the file cannot be transcoded: {0}")]
    Io(#[from] std::io::Error),
}

impl TranscodeError {
    /// Stable code of the variant, in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled { .. } => "needs_transcoder",
            Self::TimedOut { .. } => "transcode_timed_out",
            Self::TooLarge { .. } => "transcode_too_large",
            Self::Refused { .. } => "transcode_refused",
            Self::Io(_) => "io",
        }
    }

    /// Whether the same bytes would fail again on this machine as it is.
    pub fn is_permanent(&self) -> bool {
        !matches!(self, Self::Io(_))
    }
}
