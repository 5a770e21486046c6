//! Leases. Each change is one statement, which commits by itself.
//!
//! A claim names its index: left to itself, SQLite sorts every open job to find the first.

use async_trait::async_trait;

use super::SqliteStore;
use super::columns::id_bytes;
use super::jobs::{held, read};
use crate::domain::{JobId, Timestamp};
use crate::store::{JobQueue, LeasedJob, RetryCause, StoreError};

#[async_trait]
impl JobQueue for SqliteStore {
    async fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<LeasedJob>, StoreError> {
        let row = sqlx::query(
            "UPDATE jobs SET state = 'running', progress = 0, attempts = attempts + 1,
                 lease_owner = ?1, lease_until = ?2, updated_at = ?3
             WHERE id = (
                 SELECT id FROM jobs INDEXED BY jobs_open
                 WHERE state IN ('queued', 'running') AND kind <> 'deliver'
                     AND (CASE state WHEN 'queued' THEN run_after ELSE lease_until END) <= ?3
                 ORDER BY created_at, id LIMIT 1)
             RETURNING id, task, state, progress, attempts, max_attempts, reason, run_after,
                 lease_owner, lease_until, created_at, updated_at",
        )
        .bind(owner)
        .bind(lease_until.as_millis())
        .bind(now.as_millis())
        .fetch_optional(&self.writer)
        .await?;
        let job = row.as_ref().map(read).transpose()?;
        Ok(job.map(|job| LeasedJob {
            job,
            owner: owner.to_owned(),
        }))
    }

    async fn claim_delivery(
        &self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<LeasedJob>, StoreError> {
        let row = sqlx::query(
            "UPDATE jobs SET state = 'running', progress = 0, attempts = attempts + 1,
                 lease_owner = ?1, lease_until = ?2, updated_at = ?3
             WHERE id = (
                 SELECT id FROM jobs INDEXED BY jobs_open_deliveries
                 WHERE state IN ('queued', 'running') AND kind = 'deliver'
                     AND (CASE state WHEN 'queued' THEN run_after ELSE lease_until END) <= ?3
                 ORDER BY run_after, created_at, id LIMIT 1)
             RETURNING id, task, state, progress, attempts, max_attempts, reason, run_after,
                 lease_owner, lease_until, created_at, updated_at",
        )
        .bind(owner)
        .bind(lease_until.as_millis())
        .bind(now.as_millis())
        .fetch_optional(&self.writer)
        .await?;
        let job = row.as_ref().map(read).transpose()?;
        Ok(job.map(|job| LeasedJob {
            job,
            owner: owner.to_owned(),
        }))
    }

    async fn heartbeat(
        &self,
        id: JobId,
        owner: &str,
        progress: f32,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET progress = ?, lease_until = ?, updated_at = ?
             WHERE id = ? AND state = 'running' AND lease_owner = ?",
        )
        .bind(if progress.is_finite() {
            progress.clamp(0.0, 1.0)
        } else {
            0.0
        })
        .bind(lease_until.as_millis())
        .bind(now.as_millis())
        .bind(id_bytes(id.0))
        .bind(owner)
        .execute(&self.writer)
        .await?;
        held(&changed, id, owner)
    }

    async fn retry(
        &self,
        id: JobId,
        owner: &str,
        reason: &str,
        cause: RetryCause,
        now: Timestamp,
        run_after: Timestamp,
    ) -> Result<(), StoreError> {
        let uncounted = match cause {
            RetryCause::Failed => 0,
            RetryCause::NotReady => 1,
        };
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'queued', progress = 0, attempts = max(attempts - ?, 0),
                 reason = ?, run_after = ?, lease_owner = NULL, lease_until = NULL, updated_at = ?
             WHERE id = ? AND state = 'running' AND lease_owner = ?",
        )
        .bind(uncounted)
        .bind(reason)
        .bind(run_after.as_millis())
        .bind(now.as_millis())
        .bind(id_bytes(id.0))
        .bind(owner)
        .execute(&self.writer)
        .await?;
        held(&changed, id, owner)
    }

    async fn release(&self, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.give_back(owner, now, 1).await
    }

    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.give_back(owner, now, 0).await
    }

    async fn lease_owners(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT lease_owner FROM jobs WHERE state = 'running' ORDER BY lease_owner",
        )
        .fetch_all(&self.readers)
        .await?)
    }
}

impl SqliteStore {
    async fn give_back(
        &self,
        owner: &str,
        now: Timestamp,
        uncounted: u32,
    ) -> Result<u64, StoreError> {
        let changed = sqlx::query(
            "UPDATE jobs SET state = 'queued', progress = 0, attempts = max(attempts - ?1, 0),
                 run_after = ?2, lease_owner = NULL, lease_until = NULL, updated_at = ?2
             WHERE state = 'running' AND lease_owner = ?3",
        )
        .bind(uncounted)
        .bind(now.as_millis())
        .bind(owner)
        .execute(&self.writer)
        .await?;
        Ok(changed.rows_affected())
    }
}
