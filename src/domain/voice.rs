//! One speaker within one recording, and its voiceprint.

use serde::{Deserialize, Serialize};

use super::analysis::{Provenance, VoiceQuality};
use super::embedding::Embedding;
use super::ids::{CaseId, RecordingId, SubjectId, VoiceId, VoiceprintId};
use super::suitability::Suitability;
use super::time::Timestamp;
use super::units::NetSpeech;

/// Which voice of a recording is meant, where there are several. The default picks any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VoicePick {
    /// Channel index from 0.
    #[serde(default)]
    pub channel: Option<u16>,
    /// Speaker label within the recording, from 0.
    #[serde(default)]
    pub label: Option<u16>,
}

impl VoicePick {
    /// Whether a voice of that channel and label may be meant.
    pub fn takes(self, channel: u16, label: u16) -> bool {
        self.channel.is_none_or(|picked| picked == channel)
            && self.label.is_none_or(|picked| picked == label)
    }
}

/// One speaker within one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Id.
    pub id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Case of that recording.
    pub case_id: Option<CaseId>,
    /// Channel index from 0.
    pub channel: u16,
    /// Speaker label within the recording, from 0.
    pub label: u16,
    /// Revision of the segments that it was made from, from 1.
    pub revision: u32,
    /// Net speech.
    pub net_speech: NetSpeech,
    /// Net speech that went into the embedding.
    pub speech_used: NetSpeech,
    /// Measurements.
    pub quality: VoiceQuality,
    /// What it is fit for; none for voices of archives older than this measure.
    pub suitability: Option<Suitability>,
    /// Net speech below which there is no voiceprint, when there is none for that reason.
    pub too_little_speech_minimum: Option<NetSpeech>,
    /// Subject that an enrolment in force ties it to.
    pub subject_id: Option<SubjectId>,
    /// When it was found.
    pub created_at: Timestamp,
}

/// The embedding of one voice under one model, with what made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Voiceprint {
    /// Id.
    pub id: VoiceprintId,
    /// Voice.
    pub voice_id: VoiceId,
    /// Unit-norm vector and model.
    pub embedding: Embedding,
    /// What made it.
    pub provenance: Provenance,
    /// When it was made.
    pub created_at: Timestamp,
}
