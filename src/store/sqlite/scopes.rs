//! Which recordings and subjects a search is about.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, id_bytes};
use super::session::Session;
use crate::domain::{RecordingId, RecordingScope, SubjectClass, SubjectId, Timestamp, WatchListId};
use crate::store::{ScopeReader, ScopedRecordings, StoreError};

/// Sorts behind every digit, and before every letter.
const AFTER_DIGITS: char = ':';

#[async_trait]
impl ScopeReader for Session {
    async fn recordings_in_scope(
        &mut self,
        scope: &RecordingScope,
    ) -> Result<ScopedRecordings, StoreError> {
        let ids = self.scoped_ids(scope).await?;
        let unknown = self.out_of_knowledge(scope).await?;
        Ok(ScopedRecordings { ids, unknown })
    }

    async fn subjects_of_class(
        &mut self,
        class: SubjectClass,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let rows = sqlx::query("SELECT id FROM subjects WHERE class = ? ORDER BY id")
            .bind(class.as_str())
            .fetch_all(self.connection())
            .await?;
        let read = |row: &SqliteRow| Columns::new("subject", row).id("id").map(SubjectId);
        rows.iter().map(read).collect()
    }

    async fn subjects_watched_by(
        &mut self,
        id: WatchListId,
        now: Timestamp,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT subject_id FROM watch_members
             JOIN watch_lists ON watch_lists.id = watch_list_id
             WHERE watch_list_id = ? AND subject_id IS NOT NULL AND removed_at IS NULL
                 AND expires_at > ?
             ORDER BY subject_id",
        )
        .bind(id_bytes(id.0))
        .bind(now.as_millis())
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("watch list member", row);
            columns.id("subject_id").map(SubjectId)
        };
        rows.iter().map(read).collect()
    }
}

impl Session {
    async fn scoped_ids(&mut self, scope: &RecordingScope) -> Result<Vec<RecordingId>, StoreError> {
        let mut query = of_case("SELECT id", scope);
        if let Some(from) = scope.started_from {
            query
                .push(" AND started_at >= ")
                .push_bind(from.as_millis());
        }
        if let Some(before) = scope.started_before {
            query
                .push(" AND started_at < ")
                .push_bind(before.as_millis());
        }
        if let Some(prefix) = &scope.number_prefix {
            query
                .push(" AND id IN (SELECT recording_id FROM call_numbers WHERE number >= ")
                .push_bind(prefix.clone())
                .push(" AND number < ")
                .push_bind(format!("{prefix}{AFTER_DIGITS}"))
                .push(")");
        }
        let mut rows = query.build().fetch(self.connection());
        let mut ids = Vec::new();
        while let Some(row) = rows.try_next().await? {
            ids.push(RecordingId(Columns::new("recording", &row).id("id")?));
        }
        Ok(ids)
    }

    /// Recordings that the scope cannot be decided of.
    async fn out_of_knowledge(&mut self, scope: &RecordingScope) -> Result<u64, StoreError> {
        let timed = scope.started_from.is_some() || scope.started_before.is_some();
        let by_number = scope.number_prefix.is_some();
        if !timed && !by_number {
            return Ok(0);
        }
        let mut query = of_case("SELECT count(*) AS unknown", scope);
        query.push(match (timed, by_number) {
            (true, false) => " AND started_at IS NULL",
            (false, _) => " AND id NOT IN (SELECT recording_id FROM call_numbers)",
            (true, true) => {
                " AND (started_at IS NULL OR id NOT IN (SELECT recording_id FROM call_numbers))"
            }
        });
        let row = query.build().fetch_one(self.connection()).await?;
        Columns::new("recordings", &row).number("unknown")
    }
}

fn of_case(select: &str, scope: &RecordingScope) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(format!("{select} FROM recordings WHERE state = 'analysed'"));
    if let Some(case_id) = scope.case_id {
        query.push(" AND case_id = ").push_bind(id_bytes(case_id.0));
    }
    query
}
