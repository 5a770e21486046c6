//! A voice of the archive as a request names it.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{RecordingId, SubjectId, VoiceId, VoicePick};
use crate::http::problem::Problem;
use crate::services::VoiceRef;

/// One side of a comparison: a voice, or the voice of a recording.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Side)]
pub struct SideBody {
    /// Voice.
    pub voice_id: Option<uuid::Uuid>,
    /// Or recording.
    pub recording_id: Option<uuid::Uuid>,
    /// Channel, where several have a voice.
    pub channel: Option<u16>,
    /// Label of the voice, where a channel has several.
    pub label: Option<u16>,
}

impl SideBody {
    /// The voice that it names.
    ///
    /// # Errors
    /// It names none, or names it in two ways; `field` is what the problem is about.
    pub fn voice_ref(&self, field: &str) -> Result<VoiceRef, Problem> {
        let pick = VoicePick {
            channel: self.channel,
            label: self.label,
        };
        match (self.voice_id, self.recording_id) {
            (Some(id), None) if pick == VoicePick::default() => Ok(VoiceRef::Voice(VoiceId(id))),
            (None, Some(id)) => Ok(VoiceRef::Recording {
                id: RecordingId(id),
                pick,
            }),
            (Some(_), _) | (None, None) => Err(Problem::invalid(
                field,
                "not the only choice of a voice",
                "either voice_id, or recording_id with channel and label where there are several voices",
            )),
        }
    }
}

/// Right side of a comparison: a voice, the voice of a recording, or a subject.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RightSide)]
pub struct RightSideBody {
    /// Voice.
    pub voice_id: Option<uuid::Uuid>,
    /// Or recording.
    pub recording_id: Option<uuid::Uuid>,
    /// Channel, where several have a voice.
    pub channel: Option<u16>,
    /// Label of the voice, where a channel has several.
    pub label: Option<u16>,
    /// Or subject, by all of its enrolled voices in force.
    pub subject_id: Option<uuid::Uuid>,
}

/// What is on the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightSide {
    /// A voice.
    Voice(VoiceRef),
    /// A subject.
    Subject(SubjectId),
}

impl RightSideBody {
    /// The voice or the subject that it names.
    ///
    /// # Errors
    /// It names none, or several.
    pub fn named(self) -> Result<RightSide, Problem> {
        let Self {
            voice_id,
            recording_id,
            channel,
            label,
            subject_id,
        } = self;
        let Some(subject) = subject_id else {
            let voice = SideBody {
                voice_id,
                recording_id,
                channel,
                label,
            };
            return voice.voice_ref("right").map(RightSide::Voice);
        };
        if voice_id.is_some() || recording_id.is_some() || channel.is_some() || label.is_some() {
            return Err(Problem::invalid(
                "right",
                "subject_id beside the choice of a voice",
                "either subject_id alone, or the choice of a voice",
            ));
        }
        Ok(RightSide::Subject(SubjectId(subject)))
    }
}
