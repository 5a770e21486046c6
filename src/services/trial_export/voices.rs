//! Voices that may be sides of trials.

use std::collections::HashMap;

use crate::domain::{Bandwidth, RecordingId, SegmentOrigin, Sha256, SubjectId, Voice, VoiceId};
use crate::services::{ServiceError, Services};
use crate::store::Reader;

/// A voice that an analysis of its file finds again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TrialVoice {
    pub(super) voice_id: VoiceId,
    pub(super) sha256: Sha256,
    pub(super) path: String,
    pub(super) channel: u16,
    pub(super) label: u16,
    pub(super) bandwidth: Bandwidth,
}

impl TrialVoice {
    /// The same bytes in several cases are one recording.
    pub(super) fn place(&self) -> (Sha256, u16, u16) {
        (self.sha256, self.channel, self.label)
    }
}

/// Such a voice that is enrolled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EnrolledVoice {
    pub(super) subject: SubjectId,
    pub(super) voice: TrialVoice,
}

/// Which revisions of recordings a person edited, looked up once each.
#[derive(Default)]
pub(super) struct Edited(HashMap<(RecordingId, u32), bool>);

impl Services {
    /// Enrolled voices in a fixed order, and how many cannot be used.
    pub(super) async fn enrolled(
        &self,
        reader: &mut dyn Reader,
        edited: &mut Edited,
    ) -> Result<(Vec<EnrolledVoice>, usize), ServiceError> {
        let now = self.clock.now();
        let enrolled: HashMap<VoiceId, SubjectId> =
            reader.enrolled_voices(now).await?.into_iter().collect();
        let mut ids: Vec<VoiceId> = enrolled.keys().copied().collect();
        ids.sort_unstable();
        let mut voices = Vec::new();
        for voice in reader.voices(&ids, now).await? {
            let Some(&subject) = enrolled.get(&voice.id) else {
                continue;
            };
            if let Some(voice) = self.trial_voice(reader, &voice, edited).await? {
                voices.push(EnrolledVoice { subject, voice });
            }
        }
        let left_out = ids.len() - voices.len();
        Ok((voices, left_out))
    }

    /// A voice as a side of trials; none where an analysis of its file does not find it again.
    pub(super) async fn trial_voice(
        &self,
        reader: &mut dyn Reader,
        voice: &Voice,
        edited: &mut Edited,
    ) -> Result<Option<TrialVoice>, ServiceError> {
        let minimum = self.settings.minimum_speech.search();
        let has_print = voice.too_little_speech_minimum.is_none();
        if !has_print || voice.net_speech < minimum {
            return Ok(None);
        }
        if edited
            .is_so(reader, (voice.recording_id, voice.revision))
            .await?
        {
            return Ok(None);
        }
        let recording = reader.recording(voice.recording_id).await?;
        let recording =
            recording.ok_or_else(|| ServiceError::not_found("recording", voice.recording_id))?;
        Ok(Some(TrialVoice {
            voice_id: voice.id,
            sha256: recording.sha256,
            path: self.blobs.relative_path(recording.sha256),
            channel: voice.channel,
            label: voice.label,
            bandwidth: voice.quality.bandwidth,
        }))
    }
}

impl Edited {
    async fn is_so(
        &mut self,
        reader: &mut dyn Reader,
        (recording_id, revision): (RecordingId, u32),
    ) -> Result<bool, ServiceError> {
        if let Some(&was_edited) = self.0.get(&(recording_id, revision)) {
            return Ok(was_edited);
        }
        let revisions = reader.segment_revisions(recording_id).await?;
        let was_edited = revisions
            .iter()
            .any(|one| one.revision == revision && one.origin == SegmentOrigin::Edited);
        self.0.insert((recording_id, revision), was_edited);
        Ok(was_edited)
    }
}
