//! What the pipeline finds in one recording. Pure data: the same bytes, models and parameters give
//! the same analysis.

use serde::{Deserialize, Serialize};

use super::embedding::Embedding;
use super::units::{ModelId, NetSpeech, SampleRate, Sha256};

/// What a container and its codec say, and what decoding found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaFacts {
    /// Short name of the container, such as `wav`, `ogg`, `mp4`, `flac`, `mp3`.
    pub container: String,
    /// Short name of the codec, such as `pcm_s16le`, `pcm_alaw`, `aac`, `vorbis`.
    pub codec: String,
    /// Rate of the recording itself, in Hz.
    pub sample_rate: SampleRate,
    /// Number of channels.
    pub channels: u16,
    /// Bits a sample where the codec has such a number.
    pub bits_per_sample: Option<u16>,
    /// Who decoded it: `in_process`, or `ffmpeg` and its version; none in older analyses.
    #[serde(default)]
    pub decoder: Option<String>,
    /// Bits a second of the file on average, all channels; none in older analyses.
    #[serde(default)]
    pub bit_rate_bps: Option<u64>,
    /// Duration that was decoded, in milliseconds.
    pub duration_ms: u64,
    /// Set when the file could be read only up to some point.
    pub damage: Option<Damage>,
}

/// Where and why reading stopped before the end that the file promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Everything before this time was read, in milliseconds.
    pub at_ms: u64,
    /// What was found and what was expected.
    pub reason: String,
}

/// The band that a signal really fills, measured from its energy, not from its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bandwidth {
    /// Telephone band, up to about 4 kHz.
    Narrowband,
    /// Speech energy above 4 kHz.
    Wideband,
}

impl Bandwidth {
    /// The name used in files, the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Narrowband => "narrowband",
            Self::Wideband => "wideband",
        }
    }
}

/// Measurements over one whole channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChannelQuality {
    /// Root-mean-square level in dB relative to full scale; -120 for digital silence.
    pub level_dbfs: f32,
    /// Largest absolute sample in dB relative to full scale.
    pub peak_dbfs: f32,
    /// Fraction of samples at or beyond full scale, 0 to 1.
    pub clipping_ratio: f32,
    /// Mean sample value, -1 to 1.
    pub dc_offset: f32,
    /// Fraction of the channel's duration that is speech, 0 to 1.
    pub speech_ratio: f32,
    /// Fraction that is silence; like what follows none in older analyses.
    #[serde(default)]
    pub silence_ratio: Option<f32>,
    /// Fraction that is ringing, dialling or another tone.
    #[serde(default)]
    pub tone_ratio: Option<f32>,
    /// Fraction that is music outside of speech.
    #[serde(default)]
    pub music_ratio: Option<f32>,
    /// The other channel that is heard most in this one; none where none is.
    #[serde(default)]
    pub cross_talk: Option<CrossTalk>,
    /// The coder of 8 bits that the samples went through, where it left a trace.
    #[serde(default)]
    pub codec_trace: Option<CodecTrace>,
}

/// A coder that shows in the values of the samples, whatever they were kept in since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodecTrace {
    /// G.711 A-law.
    #[serde(rename = "g711_a_law")]
    ALaw,
    /// G.711 mu-law.
    #[serde(rename = "g711_mu_law")]
    MuLaw,
    /// Linear samples of 8 bits.
    EightBit,
}

/// Another channel that is heard in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrossTalk {
    /// Channel that is heard, from 0.
    pub from_channel: u16,
    /// Level of what is heard relative to that channel, in dB.
    pub level_db: f32,
    /// How much later it is heard here, in ms.
    pub delay_ms: f32,
    /// Share of that channel's active seconds in which it is heard, 0 to 1.
    pub ratio: f32,
}

/// Measurements over the speech of one voice; stored with its voiceprint.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VoiceQuality {
    /// Measured band.
    pub bandwidth: Bandwidth,
    /// Energy between 4.2 and 7.5 kHz relative to 0.3 to 3.4 kHz over the speech, in dB.
    pub high_band_db: f32,
    /// Root-mean-square level of the speech, in dB relative to full scale.
    pub speech_level_dbfs: f32,
    /// Level of the speech above the level of the pauses, in dB; none where there are no pauses.
    pub snr_db: Option<f32>,
    /// SNR from the distribution of amplitudes (WADA), in dB; none for less than a second, and like
    /// what follows in older analyses.
    #[serde(default)]
    pub wada_snr_db: Option<f32>,
    /// Fraction of the voice's samples at or beyond full scale, 0 to 1.
    #[serde(default)]
    pub clipping_ratio: Option<f32>,
    /// Highest frequency that the speech reaches, in Hz: the trace of a codec or a line, whatever
    /// the container says.
    #[serde(default)]
    pub band_top_hz: Option<f32>,
}

/// A stretch of one channel with one speaker label, or overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Channel index from 0.
    pub channel: u16,
    /// Start, in milliseconds from the start of the recording.
    pub start_ms: u64,
    /// End, in milliseconds; after the start.
    pub end_ms: u64,
    /// The speaker's label within the recording, from 0; none where speakers overlap.
    pub label: Option<u16>,
}

/// One channel as analysed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelAnalysis {
    /// Channel index from 0.
    pub index: u16,
    /// Measurements.
    pub quality: ChannelQuality,
    /// Net speech of the channel.
    pub net_speech: NetSpeech,
}

/// One voice as analysed.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceAnalysis {
    /// Channel index from 0.
    pub channel: u16,
    /// The speaker's label within the recording, from 0; what its segments carry.
    pub label: u16,
    /// Net speech of the voice.
    pub net_speech: NetSpeech,
    /// Net speech that went into the embedding; less than `net_speech` where the cap applied.
    pub speech_used: NetSpeech,
    /// Measurements.
    pub quality: VoiceQuality,
    /// A voiceprint, or why there is none.
    pub outcome: VoiceOutcome,
}

/// Whether a voice has an embedding.
#[derive(Debug, Clone, PartialEq)]
pub enum VoiceOutcome {
    /// Enough speech: the embedding.
    Embedded(Embedding),
    /// Too little speech for any number; an outcome, not a score.
    TooLittleSpeech {
        /// Net speech that was there.
        found: NetSpeech,
        /// Net speech that is needed.
        minimum: NetSpeech,
    },
}

/// What made an analysis, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of Voxtrace.
    pub software_version: String,
    /// Embedding model.
    pub model: ModelId,
    /// Hash of the embedding model's file.
    pub model_sha256: Sha256,
    /// Hash of the VAD model's file.
    pub vad_sha256: Sha256,
    /// Hash of the model that tells speakers apart; none in analyses made before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segmentation_sha256: Option<Sha256>,
    /// Every parameter that has a bearing on the numbers, as canonical JSON.
    pub parameters: serde_json::Value,
}

/// What the pipeline finds in one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Container and codec.
    pub media: MediaFacts,
    /// Every channel, in order.
    pub channels: Vec<ChannelAnalysis>,
    /// Segments of all channels, by channel and start.
    pub segments: Vec<Segment>,
    /// Voices, by channel and label.
    pub voices: Vec<VoiceAnalysis>,
    /// What made it.
    pub provenance: Provenance,
}
