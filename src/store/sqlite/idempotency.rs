//! Answers to requests that carried an idempotency key.

use async_trait::async_trait;

use super::columns::{Columns, digest_bytes};
use super::fault::refused;
use super::session::Session;
use crate::domain::Timestamp;
use crate::store::{IdempotencyReader, IdempotencyRecord, IdempotencyWriter, StoreError};

#[async_trait]
impl IdempotencyReader for Session {
    async fn idempotency(&mut self, key: &str) -> Result<Option<IdempotencyRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT key, request_sha256, status, location, body, created_at FROM idempotency
             WHERE key = ?",
        )
        .bind(key)
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns::new("idempotency record", &row);
        Ok(Some(IdempotencyRecord {
            key: columns.text("key")?,
            request_sha256: columns.digest("request_sha256")?,
            status: columns.number("status")?,
            location: columns.text_opt("location")?,
            body: columns.text("body")?,
            created_at: columns.time("created_at")?,
        }))
    }
}

#[async_trait]
impl IdempotencyWriter for Session {
    async fn insert_idempotency(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError> {
        let key = &record.key;
        sqlx::query(
            "INSERT INTO idempotency (key, request_sha256, status, location, body, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(key)
        .bind(digest_bytes(record.request_sha256))
        .bind(record.status)
        .bind(&record.location)
        .bind(&record.body)
        .bind(record.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("idempotency key", key), ("idempotency key", key)))?;
        Ok(())
    }

    async fn expire_idempotency(&mut self, before: Timestamp) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM idempotency WHERE created_at < ?")
            .bind(before.as_millis())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
