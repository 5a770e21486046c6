//! A stored recording is analysed, and what is found is written in one unit of work.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::json;

use super::{Actor, Event, ServiceError, Services, off_executor};
use crate::audit;
use crate::domain::{
    Analysis, Failure, JobId, JobTask, Recording, RecordingId, RecordingState, Segment,
    SegmentOrigin, Suitability, Voice, VoiceAnalysis, VoiceId, VoiceOutcome, Voiceprint,
    VoiceprintId,
};
use crate::scoring::VoiceMeasures;
use crate::store::{AnalysedRecording, DescribedRevision, StoreError};

/// How an analyse job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Analysed {
    /// Written, with this state.
    Stored(RecordingState),
    /// The bytes cannot be analysed; the recording says why.
    Refused(Failure),
}

impl Services {
    /// Runs the analyse job that `owner` has leased, and finishes the job in the same unit of work.
    /// Running it twice leaves what running it once leaves.
    ///
    /// `progress` hears the fraction done and says whether to go on.
    ///
    /// # Errors
    /// `NotFound` when the recording is not there; `Interrupted` when `progress` said so; store
    /// and file errors, after which another try may succeed.
    pub async fn run_analyse_job(
        &self,
        job_id: JobId,
        owner: &str,
        recording_id: RecordingId,
        progress: Arc<dyn Fn(f32) -> ControlFlow<()> + Send + Sync>,
    ) -> Result<Analysed, ServiceError> {
        let recording = self
            .store
            .reader()
            .await?
            .recording(recording_id)
            .await?
            .ok_or_else(|| ServiceError::not_found("recording", recording_id))?;
        let (revision, given) = self.segments_to_describe(recording_id).await?;
        let analyser = Arc::clone(&self.analyser);
        let blobs = Arc::clone(&self.blobs);
        let media = Arc::clone(&self.media);
        let sha256 = recording.sha256;
        let outcome = off_executor(move || -> Result<Analysis, ServiceError> {
            let file = blobs.open_blob(sha256).map_err(StoreError::from)?;
            let media = media.open(file)?;
            Ok(media.analyse(&analyser, given, progress.as_ref())?)
        })
        .await?;
        match outcome {
            Ok(analysis) => {
                let state = self
                    .write_analysis(job_id, owner, &recording, &analysis, revision)
                    .await?;
                if let DescribedRevision::Newest(_) = revision {
                    self.repeat_searches(recording_id).await?;
                }
                Ok(Analysed::Stored(state))
            }
            Err(error) => {
                let failure = error.refusal().ok_or(error)?;
                self.write_failure(job_id, owner, &recording, &failure)
                    .await?;
                Ok(Analysed::Refused(failure))
            }
        }
    }

    /// The segments of a person's revision, which are to be described as they are; none where the
    /// analysis is to find them itself.
    async fn segments_to_describe(
        &self,
        id: RecordingId,
    ) -> Result<(DescribedRevision, Option<Vec<Segment>>), ServiceError> {
        let mut reader = self.store.reader().await?;
        let (newest, segments) = reader.segments(id).await?;
        let revisions = reader.segment_revisions(id).await?;
        let origin = revisions.last().map(|revision| revision.origin);
        Ok(match origin {
            Some(SegmentOrigin::Edited) => (DescribedRevision::Newest(newest), Some(segments)),
            Some(SegmentOrigin::Automatic) | None => {
                (DescribedRevision::New(newest.saturating_add(1)), None)
            }
        })
    }

    async fn write_analysis(
        &self,
        job_id: JobId,
        owner: &str,
        recording: &Recording,
        analysis: &Analysis,
        revision: DescribedRevision,
    ) -> Result<RecordingState, ServiceError> {
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        let known = work.voices_of_recording(recording.id, now).await?;
        let mut voices = Vec::with_capacity(analysis.voices.len());
        let mut voiceprints = Vec::new();
        for found in &analysis.voices {
            // A voice that is described again stays the voice that answers and enrolments name.
            let again = known
                .iter()
                .find(|voice| (voice.channel, voice.label) == (found.channel, found.label));
            let voice_id = match again {
                Some(voice) => voice.id,
                None => VoiceId::new(self.clock(), self.rng.as_ref()),
            };
            let too_little_speech_minimum = match &found.outcome {
                VoiceOutcome::Embedded(embedding) => {
                    voiceprints.push(Voiceprint {
                        id: VoiceprintId::new(self.clock(), self.rng.as_ref()),
                        voice_id,
                        embedding: embedding.clone(),
                        provenance: analysis.provenance.clone(),
                        created_at: now,
                    });
                    None
                }
                VoiceOutcome::TooLittleSpeech { minimum, .. } => Some(*minimum),
            };
            voices.push(Voice {
                id: voice_id,
                recording_id: recording.id,
                case_id: recording.case_id,
                channel: found.channel,
                label: found.label,
                revision: revision.number(),
                net_speech: found.net_speech,
                speech_used: found.speech_used,
                quality: found.quality,
                suitability: self.suitability(analysis, found),
                too_little_speech_minimum,
                subject_id: None,
                created_at: now,
            });
        }
        let state = if voiceprints.is_empty() {
            RecordingState::NoVoice
        } else {
            RecordingState::Analysed
        };
        let analysed = AnalysedRecording {
            recording_id: recording.id,
            analysis,
            revision,
            voices: &voices,
            voiceprints: &voiceprints,
            state,
            at: now,
        };
        let replaced = work.store_analysis(&analysed).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::RECORDING_ANALYSED,
            &format!("recording/{}", recording.id),
            json!({
                "state": state,
                "revision": revision.number(),
                "voices": voices.iter().map(|voice| voice.id).collect::<Vec<_>>(),
                "voiceprints": voiceprints.iter().map(|print| json!({
                    "voice_id": print.voice_id,
                    "embedding_sha256": embedding_digest(print),
                })).collect::<Vec<_>>(),
                "provenance": analysis.provenance,
                "damage": analysis.media.damage,
                "replaced_voices": replaced.removed,
                "enrolments_carried": replaced.carried,
                "enrolments_that_lost_a_voice": replaced.lost,
            }),
        )
        .await?;
        self.queue_watching(work.as_mut(), recording.id).await?;
        let mut events = self
            .forget_voices(work.as_mut(), recording.case_id, &replaced.removed)
            .await?;
        if !voiceprints.is_empty() {
            let task = JobTask::Link {
                recording_id: recording.id,
            };
            self.queue_job(work.as_mut(), &Actor::worker(), task)
                .await?;
        }
        work.finish_job(job_id, owner, now).await?;
        work.commit().await?;
        events.push(Event::Recording {
            id: recording.id,
            state,
        });
        events.into_iter().for_each(|event| self.tell(event));
        Ok(state)
    }

    fn suitability(&self, analysis: &Analysis, found: &VoiceAnalysis) -> Option<Suitability> {
        let of_voice = |channel: &&crate::domain::ChannelAnalysis| channel.index == found.channel;
        let channel = analysis.channels.iter().find(of_voice)?;
        let measures = VoiceMeasures {
            net_speech: found.net_speech,
            voice: &found.quality,
            channel: &channel.quality,
            media: &analysis.media,
        };
        let settings = &self.settings;
        Some(
            settings
                .suitability
                .judge(&measures, &settings.minimum_speech),
        )
    }

    async fn write_failure(
        &self,
        job_id: JobId,
        owner: &str,
        recording: &Recording,
        failure: &Failure,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        work.fail_recording(recording.id, failure).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::RECORDING_FAILED,
            &format!("recording/{}", recording.id),
            json!({ "code": failure.code, "detail": failure.detail }),
        )
        .await?;
        work.bury_job(job_id, owner, &failure.detail, now).await?;
        work.commit().await?;
        self.tell(Event::Recording {
            id: recording.id,
            state: RecordingState::Failed,
        });
        Ok(())
    }
}

/// Digest over the embedding's little-endian bytes, so that the chain can prove a stored vector.
fn embedding_digest(print: &Voiceprint) -> crate::domain::Sha256 {
    let bytes: Vec<u8> = print
        .embedding
        .values()
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    crate::domain::Sha256::of(&bytes)
}
