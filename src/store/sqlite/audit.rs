//! The audit chain. The database itself refuses to change or delete a row.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, digest_bytes, integer};
use super::session::Session;
use crate::domain::{AuditHead, AuditRow};
use crate::store::{AuditReader, AuditWriter, StoreError};

fn read(row: &SqliteRow) -> Result<AuditRow, StoreError> {
    let columns = Columns::new("audit row", row);
    Ok(AuditRow {
        seq: columns.number("seq")?,
        at: columns.time("at")?,
        actor: columns.text("actor")?,
        action: columns.text("action")?,
        object: columns.text("object")?,
        detail: columns.text("detail")?,
        prev_hash: columns.digest("prev_hash")?,
        hash: columns.digest("hash")?,
    })
}

#[async_trait]
impl AuditReader for Session {
    async fn audit_head(&mut self) -> Result<AuditHead, StoreError> {
        let row = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?;
        let Some(row) = row else {
            return Ok(AuditHead::EMPTY);
        };
        let columns = Columns::new("audit row", &row);
        Ok(AuditHead {
            seq: columns.number("seq")?,
            hash: columns.digest("hash")?,
        })
    }

    async fn audit_rows(&mut self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let Ok(after) = i64::try_from(after) else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query(
            "SELECT seq, at, actor, action, object, detail, prev_hash, hash FROM audit
             WHERE seq > ? ORDER BY seq LIMIT ?",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl AuditWriter for Session {
    async fn append_audit(&mut self, row: &AuditRow) -> Result<(), StoreError> {
        let head = self.audit_head().await?;
        if Some(row.seq) != head.seq.checked_add(1) {
            let detail = format!("row {} does not follow row {}", row.seq, head.seq);
            return Err(StoreError::AuditChain { detail });
        }
        if row.prev_hash != head.hash {
            let detail = format!(
                "row {} follows hash {}, expected {}",
                row.seq, row.prev_hash, head.hash
            );
            return Err(StoreError::AuditChain { detail });
        }
        sqlx::query(
            "INSERT INTO audit (seq, at, actor, action, object, detail, prev_hash, hash)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(integer("audit position", row.seq)?)
        .bind(row.at.as_millis())
        .bind(&row.actor)
        .bind(&row.action)
        .bind(&row.object)
        .bind(&row.detail)
        .bind(digest_bytes(row.prev_hash))
        .bind(digest_bytes(row.hash))
        .execute(self.connection())
        .await?;
        self.audited = true;
        Ok(())
    }
}
