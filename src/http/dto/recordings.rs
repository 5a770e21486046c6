//! Recordings as sent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    CallFacts, ChannelAnalysis, CodecTrace, Damage, Direction, Failure, MediaFacts, Recording,
};
use crate::http::paging::PageBody;
use crate::services::Peaks;

/// What is said of the call.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Call)]
pub struct CallBody {
    /// Number that called.
    pub caller: Option<String>,
    /// Number that was called.
    pub callee: Option<String>,
    /// When the call began.
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<String>,
    /// Where the file comes from.
    pub source: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

impl From<CallFacts> for CallBody {
    fn from(call: CallFacts) -> Self {
        let direction = call.direction.map(|direction| match direction {
            Direction::Inbound => "inbound".to_owned(),
            Direction::Outbound => "outbound".to_owned(),
        });
        Self {
            caller: call.caller,
            callee: call.callee,
            started_at: call.started_at.map(|time| time.to_string()),
            direction,
            source: call.source,
            note: call.note,
        }
    }
}

/// Where and why reading stopped early.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Damage)]
pub struct DamageBody {
    /// Everything before this time was read.
    pub at_ms: u64,
    /// What was found and what was expected.
    pub reason: String,
}

impl From<Damage> for DamageBody {
    fn from(damage: Damage) -> Self {
        Self {
            at_ms: damage.at_ms,
            reason: damage.reason,
        }
    }
}

/// Container and codec.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Media)]
pub struct MediaBody {
    /// Container, such as `wav`.
    pub container: String,
    /// Codec, such as `pcm_alaw`.
    pub codec: String,
    /// Rate, in Hz.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: u16,
    /// Bits a sample.
    pub bits_per_sample: Option<u16>,
    /// Bits a second on average, all channels; none in older analyses.
    pub bit_rate_bps: Option<u64>,
    /// `in_process`, or `ffmpeg` and its version; none in older analyses.
    pub decoder: Option<String>,
    /// Duration that was decoded.
    pub duration_ms: u64,
    /// Set when the file could be read only in part.
    pub damage: Option<DamageBody>,
}

impl From<MediaFacts> for MediaBody {
    fn from(media: MediaFacts) -> Self {
        Self {
            container: media.container,
            codec: media.codec,
            sample_rate_hz: media.sample_rate.hz(),
            channels: media.channels,
            bits_per_sample: media.bits_per_sample,
            bit_rate_bps: media.bit_rate_bps,
            decoder: media.decoder,
            duration_ms: media.duration_ms,
            damage: media.damage.map(Into::into),
        }
    }
}

/// Why a recording cannot be analysed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Failure)]
pub struct FailureBody {
    /// Stable code.
    pub code: String,
    /// What was found and what is accepted.
    pub detail: String,
}

impl From<Failure> for FailureBody {
    fn from(failure: Failure) -> Self {
        Self {
            code: failure.code,
            detail: failure.detail,
        }
    }
}

/// One uploaded file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Recording)]
pub struct RecordingBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name under which it was uploaded.
    pub filename: String,
    /// Digest of its bytes.
    pub sha256: String,
    /// Size.
    pub size_bytes: u64,
    /// Case.
    pub case_id: Option<uuid::Uuid>,
    /// Number of the case.
    pub case_no: Option<String>,
    /// `pending`, `analysed`, `no_voice` or `failed`.
    pub state: String,
    /// What is said of the call.
    pub call: CallBody,
    /// Container and codec, once analysed.
    pub media: Option<MediaBody>,
    /// Why it cannot be analysed.
    pub failure: Option<FailureBody>,
    /// When it was stored.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Recording> for RecordingBody {
    fn from(recording: Recording) -> Self {
        Self {
            id: recording.id.0,
            filename: recording.filename,
            sha256: recording.sha256.to_string(),
            size_bytes: recording.size_bytes,
            case_id: recording.case_id.map(|id| id.0),
            case_no: recording.case_no,
            state: recording.state.as_str().to_owned(),
            call: recording.call.into(),
            media: recording.media.map(Into::into),
            failure: recording.failure.map(Into::into),
            created_at: recording.created_at.to_string(),
        }
    }
}

/// A page of recordings.
pub type RecordingPage = PageBody<RecordingBody>;

/// Measurements over one channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChannelQuality)]
pub struct ChannelQualityBody {
    /// Root-mean-square level, dB relative to full scale.
    pub level_dbfs: f32,
    /// Peak, dB relative to full scale.
    pub peak_dbfs: f32,
    /// Fraction of samples at full scale.
    pub clipping_ratio: f32,
    /// Mean sample.
    pub dc_offset: f32,
    /// Fraction that is speech.
    pub speech_ratio: f32,
    /// Fraction that is silence; like what follows null in older analyses.
    pub silence_ratio: Option<f32>,
    /// Fraction that is ringing, dialling or another tone.
    pub tone_ratio: Option<f32>,
    /// Fraction that is music.
    pub music_ratio: Option<f32>,
    /// Other channels that are heard in this one.
    pub cross_talk: Vec<CrossTalkBody>,
    /// The coder of 8 bits that the samples went through, where it left a trace.
    pub codec_trace: Option<CodecTraceBody>,
}

/// A coder that shows in the values of the samples, whatever they were kept in since.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CodecTrace)]
pub enum CodecTraceBody {
    /// G.711 A-law.
    G711ALaw,
    /// G.711 mu-law.
    G711MuLaw,
    /// Linear samples of 8 bits.
    EightBit,
}

impl From<CodecTrace> for CodecTraceBody {
    fn from(trace: CodecTrace) -> Self {
        match trace {
            CodecTrace::ALaw => Self::G711ALaw,
            CodecTrace::MuLaw => Self::G711MuLaw,
            CodecTrace::EightBit => Self::EightBit,
        }
    }
}

/// Another channel that is heard in a channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CrossTalk)]
pub struct CrossTalkBody {
    /// Channel that is heard.
    pub from_channel: u16,
    /// Level relative to that channel, in dB.
    pub level_db: f32,
    /// How much later it is heard here.
    pub delay_ms: f32,
    /// Share of that channel's active seconds, 0 to 1.
    pub ratio: f32,
}

/// One channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelBody {
    /// Index from 0.
    pub index: u16,
    /// Net speech.
    pub net_speech_ms: u64,
    /// Measurements.
    pub quality: ChannelQualityBody,
}

impl From<ChannelAnalysis> for ChannelBody {
    fn from(channel: ChannelAnalysis) -> Self {
        let quality = channel.quality;
        Self {
            index: channel.index,
            net_speech_ms: channel.net_speech.as_millis(),
            quality: ChannelQualityBody {
                level_dbfs: quality.level_dbfs,
                peak_dbfs: quality.peak_dbfs,
                clipping_ratio: quality.clipping_ratio,
                dc_offset: quality.dc_offset,
                speech_ratio: quality.speech_ratio,
                silence_ratio: quality.silence_ratio,
                tone_ratio: quality.tone_ratio,
                music_ratio: quality.music_ratio,
                cross_talk: quality
                    .cross_talk
                    .map(|talk| CrossTalkBody {
                        from_channel: talk.from_channel,
                        level_db: talk.level_db,
                        delay_ms: talk.delay_ms,
                        ratio: talk.ratio,
                    })
                    .into_iter()
                    .collect(),
                codec_trace: quality.codec_trace.map(Into::into),
            },
        }
    }
}

/// One recording with its channels.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RecordingDetail)]
pub struct RecordingDetailBody {
    /// The recording.
    #[serde(flatten)]
    pub recording: RecordingBody,
    /// Its channels, once analysed.
    pub channels: Vec<ChannelBody>,
    /// Its newest analyse job.
    pub job_id: Option<uuid::Uuid>,
}

/// A recording that was received.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Upload)]
pub struct UploadBody {
    /// Id of the recording.
    pub id: uuid::Uuid,
    /// The recording.
    pub recording: RecordingBody,
    /// Its newest analyse job.
    pub job_id: Option<uuid::Uuid>,
    /// Whether its case had these bytes already.
    pub already_there: bool,
}

/// A waveform: lowest and highest sample in equal parts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Peaks)]
pub struct PeaksBody {
    /// Channel index from 0.
    pub channel: u16,
    /// Number of parts; at most what was asked for.
    pub points: usize,
    /// Duration of the recording.
    pub duration_ms: u64,
    /// Where the parts begin.
    pub start_ms: u64,
    /// Where they end.
    pub end_ms: u64,
    /// Lowest sample of each part, -1 to 1.
    pub min: Vec<f32>,
    /// Highest sample of each part, -1 to 1.
    pub max: Vec<f32>,
}

impl From<Peaks> for PeaksBody {
    fn from(peaks: Peaks) -> Self {
        Self {
            channel: peaks.channel,
            points: peaks.min.len(),
            duration_ms: peaks.duration_ms,
            start_ms: peaks.start_ms,
            end_ms: peaks.end_ms,
            min: peaks.min,
            max: peaks.max,
        }
    }
}
