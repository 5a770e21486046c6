//! Calibrations. The database itself refuses to change one, and to have two active for one model.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, digest_bytes, id_bytes};
use super::fault::{missing, refused};
use super::session::Session;
use crate::domain::{CalibrationChange, CalibrationId, ModelId, Sha256, StoredCalibration};
use crate::store::{CalibrationReader, CalibrationWriter, StoreError};

const SELECT: &str =
    "SELECT id, name, file, sha256, model, origin_sha256, state, created_at FROM calibrations";

fn read_change(row: &SqliteRow) -> Result<CalibrationChange, StoreError> {
    let columns = Columns::new("calibration change", row);
    Ok(CalibrationChange {
        state: columns.word("state")?,
        actor: columns.text("actor")?,
        reason: columns.text_opt("reason")?,
        at: columns.time("at")?,
    })
}

impl Session {
    async fn read_calibration(&mut self, row: &SqliteRow) -> Result<StoredCalibration, StoreError> {
        let columns = Columns::new("calibration", row);
        let id = CalibrationId(columns.id("id")?);
        let changes = sqlx::query(
            "SELECT state, actor, reason, at FROM calibration_changes
             WHERE calibration_id = ? ORDER BY position",
        )
        .bind(id_bytes(id.0))
        .fetch_all(self.connection())
        .await?;
        Ok(StoredCalibration {
            id,
            name: columns.text("name")?,
            file: columns.text("file")?,
            sha256: columns.digest("sha256")?,
            model: ModelId::new(columns.text("model")?),
            origin_sha256: columns.digest("origin_sha256")?,
            state: columns.word("state")?,
            changes: changes.iter().map(read_change).collect::<Result<_, _>>()?,
            created_at: columns.time("created_at")?,
        })
    }

    async fn insert_change(
        &mut self,
        id: CalibrationId,
        change: &CalibrationChange,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO calibration_changes (calibration_id, position, state, actor, reason, at)
             SELECT ?1, 1 + count(*), ?2, ?3, ?4, ?5 FROM calibration_changes
             WHERE calibration_id = ?1",
        )
        .bind(id_bytes(id.0))
        .bind(change.state.as_str())
        .bind(&change.actor)
        .bind(&change.reason)
        .bind(change.at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("calibration change", &id), ("calibration", &id)))?;
        Ok(())
    }
}

#[async_trait]
impl CalibrationReader for Session {
    async fn calibration(
        &mut self,
        id: CalibrationId,
    ) -> Result<Option<StoredCalibration>, StoreError> {
        match self.row_by_id(SELECT, "id", id.0).await? {
            None => Ok(None),
            Some(row) => self.read_calibration(&row).await.map(Some),
        }
    }

    async fn calibrations(&mut self) -> Result<Vec<StoredCalibration>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, file, sha256, model, origin_sha256, state, created_at
             FROM calibrations ORDER BY created_at DESC, id DESC",
        )
        .fetch_all(self.connection())
        .await?;
        let mut calibrations = Vec::with_capacity(rows.len());
        for row in &rows {
            calibrations.push(self.read_calibration(row).await?);
        }
        Ok(calibrations)
    }

    async fn active_calibration(
        &mut self,
        origin_sha256: Sha256,
    ) -> Result<Option<(CalibrationId, Sha256)>, StoreError> {
        let row = sqlx::query(
            "SELECT id, sha256 FROM calibrations WHERE origin_sha256 = ? AND state = 'active'",
        )
        .bind(digest_bytes(origin_sha256))
        .fetch_optional(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("calibration", row);
            Ok((CalibrationId(columns.id("id")?), columns.digest("sha256")?))
        };
        row.as_ref().map(read).transpose()
    }
}

#[async_trait]
impl CalibrationWriter for Session {
    async fn insert_calibration(
        &mut self,
        calibration: &StoredCalibration,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO calibrations
                 (id, name, file, sha256, model, origin_sha256, state, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(calibration.id.0))
        .bind(&calibration.name)
        .bind(&calibration.file)
        .bind(digest_bytes(calibration.sha256))
        .bind(calibration.model.as_str())
        .bind(digest_bytes(calibration.origin_sha256))
        .bind(calibration.state.as_str())
        .bind(calibration.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            let unique = ("calibration", &calibration.name as &dyn std::fmt::Display);
            refused(error, unique, ("calibration", &calibration.id))
        })?;
        for change in &calibration.changes {
            self.insert_change(calibration.id, change).await?;
        }
        Ok(())
    }

    async fn change_calibration(
        &mut self,
        id: CalibrationId,
        change: &CalibrationChange,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query("UPDATE calibrations SET state = ? WHERE id = ?")
            .bind(change.state.as_str())
            .bind(id_bytes(id.0))
            .execute(self.connection())
            .await
            .map_err(|error| refused(error, ("active calibration", &id), ("calibration", &id)))?;
        if updated.rows_affected() == 0 {
            return Err(missing("calibration", id));
        }
        self.insert_change(id, change).await
    }
}
