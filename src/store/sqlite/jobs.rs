//! Jobs, as changed in a unit of work.

use async_trait::async_trait;
use sqlx::sqlite::{SqliteQueryResult, SqliteRow};

use super::columns::{Columns, id_bytes, json_text};
use super::fault::refused;
use super::listing::Listing;
use super::session::Session;
use crate::domain::{Job, JobId, JobKind, JobState, Page, PageRequest, Timestamp};
use crate::store::{JobFilter, JobReader, JobWriter, StoreError};

const SELECT: &str = "SELECT id, task, state, progress, attempts, max_attempts, reason, run_after,
    lease_owner, lease_until, created_at, updated_at FROM jobs";

const STATES: [JobState; 5] = [
    JobState::Queued,
    JobState::Running,
    JobState::Done,
    JobState::Dead,
    JobState::Cancelled,
];

/// Reads a row of `jobs`.
pub(super) fn read(row: &SqliteRow) -> Result<Job, StoreError> {
    let columns = Columns::new("job", row);
    Ok(Job {
        id: JobId(columns.id("id")?),
        task: columns.json("task")?,
        state: columns.word("state")?,
        progress: columns.raw("progress")?,
        attempts: columns.number("attempts")?,
        max_attempts: columns.number("max_attempts")?,
        reason: columns.text_opt("reason")?,
        run_after: columns.time("run_after")?,
        lease_owner: columns.text_opt("lease_owner")?,
        lease_until: columns.time_opt("lease_until")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

/// `LeaseLost` when no row was changed: the job is not running, or another worker runs it.
pub(super) fn held(changed: &SqliteQueryResult, id: JobId, owner: &str) -> Result<(), StoreError> {
    match changed.rows_affected() {
        0 => Err(StoreError::LeaseLost {
            id,
            owner: owner.to_owned(),
        }),
        _ => Ok(()),
    }
}

#[async_trait]
impl JobReader for Session {
    async fn job(&mut self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn jobs(
        &mut self,
        filter: &JobFilter,
        page: PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        Listing::new(SELECT, "jobs")
            .only("kind", filter.kind.map(JobKind::as_str))
            .only("state", filter.state.map(JobState::as_str))
            .only("recording_id", filter.recording_id.map(|id| id_bytes(id.0)))
            .page(self.connection(), page, read, |job| {
                (job.created_at, job.id.0)
            })
            .await
    }

    async fn job_counts(&mut self) -> Result<Vec<(JobState, u64)>, StoreError> {
        let rows = sqlx::query("SELECT state, count(*) AS jobs FROM jobs GROUP BY state")
            .fetch_all(self.connection())
            .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("job", row);
            Ok((
                columns.word::<JobState>("state")?,
                columns.number::<u64>("jobs")?,
            ))
        };
        let found = rows
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, StoreError>>()?;
        let count_of = |state| found.iter().find(|(other, _)| *other == state);
        Ok(STATES
            .map(|state| (state, count_of(state).map_or(0, |(_, jobs)| *jobs)))
            .to_vec())
    }
}

#[async_trait]
impl JobWriter for Session {
    async fn enqueue(&mut self, job: &Job, dedupe_key: Option<&str>) -> Result<JobId, StoreError> {
        if let Some(key) = dedupe_key {
            let same = sqlx::query(
                "SELECT id FROM jobs WHERE dedupe_key = ? AND state IN ('queued', 'running')",
            )
            .bind(key)
            .fetch_optional(self.connection())
            .await?;
            if let Some(row) = same {
                return Ok(JobId(Columns::new("job", &row).id("id")?));
            }
        }
        let recording_id = job.task.recording_id();
        let referred = recording_id.map_or_else(String::new, |id| id.to_string());
        sqlx::query(
            "INSERT INTO jobs (id, kind, task, recording_id, dedupe_key, state, progress, attempts,
                 max_attempts, reason, run_after, lease_owner, lease_until, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(job.id.0))
        .bind(job.task.kind().as_str())
        .bind(json_text("job", &job.task)?)
        .bind(recording_id.map(|id| id_bytes(id.0)))
        .bind(dedupe_key)
        .bind(job.state.as_str())
        .bind(job.progress)
        .bind(job.attempts)
        .bind(job.max_attempts)
        .bind(&job.reason)
        .bind(job.run_after.as_millis())
        .bind(&job.lease_owner)
        .bind(job.lease_until.map(Timestamp::as_millis))
        .bind(job.created_at.as_millis())
        .bind(job.updated_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("job", &job.id), ("recording", &referred)))?;
        Ok(job.id)
    }

    async fn finish_job(
        &mut self,
        id: JobId,
        owner: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'done', progress = 1, reason = NULL, lease_owner = NULL,
                 lease_until = NULL, updated_at = ?
             WHERE id = ? AND state = 'running' AND lease_owner = ?",
        )
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .bind(owner)
        .execute(self.connection())
        .await?;
        held(&changed, id, owner)
    }

    async fn bury_job(
        &mut self,
        id: JobId,
        owner: &str,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'dead', reason = ?, lease_owner = NULL, lease_until = NULL,
                 updated_at = ?
             WHERE id = ? AND state = 'running' AND lease_owner = ?",
        )
        .bind(reason)
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .bind(owner)
        .execute(self.connection())
        .await?;
        held(&changed, id, owner)
    }

    async fn cancel_job(
        &mut self,
        id: JobId,
        reason: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'cancelled', reason = ?, lease_owner = NULL,
                 lease_until = NULL, updated_at = ?
             WHERE id = ? AND state IN ('queued', 'running')",
        )
        .bind(reason)
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    async fn requeue_job(&mut self, id: JobId, at: Timestamp) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'queued', progress = 0, attempts = 0, reason = NULL,
                 run_after = ?1, updated_at = ?1
             WHERE id = ?2 AND state IN ('dead', 'cancelled')",
        )
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("job like", &id), ("job", &id)))?;
        Ok(changed.rows_affected() > 0)
    }
}
