//! Cases.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{Case, CaseId, Page, PageRequest};
use crate::store::{CaseReader, CaseWriter, StoreError};

pub(super) const SELECT: &str = "SELECT id, case_no, title, note, version, created_at FROM cases";

pub(super) fn read(row: &SqliteRow) -> Result<Case, StoreError> {
    let columns = Columns::new("case", row);
    Ok(Case {
        id: CaseId(columns.id("id")?),
        case_no: columns.text("case_no")?,
        title: columns.text_opt("title")?,
        note: columns.text_opt("note")?,
        version: columns.number("version")?,
        created_at: columns.time("created_at")?,
    })
}

#[async_trait]
impl CaseReader for Session {
    async fn case(&mut self, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn case_by_no(&mut self, case_no: &str) -> Result<Option<Case>, StoreError> {
        let row = sqlx::query(
            "SELECT id, case_no, title, note, version, created_at FROM cases WHERE case_no = ?",
        )
        .bind(case_no)
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(read).transpose()
    }

    async fn cases(&mut self, page: PageRequest) -> Result<Page<Case>, StoreError> {
        Listing::new(SELECT, "cases")
            .page(self.connection(), page, read, |case| {
                (case.created_at, case.id.0)
            })
            .await
    }
}

#[async_trait]
impl CaseWriter for Session {
    async fn insert_case(&mut self, case: &Case) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO cases (id, case_no, title, note, version, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(case.id.0))
        .bind(&case.case_no)
        .bind(&case.title)
        .bind(&case.note)
        .bind(case.version)
        .bind(case.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("case", &case.case_no), ("case", &case.id)))?;
        Ok(())
    }

    async fn update_case(&mut self, case: &Case) -> Result<Case, StoreError> {
        let updated = sqlx::query(
            "UPDATE cases SET title = ?, note = ?, version = version + 1
             WHERE id = ? AND version = ?",
        )
        .bind(&case.title)
        .bind(&case.note)
        .bind(id_bytes(case.id.0))
        .bind(case.version)
        .execute(self.connection())
        .await?;
        let present = self
            .case(case.id)
            .await?
            .ok_or_else(|| missing("case", case.id))?;
        if updated.rows_affected() == 0 {
            let (expected, found) = (case.version, present.version);
            return Err(StoreError::Stale {
                what: "case",
                expected,
                found,
            });
        }
        Ok(present)
    }
}
