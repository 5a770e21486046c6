//! A voice of the archive as a request names it.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{RecordingId, VoiceId, VoicePick};
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
