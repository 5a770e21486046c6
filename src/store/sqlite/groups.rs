//! Groups of voices, and what became of groups and series.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::columns::{Columns, digest_bytes, id_bytes, json_text};
use super::fault::refused;
use super::link_graph::rows_of;
use super::series;
use super::session::Session;
use crate::domain::{
    CaseId, DatedLineage, Group, GroupId, GroupMember, LineageEvent, Llr, Page, PageRequest,
    Series, SeriesId, SeriesKind, Sha256, Timestamp, VoiceId,
};
use crate::store::traits::page_of;
use crate::store::{GroupReader, GroupWriter, StoreError};

const SELECT: &str =
    "SELECT groups.id, worst_llr, changed_at, created_at FROM groups WHERE ended_at IS NULL";

/// Digest over ids, whatever their order.
pub(super) fn members_digest(ids: impl IntoIterator<Item = Uuid>) -> Sha256 {
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    ids.sort_unstable();
    let bytes: Vec<u8> = ids.into_iter().flat_map(Uuid::into_bytes).collect();
    Sha256::of(&bytes)
}

/// Groups without their members.
fn read(row: &SqliteRow) -> Result<Group, StoreError> {
    let columns = Columns::new("group", row);
    Ok(Group {
        id: GroupId(columns.id("id")?),
        members: Vec::new(),
        worst_llr: columns.raw::<Option<f64>>("worst_llr")?.map(Llr),
        changed_at: columns.time("changed_at")?,
        created_at: columns.time("created_at")?,
    })
}

/// Reads the members of groups.
async fn filled(
    connection: &mut SqliteConnection,
    mut groups: Vec<Group>,
) -> Result<Vec<Group>, StoreError> {
    const MEMBERS: &str = "SELECT group_id, voice_id, core FROM group_members WHERE true";
    let ids: Vec<Uuid> = groups.iter().map(|group| group.id.0).collect();
    let mut members: BTreeMap<GroupId, Vec<GroupMember>> = BTreeMap::new();
    for row in rows_of(connection, MEMBERS, "group_id", ids).await? {
        let columns = Columns::new("group member", &row);
        let group = GroupId(columns.id("group_id")?);
        members.entry(group).or_default().push(GroupMember {
            voice_id: VoiceId(columns.id("voice_id")?),
            core: columns.number("core")?,
        });
    }
    for group in &mut groups {
        group.members = members.remove(&group.id).unwrap_or_default();
        group.members.sort_unstable();
    }
    Ok(groups)
}

/// Groups of the ids in the first column of some rows, by id.
async fn groups_of(
    connection: &mut SqliteConnection,
    rows: Vec<SqliteRow>,
) -> Result<Vec<Group>, StoreError> {
    let ids = rows
        .iter()
        .map(|row| Columns::new("group member", row).id("group_id"));
    let mut ids = ids.collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    let found = rows_of(connection, SELECT, "groups.id", ids).await?;
    let mut groups = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    groups.sort_by_key(|group| group.id);
    filled(connection, groups).await
}

fn read_lineage(row: &SqliteRow) -> Result<DatedLineage, StoreError> {
    let columns = Columns::new("lineage", row);
    Ok(DatedLineage {
        event: LineageEvent {
            id: columns.id("id")?,
            change: columns.word("change")?,
            other: columns.id_opt("other")?,
            members: columns.json("members")?,
        },
        at: columns.time("at")?,
    })
}

#[async_trait]
impl GroupReader for Session {
    async fn group(&mut self, id: GroupId) -> Result<Option<Group>, StoreError> {
        let found = rows_of(self.connection(), SELECT, "groups.id", [id.0]).await?;
        let groups = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(filled(self.connection(), groups).await?.pop())
    }

    async fn groups(
        &mut self,
        case_id: Option<CaseId>,
        page: PageRequest,
    ) -> Result<Page<Group>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        if let Some(case_id) = case_id {
            query
                .push(
                    " AND groups.id IN (SELECT group_id FROM recordings
                         JOIN voices ON voices.recording_id = recordings.id
                         JOIN group_members ON group_members.voice_id = voices.id
                         WHERE case_id = ",
                )
                .push_bind(id_bytes(case_id.0))
                .push(")");
        }
        if let Some(after) = page.after {
            query
                .push(" AND (created_at, groups.id) < (")
                .push_bind(after.created_at.as_millis())
                .push(", ")
                .push_bind(id_bytes(after.id))
                .push(")");
        }
        query
            .push(" ORDER BY created_at DESC, groups.id DESC LIMIT ")
            .push_bind(i64::from(page.limit) + 1);
        let rows = query.build().fetch_all(self.connection()).await?;
        let groups = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut page = page_of(groups, page, |group| (group.created_at, group.id.0));
        page.items = filled(self.connection(), page.items).await?;
        Ok(page)
    }

    async fn all_groups(&mut self) -> Result<Vec<Group>, StoreError> {
        let rows = sqlx::query("SELECT group_id FROM group_members GROUP BY group_id")
            .fetch_all(self.connection())
            .await?;
        groups_of(self.connection(), rows).await
    }

    async fn groups_of_voices(&mut self, voices: &[VoiceId]) -> Result<Vec<Group>, StoreError> {
        const OF_VOICES: &str = "SELECT group_id FROM group_members WHERE true";
        let voices = voices.iter().map(|voice| voice.0);
        let rows = rows_of(self.connection(), OF_VOICES, "voice_id", voices).await?;
        groups_of(self.connection(), rows).await
    }

    async fn groups_of_cases(&mut self, cases: &[CaseId]) -> Result<Vec<Group>, StoreError> {
        const OF_CASES: &str = "SELECT group_id FROM recordings
            JOIN voices ON voices.recording_id = recordings.id
            JOIN group_members ON group_members.voice_id = voices.id WHERE true";
        let cases = cases.iter().map(|case| case.0);
        let rows = rows_of(self.connection(), OF_CASES, "case_id", cases).await?;
        groups_of(self.connection(), rows).await
    }

    async fn ended_group(&mut self, members: &[VoiceId]) -> Result<Option<GroupId>, StoreError> {
        let digest = members_digest(members.iter().map(|voice| voice.0));
        let row = sqlx::query(
            "SELECT id FROM groups WHERE ended_at IS NOT NULL AND members_sha256 = ?
             ORDER BY ended_at DESC, id LIMIT 1",
        )
        .bind(digest_bytes(digest))
        .fetch_optional(self.connection())
        .await?;
        let read = |row: &SqliteRow| Columns::new("group", row).id("id").map(GroupId);
        row.as_ref().map(read).transpose()
    }

    async fn series(&mut self, id: SeriesId) -> Result<Option<Series>, StoreError> {
        series::one(self.connection(), id).await
    }

    async fn series_list(
        &mut self,
        kind: SeriesKind,
        page: PageRequest,
    ) -> Result<Page<Series>, StoreError> {
        series::list(self.connection(), kind, page).await
    }

    async fn all_series(&mut self) -> Result<Vec<Series>, StoreError> {
        series::all(self.connection()).await
    }

    async fn series_of_cases(
        &mut self,
        kind: SeriesKind,
        cases: &[CaseId],
    ) -> Result<Vec<Series>, StoreError> {
        series::of_cases(self.connection(), kind, cases).await
    }

    async fn ended_series(
        &mut self,
        kind: SeriesKind,
        members: &[CaseId],
    ) -> Result<Option<SeriesId>, StoreError> {
        series::ended(self.connection(), kind, members).await
    }

    async fn lineage(&mut self, id: Uuid, limit: u32) -> Result<Vec<DatedLineage>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, id, change, other, members, at FROM lineage WHERE id = ?1
             UNION SELECT seq, id, change, other, members, at FROM lineage WHERE other = ?1
             ORDER BY seq DESC LIMIT ?2",
        )
        .bind(id_bytes(id))
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter().rev().map(read_lineage).collect()
    }
}

#[async_trait]
impl GroupWriter for Session {
    async fn replace_groups(
        &mut self,
        ended: &[GroupId],
        written: &[Group],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        // Members move between groups, so all of them leave before any comes in.
        for id in ended.iter().chain(written.iter().map(|group| &group.id)) {
            sqlx::query("DELETE FROM group_members WHERE group_id = ?")
                .bind(id_bytes(id.0))
                .execute(self.connection())
                .await?;
        }
        for id in ended {
            sqlx::query("UPDATE groups SET ended_at = ? WHERE id = ?")
                .bind(at.as_millis())
                .bind(id_bytes(id.0))
                .execute(self.connection())
                .await?;
        }
        for group in written {
            let digest = members_digest(group.members.iter().map(|member| member.voice_id.0));
            sqlx::query(
                "INSERT INTO groups (id, members_sha256, worst_llr, changed_at, created_at)
                 VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
                     members_sha256 = excluded.members_sha256, worst_llr = excluded.worst_llr,
                     changed_at = excluded.changed_at, ended_at = NULL",
            )
            .bind(id_bytes(group.id.0))
            .bind(digest_bytes(digest))
            .bind(group.worst_llr.map(|llr| llr.0))
            .bind(group.changed_at.as_millis())
            .bind(group.created_at.as_millis())
            .execute(self.connection())
            .await?;
            for member in &group.members {
                sqlx::query(
                    "INSERT INTO group_members (voice_id, group_id, core) VALUES (?, ?, ?)",
                )
                .bind(id_bytes(member.voice_id.0))
                .bind(id_bytes(group.id.0))
                .bind(member.core)
                .execute(self.connection())
                .await
                .map_err(|error| {
                    let voice = ("group of voice", &member.voice_id as &dyn std::fmt::Display);
                    refused(error, voice, ("group", &group.id))
                })?;
            }
        }
        Ok(())
    }

    async fn replace_series(
        &mut self,
        ended: &[SeriesId],
        written: &[Series],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        series::replace(self.connection(), ended, written, at).await
    }

    async fn append_lineage(
        &mut self,
        events: &[LineageEvent],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for event in events {
            sqlx::query(
                "INSERT INTO lineage (id, change, other, members, at) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(id_bytes(event.id))
            .bind(event.change.as_str())
            .bind(event.other.map(id_bytes))
            .bind(json_text("lineage", &event.members)?)
            .bind(at.as_millis())
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }
}
