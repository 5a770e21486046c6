//! Why a file cannot be decoded.

use thiserror::Error;

/// Where in a file a limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The header says so; nothing was decoded.
    Header,
    /// While this packet of the container was decoded, counted from 1.
    Packet(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header => f.write_str("by its header"),
            Self::Packet(number) => write!(f, "at packet {number}"),
        }
    }
}

/// What keeps a source from being decoded; by what a caller can do about it.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// There are no bytes: ask for the file again.
    #[error("the file is empty")]
    EmptyFile,
    /// The bytes begin like no audio container that is read here: convert the file.
    #[error(
        "the content is no known audio format: found {found}, expected WAV, FLAC, MP3, AAC, MP4, \
         Ogg, AIFF, CAF or Matroska"
    )]
    UnknownFormat {
        /// What the first bytes look like.
        found: String,
    },
    /// The container is known and its codec is not: convert the file.
    #[error("codec {codec} in {container} is not supported")]
    UnsupportedCodec {
        /// Short name of the container.
        container: &'static str,
        /// Name or number of the codec.
        codec: String,
    },
    /// The number of channels is outside the limits.
    #[error("{found} channels are outside the accepted 1 to {maximum}")]
    ChannelsOutOfRange {
        /// What the file says.
        found: u64,
        /// The limit.
        maximum: u16,
    },
    /// The sample rate is outside the limits.
    #[error("sample rate {found_hz} Hz is outside the accepted {minimum_hz} to {maximum_hz} Hz")]
    SampleRateOutOfRange {
        /// What the file says.
        found_hz: u64,
        /// The lower limit.
        minimum_hz: u32,
        /// The upper limit.
        maximum_hz: u32,
    },
    /// The file is one that only ffmpeg reads: hand it to a transcoder, or convert it.
    #[error(
        "{format} is read through ffmpeg only: install ffmpeg on the server, or convert the file \
         to WAV or FLAC"
    )]
    NeedsTranscoder {
        /// What the file is.
        format: &'static str,
    },
    /// The file is one that nobody here reads: convert it first.
    #[error("{format} is not read: {advice}")]
    ConvertFirst {
        /// What the file is.
        format: &'static str,
        /// How to convert it.
        advice: &'static str,
    },
    /// The recording is longer than the limit: split it.
    #[error("the recording is longer than the accepted {maximum_ms} ms ({place})")]
    TooLong {
        /// The limit.
        maximum_ms: u64,
        /// Where it was met.
        place: Place,
    },
    /// The file decodes to more samples, over all channels, than the limit: split it.
    #[error("the file decodes to more than the accepted {maximum} samples ({place})")]
    TooManySamples {
        /// The limit.
        maximum: u64,
        /// Where it was met.
        place: Place,
    },
    /// The file decodes to far more than a file of its size can hold: it was made to be slow.
    #[error(
        "the file of {file_bytes} bytes decodes to {samples} samples and more, above the accepted \
         {maximum} samples a byte ({place})"
    )]
    ExpandsTooFar {
        /// What was decoded until then, over all channels.
        samples: u64,
        /// Size of the file.
        file_bytes: u64,
        /// The limit, in samples for each byte of the file.
        maximum: u64,
        /// Where it was met.
        place: Place,
    },
    /// The file is larger than the limit: split it.
    #[error("the file has {found} bytes, more than the accepted {maximum}")]
    TooLarge {
        /// Size of the file.
        found: u64,
        /// The limit.
        maximum: u64,
    },
    /// The file is cut into more packets than the limit: it was made to be slow.
    #[error("the file has more than {maximum} packets")]
    TooManyPackets {
        /// The limit.
        maximum: u64,
    },
    /// The bytes break the rules of their own format before any audio.
    #[error("the {container} file is malformed: {reason}")]
    Malformed {
        /// Short name of the container.
        container: &'static str,
        /// What was found.
        reason: String,
    },
    /// The container is sound and holds no audio.
    #[error("the {container} file holds no audio: {reason}")]
    NoAudio {
        /// Short name of the container.
        container: &'static str,
        /// What was found.
        reason: String,
    },
    /// The source itself could not be read: try again.
    #[error("the source cannot be read: {0}")]
    Io(#[source] std::io::Error),
}

impl DecodeError {
    /// Stable code of the variant, in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyFile => "empty_file",
            Self::UnknownFormat { .. } => "unknown_format",
            Self::UnsupportedCodec { .. } => "unsupported_codec",
            Self::ChannelsOutOfRange { .. } => "channels_out_of_range",
            Self::SampleRateOutOfRange { .. } => "sample_rate_out_of_range",
            Self::NeedsTranscoder { .. } => "needs_transcoder",
            Self::ConvertFirst { .. } => "convert_first",
            Self::TooLong { .. } => "too_long",
            Self::TooManySamples { .. } => "too_many_samples",
            Self::ExpandsTooFar { .. } => "expands_too_far",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyPackets { .. } => "too_many_packets",
            Self::Malformed { .. } => "malformed",
            Self::NoAudio { .. } => "no_audio",
            Self::Io(_) => "io",
        }
    }

    /// Whether the same bytes would fail again: true for faults of the bytes, false for faults of
    /// the reader.
    pub fn is_permanent(&self) -> bool {
        !matches!(self, Self::Io(_))
    }
}
