//! Stored answers. The database itself refuses to change or delete one.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes, json_text};
use super::fault::refused;
use super::listing::Listing;
use super::session::Session;
use crate::domain::{Comparison, ComparisonId, Page, PageRequest, SearchId, StoredSearch, VoiceId};
use crate::store::{SearchReader, SearchWriter, StoreError};

const SELECT: &str = "SELECT id, request, answer, created_at FROM searches";
const SELECT_COMPARISON: &str = "SELECT id, answer, created_at FROM comparisons";

fn read(row: &SqliteRow) -> Result<StoredSearch, StoreError> {
    let columns = Columns::new("search", row);
    Ok(StoredSearch {
        id: SearchId(columns.id("id")?),
        request: columns.json("request")?,
        answer: columns.json("answer")?,
        created_at: columns.time("created_at")?,
    })
}

fn read_comparison(row: &SqliteRow) -> Result<Comparison, StoreError> {
    Columns::new("comparison", row).json("answer")
}

#[async_trait]
impl SearchReader for Session {
    async fn search(&mut self, id: SearchId) -> Result<Option<StoredSearch>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn newest_search_of(
        &mut self,
        voice_id: VoiceId,
    ) -> Result<Option<StoredSearch>, StoreError> {
        let row = sqlx::query(
            "SELECT id, request, answer, created_at FROM searches
             WHERE probe_voice_id = ? ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .bind(id_bytes(voice_id.0))
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(read).transpose()
    }

    async fn search_repeated_by(&mut self, id: SearchId) -> Result<Option<SearchId>, StoreError> {
        let row = sqlx::query(
            "SELECT id FROM searches WHERE repeats = ? ORDER BY created_at DESC, id DESC LIMIT 1",
        )
        .bind(id_bytes(id.0))
        .fetch_optional(self.connection())
        .await?;
        row.as_ref()
            .map(|row| Columns::new("search", row).id("id").map(SearchId))
            .transpose()
    }

    async fn searches(&mut self, page: PageRequest) -> Result<Page<StoredSearch>, StoreError> {
        Listing::new(SELECT, "searches")
            .page(self.connection(), page, read, |search| {
                (search.created_at, search.id.0)
            })
            .await
    }

    async fn comparison(&mut self, id: ComparisonId) -> Result<Option<Comparison>, StoreError> {
        let row = self.row_by_id(SELECT_COMPARISON, "id", id.0).await?;
        row.as_ref().map(read_comparison).transpose()
    }

    async fn comparisons(&mut self, page: PageRequest) -> Result<Page<Comparison>, StoreError> {
        Listing::new(SELECT_COMPARISON, "comparisons")
            .page(self.connection(), page, read_comparison, |found| {
                (found.created_at, found.id.0)
            })
            .await
    }
}

#[async_trait]
impl SearchWriter for Session {
    async fn insert_search(&mut self, search: &StoredSearch) -> Result<(), StoreError> {
        let request = &search.request;
        sqlx::query(
            "INSERT INTO searches (id, request, answer, created_at, probe_voice_id, repeats)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(search.id.0))
        .bind(json_text("search", request)?)
        .bind(json_text("search", &search.answer)?)
        .bind(search.created_at.as_millis())
        .bind(request.voice_id.map(|id| id_bytes(id.0)))
        .bind(request.repeats.map(|id| id_bytes(id.0)))
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("search", &search.id), ("search", &search.id)))?;
        Ok(())
    }

    async fn insert_comparison(&mut self, comparison: &Comparison) -> Result<(), StoreError> {
        let id = comparison.id;
        sqlx::query("INSERT INTO comparisons (id, answer, created_at) VALUES (?, ?, ?)")
            .bind(id_bytes(id.0))
            .bind(json_text("comparison", comparison)?)
            .bind(comparison.created_at.as_millis())
            .execute(self.connection())
            .await
            .map_err(|error| refused(error, ("comparison", &id), ("comparison", &id)))?;
        Ok(())
    }
}
