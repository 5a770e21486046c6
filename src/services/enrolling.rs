//! Voices are tied to a subject, on a legal ground.

use serde_json::json;

use super::cases::{MAX_TEXT_CHARS, check_name};
use super::{Actor, Event, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Enrolment, EnrolmentId, JobId, JobState, JobTask, RecordingId, SubjectId, Timestamp, Voice,
    VoiceId, VoicePick,
};
use crate::store::UnitOfWork;

/// Most voices in one enrolment.
const MAX_VOICES: usize = 100;

/// Which voices are enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceChoice {
    /// These.
    Voices(Vec<VoiceId>),
    /// The voice of a recording, which may still be waiting for its analysis.
    Recording {
        /// Recording.
        recording_id: RecordingId,
        /// Which voice, where there are several.
        pick: VoicePick,
    },
}

/// An enrolment that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolRequest {
    /// Whom.
    pub subject_id: SubjectId,
    /// Which voices.
    pub choice: VoiceChoice,
    /// Legal ground.
    pub ground: String,
    /// When it ceases to be in force.
    pub expires_at: Option<Timestamp>,
}

/// What became of the request.
#[derive(Debug, Clone, PartialEq)]
pub enum Enrolled {
    /// Made.
    Made(Enrolment),
    /// A job makes it once the recording is analysed.
    Queued(JobId),
}

impl Services {
    /// Enrols voices, or queues it while the recording is still being analysed.
    ///
    /// # Errors
    /// `Invalid` ground, expiry or number of voices; `NotFound`; `TooLittleSpeech`; `NoVoice`;
    /// `VoiceAmbiguous`.
    pub async fn enrol(
        &self,
        actor: &Actor,
        request: EnrolRequest,
    ) -> Result<Enrolled, ServiceError> {
        self.check_enrol_request(&request)?;
        let mut work = self.store.begin().await?;
        if work.subject(request.subject_id).await?.is_none() {
            return Err(ServiceError::not_found("subject", request.subject_id));
        }
        let voices = match self.chosen_voices(work.as_mut(), &request.choice).await {
            Err(ServiceError::RecordingPending { .. }) => {
                let id = self.queue_enrolment(work.as_mut(), actor, &request).await?;
                work.commit().await?;
                return Ok(Enrolled::Queued(id));
            }
            other => other?,
        };
        let enrolment = self
            .insert_enrolment(work.as_mut(), actor, &request, &voices)
            .await?;
        work.commit().await?;
        Ok(Enrolled::Made(enrolment))
    }

    /// Runs the enrol job that `owner` has leased, and finishes it in the same unit of work.
    ///
    /// # Errors
    /// `RecordingPending` while the analysis has not ended: try again later. Others as in
    /// [`Services::enrol`].
    pub async fn run_enrol_job(
        &self,
        job_id: JobId,
        owner: &str,
        task: &JobTask,
    ) -> Result<(), ServiceError> {
        let JobTask::Enrol {
            subject_id,
            recording_id,
            pick,
            ground,
            expires_at,
        } = task
        else {
            return Err(ServiceError::Invalid {
                field: "kind",
                found: format!("{:?}", task.kind()),
                expected: "an enrol job".to_owned(),
            });
        };
        let request = EnrolRequest {
            subject_id: *subject_id,
            choice: VoiceChoice::Recording {
                recording_id: *recording_id,
                pick: *pick,
            },
            ground: ground.clone(),
            expires_at: *expires_at,
        };
        let mut work = self.store.begin().await?;
        let voices = self.chosen_voices(work.as_mut(), &request.choice).await?;
        self.insert_enrolment(work.as_mut(), &Actor::worker(), &request, &voices)
            .await?;
        work.finish_job(job_id, owner, self.clock.now()).await?;
        work.commit().await?;
        Ok(())
    }

    /// Enrolments of a subject, newest first.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn enrolments_of(&self, id: SubjectId) -> Result<Vec<Enrolment>, ServiceError> {
        let mut reader = self.store.reader().await?;
        if reader.subject(id).await?.is_none() {
            return Err(ServiceError::not_found("subject", id));
        }
        Ok(reader.enrolments_of(id).await?)
    }

    /// Withdraws an enrolment; the row stays, the voices are no longer the subject's.
    ///
    /// # Errors
    /// `NotFound`, also when it is another subject's.
    pub async fn withdraw_enrolment(
        &self,
        actor: &Actor,
        subject_id: SubjectId,
        id: EnrolmentId,
    ) -> Result<Enrolment, ServiceError> {
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        let enrolment = work
            .enrolment(id)
            .await?
            .filter(|enrolment| enrolment.subject_id == subject_id)
            .ok_or_else(|| ServiceError::not_found("enrolment", id))?;
        if enrolment.withdrawn_at.is_some() {
            return Ok(enrolment);
        }
        work.withdraw_enrolment(id, now).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::ENROLMENT_WITHDRAWN,
            &format!("enrolment/{id}"),
            json!({ "subject_id": subject_id }),
        )
        .await?;
        work.commit().await?;
        Ok(Enrolment {
            withdrawn_at: Some(now),
            ..enrolment
        })
    }

    fn check_enrol_request(&self, request: &EnrolRequest) -> Result<(), ServiceError> {
        check_name("ground", &request.ground, MAX_TEXT_CHARS)?;
        let now = self.clock.now();
        if let Some(expiry) = request.expires_at.filter(|&expiry| expiry <= now) {
            return Err(ServiceError::Invalid {
                field: "expires_at",
                found: expiry.to_string(),
                expected: format!("a time after {now}"),
            });
        }
        if let VoiceChoice::Voices(ids) = &request.choice
            && !(1..=MAX_VOICES).contains(&ids.len())
        {
            return Err(ServiceError::Invalid {
                field: "voice_ids",
                found: format!("a list of {}", ids.len()),
                expected: format!("1 to {MAX_VOICES} voices"),
            });
        }
        Ok(())
    }

    async fn chosen_voices(
        &self,
        work: &mut dyn UnitOfWork,
        choice: &VoiceChoice,
    ) -> Result<Vec<Voice>, ServiceError> {
        match choice {
            VoiceChoice::Recording { recording_id, pick } => {
                let (_, voice) = self.voice_of_recording(work, *recording_id, *pick).await?;
                Ok(vec![voice])
            }
            VoiceChoice::Voices(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                let voices = work.voices(&ids, self.clock.now()).await?;
                match ids
                    .iter()
                    .find(|id| voices.iter().all(|voice| voice.id != **id))
                {
                    Some(missing) => Err(ServiceError::not_found("voice", missing)),
                    None => Ok(voices),
                }
            }
        }
    }

    async fn insert_enrolment(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        request: &EnrolRequest,
        voices: &[Voice],
    ) -> Result<Enrolment, ServiceError> {
        let minimum = self.settings.minimum_speech.enrol();
        for voice in voices {
            let side = format!("voice {}", voice.id);
            self.voiceprint_of(work, voice, &side, "enrolling").await?;
            if voice.net_speech < minimum {
                return Err(ServiceError::TooLittleSpeech {
                    side,
                    purpose: "enrolling",
                    found: voice.net_speech,
                    minimum,
                });
            }
            if let Some(other) = voice.subject_id.filter(|&id| id != request.subject_id) {
                return Err(ServiceError::Conflict {
                    what: "enrolment of voice",
                    value: format!("{} with subject {other}", voice.id),
                });
            }
        }
        let enrolment = Enrolment {
            id: EnrolmentId::new(self.clock(), self.rng.as_ref()),
            subject_id: request.subject_id,
            voice_ids: voices.iter().map(|voice| voice.id).collect(),
            ground: request.ground.clone(),
            expires_at: request.expires_at,
            withdrawn_at: None,
            created_at: self.clock.now(),
        };
        work.insert_enrolment(&enrolment).await?;
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            audit::action::ENROLMENT_MADE,
            &format!("enrolment/{}", enrolment.id),
            json!({
                "subject_id": enrolment.subject_id,
                "voice_ids": enrolment.voice_ids,
                "ground": enrolment.ground,
                "expires_at": enrolment.expires_at,
            }),
        )
        .await?;
        Ok(enrolment)
    }

    async fn queue_enrolment(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        request: &EnrolRequest,
    ) -> Result<JobId, ServiceError> {
        let VoiceChoice::Recording { recording_id, pick } = request.choice else {
            return Err(ServiceError::Interrupted {
                detail: "voices cannot be pending".to_owned(),
            });
        };
        let task = JobTask::Enrol {
            subject_id: request.subject_id,
            recording_id,
            pick,
            ground: request.ground.clone(),
            expires_at: request.expires_at,
        };
        let kind = task.kind();
        let id = self.queue_job(work, actor, task).await?;
        self.tell(Event::Job {
            id,
            kind,
            state: JobState::Queued,
            progress: 0.0,
            recording_id: Some(recording_id),
        });
        Ok(id)
    }
}
