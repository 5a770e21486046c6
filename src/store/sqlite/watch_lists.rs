//! Watch lists and who is on them.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    Page, PageRequest, SubjectId, Timestamp, WatchList, WatchListId, WatchMember, WatchMemberId,
    WatchedEntry, WatchedValue,
};
use crate::store::{StoreError, WatchListReader, WatchListWriter};

const SELECT: &str =
    "SELECT id, name, purpose, ground, owner, expires_at, version, created_at FROM watch_lists";
const SELECT_MEMBER: &str = "SELECT id, watch_list_id, kind, value, subject_id, reason, created_at,
    removed_at FROM watch_members";

fn read(row: &SqliteRow) -> Result<WatchList, StoreError> {
    let columns = Columns::new("watch list", row);
    Ok(WatchList {
        id: WatchListId(columns.id("id")?),
        name: columns.text("name")?,
        purpose: columns.text("purpose")?,
        ground: columns.text("ground")?,
        owner: columns.text("owner")?,
        expires_at: columns.time("expires_at")?,
        version: columns.number("version")?,
        created_at: columns.time("created_at")?,
    })
}

fn read_member(row: &SqliteRow) -> Result<WatchMember, StoreError> {
    let columns = Columns::new("watch list member", row);
    let value = match columns.id_opt("subject_id")? {
        Some(id) => WatchedValue::Subject(SubjectId(id)),
        None => match columns.text("kind")?.as_str() {
            "number" => WatchedValue::Number(columns.text("value")?),
            "account" => WatchedValue::Account(columns.text("value")?),
            found => {
                return Err(StoreError::Corrupt {
                    what: "watch list member",
                    detail: format!("column kind: {found:?}"),
                });
            }
        },
    };
    Ok(WatchMember {
        id: WatchMemberId(columns.id("id")?),
        watch_list_id: WatchListId(columns.id("watch_list_id")?),
        value,
        reason: columns.text("reason")?,
        added_at: columns.time("created_at")?,
        removed_at: columns.time_opt("removed_at")?,
    })
}

#[async_trait]
impl WatchListReader for Session {
    async fn watch_list(&mut self, id: WatchListId) -> Result<Option<WatchList>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn watch_lists(&mut self, page: PageRequest) -> Result<Page<WatchList>, StoreError> {
        Listing::new(SELECT, "watch_lists")
            .page(self.connection(), page, read, |list| {
                (list.created_at, list.id.0)
            })
            .await
    }

    async fn watch_member(&mut self, id: WatchMemberId) -> Result<Option<WatchMember>, StoreError> {
        self.row_by_id(SELECT_MEMBER, "id", id.0)
            .await?
            .as_ref()
            .map(read_member)
            .transpose()
    }

    async fn watch_members(
        &mut self,
        id: WatchListId,
        page: PageRequest,
    ) -> Result<Page<WatchMember>, StoreError> {
        Listing::new(SELECT_MEMBER, "watch_members")
            .only("watch_list_id", Some(id_bytes(id.0)))
            .page(self.connection(), page, read_member, |member| {
                (member.added_at, member.id.0)
            })
            .await
    }

    async fn watch_member_count(&mut self, id: WatchListId) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) AS members FROM watch_members
             WHERE watch_list_id = ? AND removed_at IS NULL",
        )
        .bind(id_bytes(id.0))
        .fetch_one(self.connection())
        .await?;
        Columns::new("watch list member", &row).number("members")
    }

    async fn watched(
        &mut self,
        values: &[WatchedValue],
        now: Timestamp,
    ) -> Result<Vec<WatchedEntry>, StoreError> {
        let mut entries = Vec::new();
        for value in values {
            let rows = sqlx::query(
                "SELECT watch_list_id FROM watch_members
                 JOIN watch_lists ON watch_lists.id = watch_list_id
                 WHERE kind = ? AND value = ? AND removed_at IS NULL AND expires_at > ?
                 ORDER BY watch_list_id",
            )
            .bind(value.kind())
            .bind(value.text())
            .bind(now.as_millis())
            .fetch_all(self.connection())
            .await?;
            for row in &rows {
                let columns = Columns::new("watch list member", row);
                entries.push(WatchedEntry {
                    watch_list_id: WatchListId(columns.id("watch_list_id")?),
                    value: value.clone(),
                });
            }
        }
        Ok(entries)
    }
}

#[async_trait]
impl WatchListWriter for Session {
    async fn insert_watch_list(&mut self, list: &WatchList) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO watch_lists
                 (id, name, purpose, ground, owner, expires_at, version, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(list.id.0))
        .bind(&list.name)
        .bind(&list.purpose)
        .bind(&list.ground)
        .bind(&list.owner)
        .bind(list.expires_at.as_millis())
        .bind(list.version)
        .bind(list.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("watch list", &list.name), ("watch list", &list.id)))?;
        Ok(())
    }

    async fn update_watch_list(&mut self, list: &WatchList) -> Result<WatchList, StoreError> {
        let updated = sqlx::query(
            "UPDATE watch_lists SET name = ?, purpose = ?, ground = ?, owner = ?, expires_at = ?,
                 version = version + 1
             WHERE id = ? AND version = ?",
        )
        .bind(&list.name)
        .bind(&list.purpose)
        .bind(&list.ground)
        .bind(&list.owner)
        .bind(list.expires_at.as_millis())
        .bind(id_bytes(list.id.0))
        .bind(list.version)
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("watch list", &list.name), ("watch list", &list.id)))?;
        let present = self
            .watch_list(list.id)
            .await?
            .ok_or_else(|| missing("watch list", list.id))?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::Stale {
                what: "watch list",
                expected: list.version,
                found: present.version,
            });
        }
        Ok(present)
    }

    async fn insert_watch_member(&mut self, member: &WatchMember) -> Result<(), StoreError> {
        let (value, subject_id) = (
            member.value.text(),
            match &member.value {
                WatchedValue::Subject(id) => Some(id_bytes(id.0)),
                WatchedValue::Number(_) | WatchedValue::Account(_) => None,
            },
        );
        let list_is_there = self.watch_list(member.watch_list_id).await?.is_some();
        if !list_is_there {
            return Err(missing("watch list", member.watch_list_id));
        }
        sqlx::query(
            "INSERT INTO watch_members
                 (id, watch_list_id, kind, value, subject_id, reason, created_at, removed_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(member.id.0))
        .bind(id_bytes(member.watch_list_id.0))
        .bind(member.value.kind())
        .bind(&value)
        .bind(subject_id)
        .bind(&member.reason)
        .bind(member.added_at.as_millis())
        .bind(member.removed_at.map(Timestamp::as_millis))
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("watch list member", &value), ("subject", &value)))?;
        Ok(())
    }

    async fn remove_watch_member(
        &mut self,
        id: WatchMemberId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE watch_members SET removed_at = coalesce(removed_at, ?) WHERE id = ?",
        )
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        match updated.rows_affected() {
            0 => Err(missing("watch list member", id)),
            _ => Ok(()),
        }
    }
}
