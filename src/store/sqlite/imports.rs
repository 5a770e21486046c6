//! Imports of tables. The database itself refuses to change what was asked for.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, digest_bytes, id_bytes, integer};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    CaseId, Failure, Import, ImportCounts, ImportId, ImportState, Page, PageRequest, RowError,
    Sha256, Timestamp,
};
use crate::store::{ImportReader, ImportWriter, StoreError};

const SELECT: &str = "SELECT id, case_id, kind, filename, sha256, size_bytes, mapping, state,
    failure_code, failure_detail, rows_total, rows_read, added, duplicates, refused, created_at,
    updated_at FROM imports";

fn read(row: &SqliteRow) -> Result<Import, StoreError> {
    let columns = Columns::new("import", row);
    let failure = columns
        .text_opt("failure_code")?
        .zip(columns.text_opt("failure_detail")?);
    Ok(Import {
        id: ImportId(columns.id("id")?),
        case_id: CaseId(columns.id("case_id")?),
        kind: columns.word("kind")?,
        filename: columns.text("filename")?,
        sha256: columns.digest("sha256")?,
        size_bytes: columns.number("size_bytes")?,
        mapping: columns.text("mapping")?,
        state: columns.word("state")?,
        failure: failure.map(|(code, detail)| Failure { code, detail }),
        rows_total: columns.number("rows_total")?,
        counts: ImportCounts {
            rows: columns.number("rows_read")?,
            added: columns.number("added")?,
            duplicates: columns.number("duplicates")?,
            refused: columns.number("refused")?,
        },
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

#[async_trait]
impl ImportReader for Session {
    async fn import(&mut self, id: ImportId) -> Result<Option<Import>, StoreError> {
        let row = self.row_by_id(SELECT, "id", id.0).await?;
        row.as_ref().map(read).transpose()
    }

    async fn imports(
        &mut self,
        case_id: Option<CaseId>,
        page: PageRequest,
    ) -> Result<Page<Import>, StoreError> {
        Listing::new(SELECT, "imports")
            .only("case_id", case_id.map(|id| id_bytes(id.0)))
            .page(self.connection(), page, read, |import| {
                (import.created_at, import.id.0)
            })
            .await
    }

    async fn imports_of_bytes(
        &mut self,
        sha256: Sha256,
        case_id: Option<CaseId>,
    ) -> Result<Vec<Import>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        query
            .push(" WHERE sha256 = ")
            .push_bind(digest_bytes(sha256));
        if let Some(case_id) = case_id {
            query.push(" AND case_id = ").push_bind(id_bytes(case_id.0));
        }
        query.push(" ORDER BY created_at DESC, id DESC");
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    async fn import_errors(
        &mut self,
        id: ImportId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<RowError>, StoreError> {
        let rows = sqlx::query(
            "SELECT line, field, found, expected FROM import_errors
             WHERE import_id = ? AND position >= ? ORDER BY position LIMIT ?",
        )
        .bind(id_bytes(id.0))
        .bind(after)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("error of an import", row);
            Ok(RowError {
                row: columns.number("line")?,
                column: columns.text("field")?,
                found: columns.text("found")?,
                expected: columns.text("expected")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl ImportWriter for Session {
    async fn insert_import(&mut self, import: &Import) -> Result<(), StoreError> {
        let failure = import.failure.as_ref();
        let counts = import.counts;
        sqlx::query(
            "INSERT INTO imports (id, case_id, kind, filename, sha256, size_bytes, mapping, state,
                 failure_code, failure_detail, rows_total, rows_read, added, duplicates, refused,
                 created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(import.id.0))
        .bind(id_bytes(import.case_id.0))
        .bind(import.kind.as_str())
        .bind(&import.filename)
        .bind(digest_bytes(import.sha256))
        .bind(integer("import size", import.size_bytes)?)
        .bind(&import.mapping)
        .bind(import.state.as_str())
        .bind(failure.map(|failure| failure.code.as_str()))
        .bind(failure.map(|failure| failure.detail.as_str()))
        .bind(integer("rows", import.rows_total)?)
        .bind(integer("rows", counts.rows)?)
        .bind(integer("rows", counts.added)?)
        .bind(integer("rows", counts.duplicates)?)
        .bind(integer("rows", counts.refused)?)
        .bind(import.created_at.as_millis())
        .bind(import.updated_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("import", &import.id), ("case", &import.case_id)))?;
        Ok(())
    }

    async fn advance_import(
        &mut self,
        id: ImportId,
        counts: ImportCounts,
        errors: &[RowError],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE imports SET rows_read = ?, added = ?, duplicates = ?, refused = ?,
                 updated_at = ? WHERE id = ?",
        )
        .bind(integer("rows", counts.rows)?)
        .bind(integer("rows", counts.added)?)
        .bind(integer("rows", counts.duplicates)?)
        .bind(integer("rows", counts.refused)?)
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        if updated.rows_affected() == 0 {
            return Err(missing("import", id));
        }
        for error in errors {
            sqlx::query(
                "INSERT INTO import_errors (import_id, position, line, field, found, expected)
                 SELECT ?1, ifnull(max(position) + 1, 0), ?2, ?3, ?4, ?5 FROM import_errors
                 WHERE import_id = ?1",
            )
            .bind(id_bytes(id.0))
            .bind(integer("line", error.row)?)
            .bind(&error.column)
            .bind(&error.found)
            .bind(&error.expected)
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    async fn set_import_state(
        &mut self,
        id: ImportId,
        state: ImportState,
        failure: Option<&Failure>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE imports SET state = ?, failure_code = ?, failure_detail = ?, updated_at = ?
             WHERE id = ?",
        )
        .bind(state.as_str())
        .bind(failure.map(|failure| failure.code.as_str()))
        .bind(failure.map(|failure| failure.detail.as_str()))
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        match updated.rows_affected() {
            0 => Err(missing("import", id)),
            _ => Ok(()),
        }
    }
}
