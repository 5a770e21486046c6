//! The workers of one process.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::lease::{Pulse, beat};
use super::memory;
use super::presence::Presence;
use crate::domain::{Job, JobId, JobState, JobTask};
use crate::services::{Analysed, Event, ServiceError, Services};
use crate::store::{RetryCause, StoreError};

/// How often a worker without a job looks for one.
const POLL: Duration = Duration::from_millis(250);
/// How often a worker without a delivery looks for one: each look waits for the one writer.
const PARTNERS_POLL: Duration = Duration::from_millis(1000);
/// Longest pause between two tries.
const MAX_BACKOFF_MS: u64 = 300_000;

/// Settings of the workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Jobs at a time, deliveries left out.
    pub count: usize,
    /// Deliveries to partners at a time.
    pub deliveries: usize,
    /// Lease, in milliseconds.
    pub lease_ms: u64,
    /// Pause before the second try, in milliseconds; doubles with each.
    pub backoff_ms: u64,
    /// Time that running jobs get at shutdown, in milliseconds.
    pub grace_ms: u64,
}

/// Which jobs a worker takes. A partner that does not answer must not hold up the archive.
#[derive(Debug, Clone, Copy)]
enum Lane {
    Archive,
    Partners,
}

impl Lane {
    const fn poll(self) -> Duration {
        match self {
            Self::Archive => POLL,
            Self::Partners => PARTNERS_POLL,
        }
    }
}

/// The workers of one process.
pub struct Workers {
    services: Arc<Services>,
    presence: Presence,
    settings: WorkerSettings,
    running: Mutex<Vec<(JobId, Arc<Pulse>)>>,
}

impl Workers {
    /// Workers that hold their leases under `presence`.
    pub fn new(services: Arc<Services>, presence: Presence, settings: WorkerSettings) -> Self {
        Self {
            services,
            presence,
            settings,
            running: Mutex::new(Vec::new()),
        }
    }

    /// Works until `shutdown`, then lets running jobs end within the grace and gives the rest back.
    ///
    /// # Errors
    /// The jobs could not be given back; their leases end by themselves.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), ServiceError> {
        let services = &self.services;
        let released = self
            .presence
            .take_over_from_the_dead(services.store(), services.clock())
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "jobs of ended processes wait until their leases end");
                0
            });
        tracing::info!(
            workers = self.settings.count,
            taken_over_jobs = released,
            "workers started"
        );
        let mut tasks = JoinSet::new();
        for _ in 0..self.settings.count.max(1) {
            tasks.spawn(Arc::clone(&self).work(Lane::Archive, shutdown.clone()));
        }
        for _ in 0..self.settings.deliveries.max(1) {
            tasks.spawn(Arc::clone(&self).work(Lane::Partners, shutdown.clone()));
        }
        shutdown.cancelled().await;
        let grace = Duration::from_millis(self.settings.grace_ms);
        if tokio::time::timeout(grace, drain(&mut tasks))
            .await
            .is_err()
        {
            tracing::info!("running jobs did not end within the grace and are given back");
            self.stop_running();
            drain(&mut tasks).await;
        }
        let owner = self.presence.owner();
        self.services
            .store()
            .release(owner, self.services.clock().now())
            .await?;
        Ok(())
    }

    async fn work(self: Arc<Self>, lane: Lane, shutdown: CancellationToken) {
        let mut has_worked = false;
        while !shutdown.is_cancelled() {
            match self.claim(lane).await {
                Ok(Some(job)) => {
                    self.run_job(job).await;
                    has_worked = true;
                }
                Ok(None) => {
                    if std::mem::take(&mut has_worked) {
                        tokio::task::spawn_blocking(memory::give_back);
                    }
                    let _ = tokio::time::timeout(lane.poll(), shutdown.cancelled()).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "no job could be claimed");
                    let _ = tokio::time::timeout(lane.poll(), shutdown.cancelled()).await;
                }
            }
        }
    }

    async fn claim(&self, lane: Lane) -> Result<Option<Job>, StoreError> {
        let now = self.services.clock().now();
        let until = now.plus_millis(self.settings.lease_ms as i64);
        let (store, owner) = (self.services.store(), self.presence.owner());
        let leased = match lane {
            Lane::Archive => store.claim(owner, now, until).await?,
            Lane::Partners => store.claim_delivery(owner, now, until).await?,
        };
        Ok(leased.map(|leased| leased.job))
    }

    async fn run_job(&self, job: Job) {
        let kind = job.task.kind();
        if job.attempts > job.max_attempts {
            let reason = format!("was begun {} times and never ended", job.attempts - 1);
            self.bury(&job, "never_ended", &reason).await;
            return;
        }
        let pulse = Arc::new(Pulse::default());
        self.track(job.id, &pulse);
        let heartbeat = tokio::spawn(beat(
            Arc::clone(&self.services),
            job.clone(),
            self.presence.owner().to_owned(),
            self.settings.lease_ms,
            Arc::clone(&pulse),
        ));
        self.tell(&job, JobState::Running, 0.0);
        let outcome = self.run_task(&job, &pulse).await;
        heartbeat.abort();
        self.untrack(job.id);
        match outcome {
            Ok(state) => {
                tracing::info!(job_id = %job.id, kind = kind.as_str(), state = state.as_str(), "job ended");
                self.tell(&job, state, 1.0);
            }
            Err(_) if pulse.is_lost() => self.tell(&job, JobState::Cancelled, 0.0),
            Err(error) => self.after_failure(&job, error).await,
        }
    }

    async fn run_task(&self, job: &Job, pulse: &Arc<Pulse>) -> Result<JobState, ServiceError> {
        let owner = self.presence.owner();
        match &job.task {
            JobTask::Analyse { recording_id } => {
                let pulse = Arc::clone(pulse);
                let progress: Arc<dyn Fn(f32) -> ControlFlow<()> + Send + Sync> =
                    Arc::new(move |fraction| pulse.report(fraction));
                let analysed = self
                    .services
                    .run_analyse_job(job.id, owner, *recording_id, progress)
                    .await?;
                Ok(match analysed {
                    Analysed::Stored(_) => JobState::Done,
                    Analysed::Refused(_) => JobState::Dead,
                })
            }
            JobTask::Enrol { .. } => {
                self.services
                    .run_enrol_job(job.id, owner, &job.task)
                    .await?;
                Ok(JobState::Done)
            }
            JobTask::Link { recording_id } => {
                self.services
                    .run_link_job(job.id, owner, *recording_id)
                    .await?;
                Ok(JobState::Done)
            }
            JobTask::Index {} => {
                self.services.run_index_job(job.id, owner).await?;
                Ok(JobState::Done)
            }
            JobTask::Watch { recording_id } => {
                self.services
                    .run_watch_job(job.id, owner, *recording_id)
                    .await?;
                Ok(JobState::Done)
            }
            JobTask::Deliver { delivery_id } => {
                self.services
                    .run_deliver_job(job, owner, *delivery_id)
                    .await
            }
            JobTask::Import { import_id } => {
                let pulse = Arc::clone(pulse);
                let progress: Arc<dyn Fn(f32) -> ControlFlow<()> + Send + Sync> =
                    Arc::new(move |fraction| pulse.report(fraction));
                self.services
                    .run_import_job(job.id, owner, *import_id, progress)
                    .await?;
                Ok(JobState::Done)
            }
        }
    }

    /// Another try for what may pass, the dead-letter state for what cannot.
    async fn after_failure(&self, job: &Job, error: ServiceError) {
        tracing::warn!(job_id = %job.id, attempt = job.attempts, %error, "job failed");
        let cause = match &error {
            // The next try reads what stands then: an edit may have come in while it ran.
            ServiceError::RecordingPending { .. } | ServiceError::Stale { .. } => {
                RetryCause::NotReady
            }
            ServiceError::Interrupted { .. }
            | ServiceError::Table(_)
            | ServiceError::Pipeline(_)
            | ServiceError::Transcode(_)
            | ServiceError::Index(_)
            | ServiceError::Audit(_)
            | ServiceError::Store(_) => RetryCause::Failed,
            ServiceError::Invalid { .. }
            | ServiceError::NotFound { .. }
            | ServiceError::Conflict { .. }
            | ServiceError::NoVoice { .. }
            | ServiceError::VoiceAmbiguous { .. }
            | ServiceError::TooLittleSpeech { .. }
            | ServiceError::JobState { .. }
            | ServiceError::CalibrationState { .. }
            | ServiceError::State { .. }
            | ServiceError::Signature(_)
            | ServiceError::ReportKey(_)
            | ServiceError::ContradictoryDecision { .. }
            | ServiceError::TooFewTrials { .. }
            | ServiceError::Scoring(_) => {
                self.bury(job, "refused", &error.to_string()).await;
                return;
            }
        };
        if cause == RetryCause::Failed && job.attempts >= job.max_attempts {
            self.bury(job, "tries_exhausted", &error.to_string()).await;
            return;
        }
        let now = self.services.clock().now();
        let run_after = now.plus_millis(self.backoff_ms(job.attempts) as i64);
        let reason = error.to_string();
        let owner = self.presence.owner();
        if let Err(error) = self
            .services
            .store()
            .retry(job.id, owner, &reason, cause, now, run_after)
            .await
        {
            // The lease ends by itself and another worker takes the job.
            tracing::warn!(job_id = %job.id, %error, "job could not be given back");
        }
        self.tell(job, JobState::Queued, 0.0);
    }

    fn backoff_ms(&self, attempts: u32) -> u64 {
        let doublings = attempts.saturating_sub(1).min(20);
        self.settings
            .backoff_ms
            .saturating_mul(1 << doublings)
            .min(MAX_BACKOFF_MS)
    }

    async fn bury(&self, job: &Job, code: &str, reason: &str) {
        match self
            .services
            .bury_job(job, self.presence.owner(), code, reason)
            .await
        {
            Ok(()) => self.tell(job, JobState::Dead, 0.0),
            Err(error) => tracing::error!(job_id = %job.id, %error, "job could not be buried"),
        }
    }

    fn tell(&self, job: &Job, state: JobState, progress: f32) {
        self.services.tell(Event::Job {
            id: job.id,
            kind: job.task.kind(),
            state,
            progress,
            recording_id: job.task.recording_id(),
        });
    }

    fn track(&self, id: JobId, pulse: &Arc<Pulse>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.push((id, Arc::clone(pulse)));
    }

    fn untrack(&self, id: JobId) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|(other, _)| *other != id);
    }

    fn stop_running(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.iter().for_each(|(_, pulse)| pulse.stop());
    }
}

async fn drain(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
