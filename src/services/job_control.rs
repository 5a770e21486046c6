//! Jobs are queued, cancelled and tried again by people; workers give theirs up.

use serde_json::json;

use super::{Actor, Event, ServiceError, Services};
use crate::audit;
use crate::domain::{DeliveryState, Failure, ImportState, Job, JobId, JobTask, RecordingId};

impl Services {
    /// One job.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn job(&self, id: JobId) -> Result<Job, ServiceError> {
        let mut reader = self.store.reader().await?;
        reader
            .job(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", id))
    }

    /// Queues a rebuild of the search index; one that is queued or running serves.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn queue_index(&self, actor: &Actor) -> Result<Job, ServiceError> {
        self.queue(actor, JobTask::Index {}).await
    }

    /// Queues a recording's analysis again.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn queue_analysis(
        &self,
        actor: &Actor,
        recording_id: RecordingId,
    ) -> Result<Job, ServiceError> {
        let known = self
            .store
            .reader()
            .await?
            .recording(recording_id)
            .await?
            .is_some();
        if !known {
            return Err(ServiceError::not_found("recording", recording_id));
        }
        self.queue(actor, JobTask::Analyse { recording_id }).await
    }

    /// Cancels a job that is queued or running.
    ///
    /// # Errors
    /// `NotFound`; `JobState` when it has ended.
    pub async fn cancel_job(&self, actor: &Actor, id: JobId) -> Result<Job, ServiceError> {
        let mut work = self.store.begin().await?;
        let job = work
            .job(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", id))?;
        if !work
            .cancel_job(id, "cancelled by a person", self.clock.now())
            .await?
        {
            return Err(ServiceError::job_state(job.state, "queued or running"));
        }
        // A recording without an analysis must not look as if one were coming.
        if let JobTask::Analyse { recording_id } = job.task {
            let failure = Failure {
                code: "analysis_cancelled".to_owned(),
                detail: "the analysis was cancelled, queue it again to analyse".to_owned(),
            };
            let (revision, _) = work.segments(recording_id).await?;
            if revision == 0 {
                work.fail_recording(recording_id, &failure).await?;
            }
        }
        if let JobTask::Deliver { delivery_id } = job.task {
            self.bury_delivery(work.as_mut(), delivery_id, "cancelled by a person")
                .await?;
        }
        if let JobTask::Import { import_id } = job.task {
            let now = self.clock.now();
            work.set_import_state(import_id, ImportState::Cancelled, None, now)
                .await?;
        }
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::JOB_CANCELLED,
            &format!("job/{id}"),
            json!({ "kind": job.task.kind() }),
        )
        .await?;
        let job = work
            .job(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", id))?;
        work.commit().await?;
        self.tell(event_of(&job));
        Ok(job)
    }

    /// Queues a dead or cancelled job again.
    ///
    /// # Errors
    /// `NotFound`; `JobState` when it is neither.
    pub async fn retry_job(&self, actor: &Actor, id: JobId) -> Result<Job, ServiceError> {
        let mut work = self.store.begin().await?;
        let job = work
            .job(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", id))?;
        if !work.requeue_job(id, self.clock.now()).await? {
            return Err(ServiceError::job_state(job.state, "dead or cancelled"));
        }
        // What was delivered by another job meanwhile is not sent again.
        if let JobTask::Deliver { delivery_id } = job.task
            && let Some(delivery) = work.delivery(delivery_id).await?
            && delivery.state == DeliveryState::Dead
        {
            work.settle_delivery(delivery_id, DeliveryState::Pending, None)
                .await?;
        }
        if let JobTask::Import { import_id } = job.task {
            let now = self.clock.now();
            work.set_import_state(import_id, ImportState::Pending, None, now)
                .await?;
        }
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::JOB_REQUEUED,
            &format!("job/{id}"),
            json!({ "kind": job.task.kind() }),
        )
        .await?;
        let job = work
            .job(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", id))?;
        work.commit().await?;
        self.tell(event_of(&job));
        Ok(job)
    }

    /// Gives a leased job up for good, with the reason; a recording that was to be analysed says so.
    ///
    /// # Errors
    /// The lease is lost, or the store could not do it.
    pub async fn bury_job(
        &self,
        job: &Job,
        owner: &str,
        code: &str,
        reason: &str,
    ) -> Result<(), ServiceError> {
        let mut work = self.store.begin().await?;
        work.bury_job(job.id, owner, reason, self.clock.now())
            .await?;
        let failure = Failure {
            code: code.to_owned(),
            detail: reason.to_owned(),
        };
        match job.task {
            JobTask::Analyse { recording_id } => {
                work.fail_recording(recording_id, &failure).await?;
            }
            JobTask::Import { import_id } => {
                let now = self.clock.now();
                work.set_import_state(import_id, ImportState::Failed, Some(&failure), now)
                    .await?;
            }
            JobTask::Deliver { delivery_id } => {
                self.bury_delivery(work.as_mut(), delivery_id, reason)
                    .await?;
            }
            JobTask::Enrol { .. }
            | JobTask::Index {}
            | JobTask::Watch { .. }
            | JobTask::Link { .. } => {}
        }
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::JOB_BURIED,
            &format!("job/{}", job.id),
            json!({ "kind": job.task.kind(), "attempts": job.attempts, "reason": reason }),
        )
        .await?;
        work.commit().await?;
        if let JobTask::Analyse { recording_id: id } = job.task {
            self.tell(Event::Recording {
                id,
                state: crate::domain::RecordingState::Failed,
            });
        }
        Ok(())
    }

    /// Runs the index job that `owner` has leased, and finishes it.
    ///
    /// # Errors
    /// The index or its snapshot could not be written.
    pub async fn run_index_job(&self, id: JobId, owner: &str) -> Result<u64, ServiceError> {
        let voices = self.rebuild_index(&Actor::worker()).await?;
        let mut work = self.store.begin().await?;
        work.finish_job(id, owner, self.clock.now()).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::JOB_FINISHED,
            &format!("job/{id}"),
            json!({ "kind": "index", "voices": voices }),
        )
        .await?;
        work.commit().await?;
        Ok(voices)
    }

    /// Rebuilds the index from the store and writes its snapshot.
    ///
    /// # Errors
    /// The index or its snapshot could not be written.
    pub async fn rebuild_index(&self, actor: &Actor) -> Result<u64, ServiceError> {
        let voices = self.gallery.rebuild(self.store()).await?;
        let mut work = self.store.begin().await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::INDEX_REBUILT,
            &format!("index/{}", self.analyser.model_id()),
            json!({ "voices": voices }),
        )
        .await?;
        work.commit().await?;
        self.tell(Event::Gallery { voices });
        Ok(voices)
    }

    async fn queue(&self, actor: &Actor, task: JobTask) -> Result<Job, ServiceError> {
        let mut work = self.store.begin().await?;
        let before = work.audit_head().await?;
        let id = self.queue_job(work.as_mut(), actor, task).await?;
        let job = work
            .job(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", id))?;
        // Nothing was changed when an equal job was there already.
        if work.audit_head().await? != before {
            work.commit().await?;
        }
        self.tell(event_of(&job));
        Ok(job)
    }
}

/// What listeners hear of a job.
pub(crate) fn event_of(job: &Job) -> Event {
    Event::Job {
        id: job.id,
        kind: job.task.kind(),
        state: job.state,
        progress: job.progress,
        recording_id: job.task.recording_id(),
    }
}

impl Services {
    /// Notes in the caller's unit of work that an answer was kept for an idempotency key.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn note_kept_answer(
        &self,
        work: &mut dyn crate::store::UnitOfWork,
        actor: &Actor,
        detail: serde_json::Value,
    ) -> Result<(), ServiceError> {
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            audit::action::ANSWER_KEPT,
            "request",
            detail,
        )
        .await?;
        Ok(())
    }
}
