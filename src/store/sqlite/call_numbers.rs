//! Numbers of calls as they are compared.

use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes};
use super::fault::refused;
use super::session::Session;
use crate::domain::{CaseId, NumberSide, Recording, normalised_number};
use crate::store::StoreError;

impl Session {
    /// Keeps the numbers of a recording that was just added.
    pub(super) async fn insert_call_numbers(
        &mut self,
        recording: &Recording,
    ) -> Result<(), StoreError> {
        let call = &recording.call;
        for (side, written) in [
            (NumberSide::Caller, &call.caller),
            (NumberSide::Callee, &call.callee),
        ] {
            let Some(number) = written.as_deref().and_then(normalised_number) else {
                continue;
            };
            sqlx::query("INSERT INTO call_numbers (recording_id, side, number) VALUES (?, ?, ?)")
                .bind(id_bytes(recording.id.0))
                .bind(side.as_str())
                .bind(number)
                .execute(self.connection())
                .await
                .map_err(|error| {
                    let id: &dyn std::fmt::Display = &recording.id;
                    refused(error, ("number of recording", id), ("recording", id))
                })?;
        }
        Ok(())
    }

    pub(super) async fn select_cases_of_number(
        &mut self,
        number: &str,
    ) -> Result<Vec<CaseId>, StoreError> {
        let rows = sqlx::query(
            "SELECT recordings.case_id AS case_id FROM call_numbers
             JOIN recordings ON recordings.id = call_numbers.recording_id
             WHERE number = ?1 AND recordings.case_id IS NOT NULL
             UNION SELECT case_entities.case_id FROM entities
             JOIN case_entities ON case_entities.entity_id = entities.id
             WHERE entities.kind = 'phone' AND entities.normalised = ?1
             ORDER BY case_id",
        )
        .bind(number)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| Columns::new("number", row).id("case_id").map(CaseId);
        rows.iter().map(read).collect()
    }

    pub(super) async fn select_newest_numbers(
        &mut self,
        limit: u32,
    ) -> Result<Vec<(String, CaseId)>, StoreError> {
        // With one max() the other columns are those of its row. Each side of the union holds all
        // that may be among the newest of both.
        let rows = sqlx::query(
            "SELECT number, case_id, max(newest) AS newest FROM (
                 SELECT * FROM (
                     SELECT number, case_id, max(created_at) AS newest FROM call_numbers
                     JOIN recordings ON recordings.id = call_numbers.recording_id
                     WHERE case_id IS NOT NULL
                     GROUP BY number ORDER BY newest DESC, number LIMIT ?1)
                 UNION ALL
                 SELECT normalised, case_id, newest FROM (
                     SELECT entity_id, case_id, max(created_at) AS newest FROM case_entities
                     WHERE kind = 'phone'
                     GROUP BY entity_id ORDER BY newest DESC, entity_id LIMIT ?1)
                 JOIN entities ON entities.id = entity_id)
             GROUP BY number ORDER BY newest DESC, number LIMIT ?1",
        )
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("number", row);
            Ok((columns.text("number")?, CaseId(columns.id("case_id")?)))
        };
        rows.iter().map(read).collect()
    }
}
