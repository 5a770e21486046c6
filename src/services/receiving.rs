//! A recording comes in: its bytes are on disk already, now its row and its job are written.

use serde_json::json;

use super::cases::{MAX_TEXT_CHARS, check_text};
use super::{Actor, Event, ServiceError, Services};
use crate::audio::DecodeError;
use crate::audit;
use crate::domain::{
    CallFacts, Case, CaseId, Job, JobId, JobState, JobTask, PageRequest, Recording, RecordingId,
    RecordingState, Sha256, Timestamp,
};
use crate::pipeline::PipelineError;
use crate::store::blobs::StoredBlob;
use crate::store::{JobFilter, Reader, UnitOfWork};

/// Longest file name that is kept, in characters; a longer one is cut, the bytes are what counts.
const MAX_FILENAME_CHARS: usize = 255;

/// Which case a recording belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CaseChoice {
    /// None.
    #[default]
    None,
    /// One that exists.
    Id(CaseId),
    /// One by its number, opened if it is new.
    No(String),
}

/// What is said of a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordingMetadata {
    /// Name of the file.
    pub filename: String,
    /// Case.
    pub case: CaseChoice,
    /// The call.
    pub call: CallFacts,
}

/// Whether the recording is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceivedOutcome {
    /// Stored now.
    Stored,
    /// Its case had these bytes already; nothing was changed.
    AlreadyThere,
}

/// A recording that was received.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The recording.
    pub recording: Recording,
    /// Its newest analyse job.
    pub job_id: Option<JobId>,
    /// Whether it is new.
    pub outcome: ReceivedOutcome,
}

impl Services {
    /// Writes the row of a recording whose bytes are in the blob folder, and queues its analysis.
    /// The same bytes in the same case are one recording; in two cases they are two.
    ///
    /// # Errors
    /// `Invalid` when a text is too long, `NotFound` when the case does not exist, and a refusal when
    /// the file is empty.
    pub async fn receive_recording(
        &self,
        actor: &Actor,
        blob: &StoredBlob,
        metadata: RecordingMetadata,
    ) -> Result<Received, ServiceError> {
        check_call(&metadata.call)?;
        if blob.size_bytes == 0 {
            return Err(PipelineError::from(DecodeError::EmptyFile).into());
        }
        let mut work = self.store.begin().await?;
        let case = self
            .chosen_case(work.as_mut(), actor, &metadata.case)
            .await?;
        let case_id = case.as_ref().map(|case| case.id);
        if let Some(recording) = work.recording_by_sha256(blob.sha256, case_id).await? {
            let job_id = newest_job(work.as_mut(), recording.id).await?;
            return Ok(Received {
                recording,
                job_id,
                outcome: ReceivedOutcome::AlreadyThere,
            });
        }
        let recording = Recording {
            id: RecordingId::new(self.clock(), self.rng.as_ref()),
            sha256: blob.sha256,
            size_bytes: blob.size_bytes,
            filename: clean_filename(&metadata.filename),
            case_id,
            case_no: case.map(|case| case.case_no),
            call: metadata.call,
            state: RecordingState::Pending,
            media: None,
            failure: None,
            created_at: self.clock.now(),
        };
        work.insert_recording(&recording).await?;
        self.read_parties(work.as_mut(), &recording).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::RECORDING_STORED,
            &format!("recording/{}", recording.id),
            json!({
                "sha256": recording.sha256,
                "size_bytes": recording.size_bytes,
                "case_id": recording.case_id,
            }),
        )
        .await?;
        let task = JobTask::Analyse {
            recording_id: recording.id,
        };
        let job_id = self.queue_job(work.as_mut(), actor, task).await?;
        let happenings = self.numbers_seen(work.as_mut(), &recording).await?;
        let raised = self.raise_alerts(work.as_mut(), &happenings).await?;
        work.commit().await?;
        self.tell(Event::Recording {
            id: recording.id,
            state: recording.state,
        });
        self.tell_all(raised.events);
        Ok(Received {
            recording,
            job_id: Some(job_id),
            outcome: ReceivedOutcome::Stored,
        })
    }

    /// The recording with these bytes in the chosen case, where there is one.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn already_there(
        &self,
        sha256: Sha256,
        choice: &CaseChoice,
    ) -> Result<Option<Received>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let case_id = match choice {
            CaseChoice::None => None,
            CaseChoice::Id(id) => Some(*id),
            CaseChoice::No(case_no) => match reader.case_by_no(case_no.trim()).await? {
                Some(case) => Some(case.id),
                None => return Ok(None),
            },
        };
        let Some(recording) = reader.recording_by_sha256(sha256, case_id).await? else {
            return Ok(None);
        };
        let job_id = newest_job(reader.as_mut(), recording.id).await?;
        Ok(Some(Received {
            recording,
            job_id,
            outcome: ReceivedOutcome::AlreadyThere,
        }))
    }

    /// Queues a job in the caller's unit of work; the same task queued or running is one job.
    pub(super) async fn queue_job(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        task: JobTask,
    ) -> Result<JobId, ServiceError> {
        let now = self.clock.now();
        let job = Job {
            id: JobId::new(self.clock(), self.rng.as_ref()),
            state: JobState::Queued,
            progress: 0.0,
            attempts: 0,
            max_attempts: match &task {
                JobTask::Deliver { .. } => self.settings.webhooks.max_attempts,
                JobTask::Analyse { .. }
                | JobTask::Enrol { .. }
                | JobTask::Index {}
                | JobTask::Watch { .. }
                | JobTask::Link { .. }
                | JobTask::Import { .. } => self.settings.max_attempts,
            },
            reason: None,
            run_after: now,
            lease_owner: None,
            lease_until: None,
            created_at: now,
            updated_at: now,
            task,
        };
        let dedupe_key = match &job.task {
            JobTask::Analyse { recording_id } => Some(format!("analyse/{recording_id}")),
            JobTask::Index {} => Some("index".to_owned()),
            JobTask::Watch { recording_id } => Some(format!("watch/{recording_id}")),
            JobTask::Deliver { delivery_id } => Some(format!("deliver/{delivery_id}")),
            JobTask::Link { recording_id } => Some(format!("link/{recording_id}")),
            JobTask::Import { import_id } => Some(format!("import/{import_id}")),
            JobTask::Enrol { .. } => None,
        };
        let id = work.enqueue(&job, dedupe_key.as_deref()).await?;
        if id == job.id {
            audit::record(
                work,
                self.clock(),
                actor.as_str(),
                audit::action::JOB_QUEUED,
                &format!("job/{id}"),
                json!({ "kind": job.task.kind(), "recording_id": job.task.recording_id() }),
            )
            .await?;
        }
        Ok(id)
    }

    async fn chosen_case(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        choice: &CaseChoice,
    ) -> Result<Option<Case>, ServiceError> {
        match choice {
            CaseChoice::None => Ok(None),
            CaseChoice::Id(id) => match work.case(*id).await? {
                Some(case) => Ok(Some(case)),
                None => Err(ServiceError::not_found("case", id)),
            },
            CaseChoice::No(case_no) => {
                Ok(Some(self.case_by_no_or_open(work, actor, case_no).await?))
            }
        }
    }
}

/// The newest analyse job of a recording.
pub(super) async fn newest_job(
    reader: &mut dyn Reader,
    recording_id: RecordingId,
) -> Result<Option<JobId>, ServiceError> {
    let filter = JobFilter {
        kind: Some(crate::domain::JobKind::Analyse),
        recording_id: Some(recording_id),
        ..JobFilter::default()
    };
    let page = reader
        .jobs(
            &filter,
            PageRequest {
                limit: 1,
                after: None,
            },
        )
        .await?;
    Ok(page.items.first().map(|job| job.id))
}

fn check_call(call: &CallFacts) -> Result<(), ServiceError> {
    check_text("caller", call.caller.as_deref(), 256)?;
    check_text("callee", call.callee.as_deref(), 256)?;
    check_text("source", call.source.as_deref(), MAX_TEXT_CHARS)?;
    check_text("note", call.note.as_deref(), MAX_TEXT_CHARS)?;
    let first_year = Timestamp::from_millis(0);
    if let Some(started_at) = call.started_at.filter(|&time| time < first_year) {
        return Err(ServiceError::Invalid {
            field: "started_at",
            found: started_at.to_string(),
            expected: format!("a time after {first_year}"),
        });
    }
    Ok(())
}

/// The last part of a path, without control characters: it is shown to people and never opened.
pub(super) fn clean_filename(filename: &str) -> String {
    let last = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_FILENAME_CHARS)
        .collect();
    if clean.trim().is_empty() {
        "unnamed".to_owned()
    } else {
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filename_keeps_neither_folders_nor_control_characters() {
        assert_eq!(clean_filename("../../etc/call\u{0}.wav"), "call.wav");
        assert_eq!(clean_filename("C:\\calls\\录音.wav"), "录音.wav");
        assert_eq!(clean_filename(" \n"), "unnamed");
        assert_eq!(clean_filename(&"x".repeat(1000)).len(), MAX_FILENAME_CHARS);
    }
}
