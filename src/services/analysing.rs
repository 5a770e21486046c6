//! A stored recording is analysed, and what is found is written in one unit of work.

use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::json;

use super::{Actor, Event, ServiceError, Services, off_executor};
use crate::audit;
use crate::domain::{
    Analysis, Failure, JobId, Recording, RecordingId, RecordingState, Voice, VoiceId, VoiceOutcome,
    Voiceprint, VoiceprintId,
};
use crate::pipeline::PipelineError;
use crate::store::{AnalysedRecording, StoreError};

/// How an analyse job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Analysed {
    /// Written, with this state.
    Stored(RecordingState),
    /// The bytes cannot be analysed; the recording says why.
    Refused(Failure),
}

impl Services {
    /// Analyses bytes that are not in the archive, off the executor's threads.
    ///
    /// # Errors
    /// The bytes cannot be analysed, or cannot be read.
    pub async fn analyse_bytes<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: R,
    ) -> Result<Analysis, ServiceError> {
        let analyser = Arc::clone(&self.analyser);
        let analysis =
            off_executor(move || analyser.analyse(source, &|_| ControlFlow::Continue(()))).await?;
        Ok(analysis?)
    }

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
        let analyser = Arc::clone(&self.analyser);
        let blobs = Arc::clone(&self.blobs);
        let sha256 = recording.sha256;
        let outcome = off_executor(move || -> Result<_, ServiceError> {
            let file = blobs.open_blob(sha256).map_err(StoreError::from)?;
            Ok(analyser.analyse(std::io::BufReader::new(file), progress.as_ref()))
        })
        .await??;
        match outcome {
            Ok(analysis) => {
                let state = self
                    .write_analysis(job_id, owner, &recording, &analysis)
                    .await?;
                Ok(Analysed::Stored(state))
            }
            Err(error) if error.is_permanent() => {
                let failure = self
                    .write_failure(job_id, owner, &recording, &error)
                    .await?;
                Ok(Analysed::Refused(failure))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn write_analysis(
        &self,
        job_id: JobId,
        owner: &str,
        recording: &Recording,
        analysis: &Analysis,
    ) -> Result<RecordingState, ServiceError> {
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        let (revision, _) = work.segments(recording.id).await?;
        let mut voices = Vec::with_capacity(analysis.voices.len());
        let mut voiceprints = Vec::new();
        for found in &analysis.voices {
            let voice_id = VoiceId::new(self.clock(), self.rng.as_ref());
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
                revision: revision.saturating_add(1),
                net_speech: found.net_speech,
                speech_used: found.speech_used,
                quality: found.quality,
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
                "revision": revision.saturating_add(1),
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
        work.finish_job(job_id, owner, now).await?;
        work.commit().await?;
        self.tell(Event::Recording {
            id: recording.id,
            state,
        });
        Ok(state)
    }

    async fn write_failure(
        &self,
        job_id: JobId,
        owner: &str,
        recording: &Recording,
        error: &PipelineError,
    ) -> Result<Failure, ServiceError> {
        let failure = Failure {
            code: error.code().to_owned(),
            detail: error.to_string(),
        };
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        work.fail_recording(recording.id, &failure).await?;
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
        Ok(failure)
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
