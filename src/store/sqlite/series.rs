//! Series of cases.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::columns::{Columns, digest_bytes, id_bytes};
use super::fault::refused;
use super::groups::members_digest;
use super::link_graph::rows_of;
use crate::domain::{CaseId, Page, PageRequest, Series, SeriesId, SeriesKind, Timestamp};
use crate::store::StoreError;
use crate::store::traits::page_of;

const SELECT: &str =
    "SELECT series.id, kind, changed_at, created_at FROM series WHERE ended_at IS NULL";

/// Series without their cases.
fn read(row: &SqliteRow) -> Result<Series, StoreError> {
    let columns = Columns::new("series", row);
    Ok(Series {
        id: SeriesId(columns.id("id")?),
        kind: columns.word("kind")?,
        case_ids: Vec::new(),
        changed_at: columns.time("changed_at")?,
        created_at: columns.time("created_at")?,
    })
}

/// Reads the cases of series.
async fn filled(
    connection: &mut SqliteConnection,
    mut series: Vec<Series>,
) -> Result<Vec<Series>, StoreError> {
    const CASES: &str = "SELECT series_id, case_id FROM series_cases WHERE true";
    let ids: Vec<Uuid> = series.iter().map(|one| one.id.0).collect();
    let mut cases: BTreeMap<SeriesId, Vec<CaseId>> = BTreeMap::new();
    for row in rows_of(connection, CASES, "series_id", ids).await? {
        let columns = Columns::new("case of series", &row);
        let id = SeriesId(columns.id("series_id")?);
        cases
            .entry(id)
            .or_default()
            .push(CaseId(columns.id("case_id")?));
    }
    for one in &mut series {
        one.case_ids = cases.remove(&one.id).unwrap_or_default();
        one.case_ids.sort_unstable();
    }
    Ok(series)
}

async fn by_ids(
    connection: &mut SqliteConnection,
    mut ids: Vec<Uuid>,
) -> Result<Vec<Series>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    let found = rows_of(connection, SELECT, "series.id", ids).await?;
    let mut series = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    series.sort_by_key(|one| one.id);
    filled(connection, series).await
}

pub(super) async fn one(
    connection: &mut SqliteConnection,
    id: SeriesId,
) -> Result<Option<Series>, StoreError> {
    Ok(by_ids(connection, vec![id.0]).await?.pop())
}

pub(super) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Series>, StoreError> {
    let rows = sqlx::query("SELECT DISTINCT series_id FROM series_cases")
        .fetch_all(&mut *connection)
        .await?;
    let ids = rows
        .iter()
        .map(|row| Columns::new("series", row).id("series_id"));
    by_ids(connection, ids.collect::<Result<_, _>>()?).await
}

pub(super) async fn of_cases(
    connection: &mut SqliteConnection,
    kind: SeriesKind,
    cases: &[CaseId],
) -> Result<Vec<Series>, StoreError> {
    const OF_CASES: &str = "SELECT series_id, kind FROM series_cases WHERE true";
    let cases = cases.iter().map(|case| case.0);
    let mut ids = Vec::new();
    for row in rows_of(connection, OF_CASES, "case_id", cases).await? {
        let columns = Columns::new("series", &row);
        if columns.word::<SeriesKind>("kind")? == kind {
            ids.push(columns.id("series_id")?);
        }
    }
    by_ids(connection, ids).await
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    kind: SeriesKind,
    page: PageRequest,
) -> Result<Page<Series>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(SELECT);
    query.push(" AND kind = ").push_bind(kind.as_str());
    if let Some(after) = page.after {
        query
            .push(" AND (created_at, series.id) < (")
            .push_bind(after.created_at.as_millis())
            .push(", ")
            .push_bind(id_bytes(after.id))
            .push(")");
    }
    query
        .push(" ORDER BY created_at DESC, series.id DESC LIMIT ")
        .push_bind(i64::from(page.limit) + 1);
    let rows = query.build().fetch_all(&mut *connection).await?;
    let series = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut page = page_of(series, page, |one| (one.created_at, one.id.0));
    page.items = filled(connection, page.items).await?;
    Ok(page)
}

pub(super) async fn ended(
    connection: &mut SqliteConnection,
    kind: SeriesKind,
    members: &[CaseId],
) -> Result<Option<SeriesId>, StoreError> {
    let digest = members_digest(members.iter().map(|case| case.0));
    let row = sqlx::query(
        "SELECT id FROM series WHERE ended_at IS NOT NULL AND members_sha256 = ? AND kind = ?
         ORDER BY ended_at DESC, id LIMIT 1",
    )
    .bind(digest_bytes(digest))
    .bind(kind.as_str())
    .fetch_optional(connection)
    .await?;
    let read = |row: &SqliteRow| Columns::new("series", row).id("id").map(SeriesId);
    row.as_ref().map(read).transpose()
}

pub(super) async fn replace(
    connection: &mut SqliteConnection,
    ended: &[SeriesId],
    written: &[Series],
    at: Timestamp,
) -> Result<(), StoreError> {
    // Cases move between series, so all of them leave before any comes in.
    for id in ended.iter().chain(written.iter().map(|series| &series.id)) {
        sqlx::query("DELETE FROM series_cases WHERE series_id = ?")
            .bind(id_bytes(id.0))
            .execute(&mut *connection)
            .await?;
    }
    for id in ended {
        sqlx::query("UPDATE series SET ended_at = ? WHERE id = ?")
            .bind(at.as_millis())
            .bind(id_bytes(id.0))
            .execute(&mut *connection)
            .await?;
    }
    for series in written {
        let digest = members_digest(series.case_ids.iter().map(|case| case.0));
        sqlx::query(
            "INSERT INTO series (id, kind, members_sha256, changed_at, created_at)
             VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
                 members_sha256 = excluded.members_sha256, changed_at = excluded.changed_at,
                 ended_at = NULL",
        )
        .bind(id_bytes(series.id.0))
        .bind(series.kind.as_str())
        .bind(digest_bytes(digest))
        .bind(series.changed_at.as_millis())
        .bind(series.created_at.as_millis())
        .execute(&mut *connection)
        .await?;
        for case in &series.case_ids {
            sqlx::query("INSERT INTO series_cases (kind, case_id, series_id) VALUES (?, ?, ?)")
                .bind(series.kind.as_str())
                .bind(id_bytes(case.0))
                .bind(id_bytes(series.id.0))
                .execute(&mut *connection)
                .await
                .map_err(|error| refused(error, ("series of case", case), ("case", case)))?;
        }
    }
    Ok(())
}
