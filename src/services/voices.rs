//! Voices are looked up, and a probe or an enrolment gets the voice that it means.

use super::{LinkSummary, ServiceError, Services};
use crate::domain::{
    GroupId, Recording, RecordingId, RecordingState, Subject, Voice, VoiceFacts, VoiceId,
    VoicePick, Voiceprint,
};
use crate::store::Reader;

/// One voice with everything that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceDetail {
    /// The voice.
    pub voice: Voice,
    /// Its voiceprint under the model in use.
    pub voiceprint: Option<Voiceprint>,
    /// Subject that an enrolment in force ties it to.
    pub subject: Option<Subject>,
    /// Links that count: the decided ones first, then by ratio; the first of them where there are
    /// many.
    pub links: Vec<LinkSummary>,
    /// Group of voices held to be one speaker with it.
    pub group_id: Option<GroupId>,
}

/// A voice of the archive, as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceRef {
    /// By its id.
    Voice(VoiceId),
    /// As the voice of a recording.
    Recording {
        /// Recording.
        id: RecordingId,
        /// Which voice, where there are several.
        pick: VoicePick,
    },
}

impl Services {
    /// One voice.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn voice(&self, id: VoiceId) -> Result<VoiceDetail, ServiceError> {
        let mut reader = self.store.reader().await?;
        let voice = reader
            .voice(id, self.clock.now())
            .await?
            .ok_or_else(|| ServiceError::not_found("voice", id))?;
        self.voice_detail(reader.as_mut(), voice).await
    }

    /// Voices of one recording, by channel and label.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn voices_of(&self, id: RecordingId) -> Result<Vec<VoiceDetail>, ServiceError> {
        let mut reader = self.store.reader().await?;
        if reader.recording(id).await?.is_none() {
            return Err(ServiceError::not_found("recording", id));
        }
        let mut details = Vec::new();
        for voice in reader.voices_of_recording(id, self.clock.now()).await? {
            details.push(self.voice_detail(reader.as_mut(), voice).await?);
        }
        Ok(details)
    }

    /// The voice that a request names, with its recording.
    pub(super) async fn referred_voice(
        &self,
        reader: &mut dyn Reader,
        voice: VoiceRef,
    ) -> Result<(Recording, Voice), ServiceError> {
        match voice {
            VoiceRef::Voice(id) => self.recorded_voice(reader, id).await,
            VoiceRef::Recording { id, pick } => self.voice_of_recording(reader, id, pick).await,
        }
    }

    /// A voice with its recording.
    pub(super) async fn recorded_voice(
        &self,
        reader: &mut dyn Reader,
        id: VoiceId,
    ) -> Result<(Recording, Voice), ServiceError> {
        let voice = reader
            .voice(id, self.clock.now())
            .await?
            .ok_or_else(|| ServiceError::not_found("voice", id))?;
        let recording = reader
            .recording(voice.recording_id)
            .await?
            .ok_or_else(|| ServiceError::not_found("recording", voice.recording_id))?;
        Ok((recording, voice))
    }

    /// The voice that a recording, and a pick where there are several, stands for.
    pub(super) async fn voice_of_recording(
        &self,
        reader: &mut dyn Reader,
        id: RecordingId,
        pick: VoicePick,
    ) -> Result<(Recording, Voice), ServiceError> {
        let recording = reader
            .recording(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("recording", id))?;
        match recording.state {
            RecordingState::Pending => return Err(ServiceError::RecordingPending { id }),
            RecordingState::Failed => {
                let reason = recording
                    .failure
                    .map_or_else(String::new, |failure| failure.detail);
                return Err(ServiceError::NoVoice {
                    id: id.to_string(),
                    reason,
                });
            }
            RecordingState::Analysed | RecordingState::NoVoice => {}
        }
        let mut voices = reader.voices_of_recording(id, self.clock.now()).await?;
        voices.retain(|voice| pick.takes(voice.channel, voice.label));
        Ok((recording, choose_voice(id, voices)?))
    }

    /// The voiceprint of a voice under the model in use, or why it has none.
    pub(super) async fn voiceprint_of(
        &self,
        reader: &mut dyn Reader,
        voice: &Voice,
        side: &str,
        purpose: &'static str,
    ) -> Result<Voiceprint, ServiceError> {
        if let Some(minimum) = voice.too_little_speech_minimum {
            return Err(ServiceError::TooLittleSpeech {
                side: side.to_owned(),
                purpose,
                found: voice.net_speech,
                minimum,
            });
        }
        let model = self.analyser.model_id();
        reader
            .voiceprint(voice.id, model)
            .await?
            .ok_or_else(|| ServiceError::NoVoice {
                id: voice.recording_id.to_string(),
                reason: format!("voice {} has no voiceprint of model {model}", voice.id),
            })
    }

    async fn voice_detail(
        &self,
        reader: &mut dyn Reader,
        voice: Voice,
    ) -> Result<VoiceDetail, ServiceError> {
        let voiceprint = reader
            .voiceprint(voice.id, self.analyser.model_id())
            .await?;
        let subject = match voice.subject_id {
            Some(subject_id) => reader.subject(subject_id).await?,
            None => None,
        };
        let (links, group_id) = self.links_of_voice(reader, voice.id).await?;
        Ok(VoiceDetail {
            voice,
            voiceprint,
            subject,
            links,
            group_id,
        })
    }
}

/// What an answer says of a stored voice.
pub(super) fn voice_facts(recording: &Recording, voice: &Voice) -> VoiceFacts {
    VoiceFacts {
        voice_id: Some(voice.id),
        recording_id: Some(recording.id),
        filename: recording.filename.clone(),
        case_no: recording.case_no.clone(),
        channel: voice.channel,
        net_speech: voice.net_speech,
        quality: voice.quality,
        label: Some(voice.label),
        revision: Some(voice.revision),
    }
}

/// The one voice that is meant: the only one, or the only one that has enough speech.
fn choose_voice(id: RecordingId, voices: Vec<Voice>) -> Result<Voice, ServiceError> {
    let has_enough = |voice: &Voice| voice.too_little_speech_minimum.is_none();
    let (enough, too_little): (Vec<_>, Vec<_>) = voices.into_iter().partition(has_enough);
    let mut candidates = if enough.is_empty() {
        too_little
    } else {
        enough
    };
    if candidates.len() > 1 {
        let voices = candidates.iter().map(|voice| (voice.channel, voice.label));
        return Err(ServiceError::VoiceAmbiguous {
            id,
            voices: voices.collect(),
        });
    }
    candidates.pop().ok_or_else(|| ServiceError::NoVoice {
        id: id.to_string(),
        reason: "no speech was found".to_owned(),
    })
}
