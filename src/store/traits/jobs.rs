//! The durable queue.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Job, JobId, JobKind, JobState, Page, PageRequest, RecordingId, Timestamp};

/// Narrows a list of jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Of this kind.
    pub kind: Option<JobKind>,
    /// In this state.
    pub state: Option<JobState>,
    /// Working on this recording.
    pub recording_id: Option<RecordingId>,
}

/// A job that the caller holds the lease of.
#[derive(Debug, Clone, PartialEq)]
pub struct LeasedJob {
    /// The job.
    pub job: Job,
    /// The worker that holds the lease.
    pub owner: String,
}

/// Why a job is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryCause {
    /// The try failed; it counts.
    Failed,
    /// What the job waits for is not there yet; the try does not count.
    NotReady,
}

/// Looks at jobs.
#[async_trait]
pub trait JobReader: Send {
    /// One job.
    async fn job(&mut self, id: JobId) -> Result<Option<Job>, StoreError>;
    /// Jobs, newest first.
    async fn jobs(
        &mut self,
        filter: &JobFilter,
        page: PageRequest,
    ) -> Result<Page<Job>, StoreError>;
    /// Number of jobs by state, every state once.
    async fn job_counts(&mut self) -> Result<Vec<(JobState, u64)>, StoreError>;
}

/// Changes jobs in the same unit of work as what they do.
#[async_trait]
pub trait JobWriter: Send {
    /// Queues a job. `dedupe_key`: when a job with the same key is queued or running, that one's id
    /// is returned and nothing is added. `Missing` when the recording that it works on is not there.
    async fn enqueue(&mut self, job: &Job, dedupe_key: Option<&str>) -> Result<JobId, StoreError>;
    /// Marks a leased job as done. `LeaseLost` when `owner` no longer holds it.
    async fn finish_job(&mut self, id: JobId, owner: &str, at: Timestamp)
    -> Result<(), StoreError>;
    /// Gives a leased job up. `LeaseLost` when `owner` no longer holds it.
    async fn bury_job(
        &mut self,
        id: JobId,
        owner: &str,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Cancels a job that is not final; true when it was. A running worker learns it at its next
    /// heartbeat.
    async fn cancel_job(
        &mut self,
        id: JobId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Queues a dead or cancelled job again with its attempts at zero; true when it was one.
    /// `Conflict` when a job with the same dedupe key is queued or running by now.
    async fn requeue_job(&mut self, id: JobId, at: Timestamp) -> Result<bool, StoreError>;
}

/// Leases: work in hand rather than evidence, so these changes write no audit rows.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Leases the oldest job that may run, deliveries left out: a queued one whose time has come, or
    /// a running one whose lease has ended. Counts the attempt. Two workers never get the same job.
    ///
    /// A job whose workers were killed again and again comes back with `attempts` above
    /// `max_attempts`: it must not be run but buried, in a unit of work, since that is a change
    /// that the audit chain tells.
    async fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<LeasedJob>, StoreError>;
    /// As [`JobQueue::claim`], for deliveries: the one whose time came first. They wait for partners,
    /// who must not hold up what the archive does.
    async fn claim_delivery(
        &self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<LeasedJob>, StoreError>;
    /// Renews a lease and reports progress. `LeaseLost` when the job was cancelled or taken over.
    async fn heartbeat(
        &self,
        id: JobId,
        owner: &str,
        progress: f32,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Gives a job back, to run again at `run_after`. `LeaseLost` when `owner` no longer holds it.
    async fn retry(
        &self,
        id: JobId,
        owner: &str,
        reason: &str,
        cause: RetryCause,
        now: Timestamp,
        run_after: Timestamp,
    ) -> Result<(), StoreError>;
    /// Gives every job of a worker back at once, without counting the attempt: at shutdown.
    /// Returns how many.
    async fn release(&self, owner: &str, now: Timestamp) -> Result<u64, StoreError>;
    /// Gives every job of a worker that is known to be dead back at once. The attempts count, since
    /// a job may be what kills its workers. Returns how many.
    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<u64, StoreError>;
    /// Workers that hold leases.
    async fn lease_owners(&self) -> Result<Vec<String>, StoreError>;
}
