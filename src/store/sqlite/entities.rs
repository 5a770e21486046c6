//! Entities by id, by normal form and by case.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, id_bytes, json_text};
use super::entity_texts;
use super::fault::{missing, refused};
use super::session::Session;
use crate::domain::{
    CaseEntity, CaseId, Entity, EntityId, EntityKind, RecordingId, Role, Timestamp,
};
use crate::store::{EntityWriter, StoreError};

/// Columns of an entity, under names that no other table has.
pub(super) const ENTITY: &str = "entities.id AS entity_id, entities.kind AS entity_kind,
    entities.normalised, entities.written AS first_written, entities.warnings,
    entities.created_at AS entity_created_at";
/// Rows of one statement: enough that its cost is the rows', few enough for SQLite's 32766 values.
pub(super) const ROWS_A_STATEMENT: usize = 500;

/// Reads the columns of [`ENTITY`].
pub(super) fn read_entity(row: &SqliteRow) -> Result<Entity, StoreError> {
    let columns = Columns::new("entity", row);
    Ok(Entity {
        id: EntityId(columns.id("entity_id")?),
        kind: columns.word("entity_kind")?,
        normalised: columns.text("normalised")?,
        written: columns.text("first_written")?,
        warnings: columns.json("warnings")?,
        created_at: columns.time("entity_created_at")?,
    })
}

/// Columns of an entity's place in a case, beside those of the entity.
pub(super) const PLACE: &str = "case_entities.case_id AS place_case_id, case_entities.written,
    case_entities.note AS place_note, case_entities.added_by, case_entities.events,
    case_entities.created_at AS place_created_at";

/// Reads the columns of [`ENTITY`] and [`PLACE`].
pub(super) fn read_place(row: &SqliteRow) -> Result<CaseEntity, StoreError> {
    let columns = Columns::new("entity of a case", row);
    Ok(CaseEntity {
        case_id: CaseId(columns.id("place_case_id")?),
        entity: read_entity(row)?,
        written: columns.text("written")?,
        note: columns.text_opt("place_note")?,
        added_by: columns.text_opt("added_by")?,
        events: columns.number("events")?,
        created_at: columns.time("place_created_at")?,
    })
}

impl Session {
    async fn put_chunk(
        &mut self,
        entities: &[Entity],
        ids: &mut Vec<EntityId>,
    ) -> Result<(), StoreError> {
        let mut values = Vec::with_capacity(entities.len());
        for entity in entities {
            values.push((entity, json_text("warnings", &entity.warnings)?));
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO entities (id, kind, normalised, written, warnings, created_at) ",
        );
        query.push_values(values, |mut row, (entity, warnings)| {
            row.push_bind(id_bytes(entity.id.0))
                .push_bind(entity.kind.as_str())
                .push_bind(&entity.normalised)
                .push_bind(&entity.written)
                .push_bind(warnings)
                .push_bind(entity.created_at.as_millis());
        });
        // An update that changes nothing, so that rows which were there come back too.
        query.push(
            " ON CONFLICT (kind, normalised) DO UPDATE SET written = entities.written
             RETURNING id, kind, normalised",
        );
        let rows = query.build().fetch_all(self.connection()).await?;
        let mut found = std::collections::HashMap::with_capacity(rows.len());
        for row in &rows {
            let columns = Columns::new("entity", row);
            let kind: EntityKind = columns.word("kind")?;
            found.insert(
                (kind, columns.text("normalised")?),
                EntityId(columns.id("id")?),
            );
        }
        let mut new = Vec::new();
        for entity in entities {
            let key = (entity.kind, entity.normalised.clone());
            let id = found.get(&key).copied();
            let id = id.ok_or_else(|| missing("entity", entity.id))?;
            if id == entity.id {
                new.push((id.0, entity.kind, entity.normalised.as_str()));
            }
            ids.push(id);
        }
        entity_texts::enter(self.connection(), &new).await
    }
}

#[async_trait]
impl EntityWriter for Session {
    async fn put_entities(&mut self, entities: &[Entity]) -> Result<Vec<EntityId>, StoreError> {
        let mut ids = Vec::with_capacity(entities.len());
        for chunk in entities.chunks(ROWS_A_STATEMENT) {
            self.put_chunk(chunk, &mut ids).await?;
        }
        Ok(ids)
    }

    async fn put_case_entity(&mut self, entity: &CaseEntity) -> Result<(), StoreError> {
        let referred = format!("{} or case {}", entity.entity.id, entity.case_id);
        sqlx::query(
            "INSERT INTO case_entities (case_id, entity_id, kind, written, note, added_by, events,
                 created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (case_id, entity_id) DO UPDATE SET
                 note = ifnull(excluded.note, note),
                 added_by = ifnull(excluded.added_by, added_by)",
        )
        .bind(id_bytes(entity.case_id.0))
        .bind(id_bytes(entity.entity.id.0))
        .bind(entity.entity.kind.as_str())
        .bind(&entity.written)
        .bind(&entity.note)
        .bind(&entity.added_by)
        .bind(super::columns::integer("events", entity.events)?)
        .bind(entity.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            refused(
                error,
                ("entity of a case", &referred),
                ("entity", &referred),
            )
        })?;
        Ok(())
    }

    async fn put_parties(
        &mut self,
        id: RecordingId,
        started_at: Option<Timestamp>,
        parties: &[(Role, EntityId)],
    ) -> Result<(), StoreError> {
        let read = sqlx::query("UPDATE recordings SET parties_read = 1 WHERE id = ?")
            .bind(id_bytes(id.0))
            .execute(self.connection())
            .await?;
        if read.rows_affected() == 0 {
            return Err(missing("recording", id));
        }
        sqlx::query("DELETE FROM recording_entities WHERE recording_id = ?")
            .bind(id_bytes(id.0))
            .execute(self.connection())
            .await?;
        for (role, entity_id) in parties {
            sqlx::query(
                "INSERT INTO recording_entities (recording_id, role, entity_id, started_at)
                 VALUES (?, ?, ?, ?)",
            )
            .bind(id_bytes(id.0))
            .bind(role.as_str())
            .bind(id_bytes(entity_id.0))
            .bind(started_at.map(Timestamp::as_millis))
            .execute(self.connection())
            .await
            .map_err(|error| refused(error, ("party", &id), ("entity", entity_id)))?;
        }
        Ok(())
    }
}
