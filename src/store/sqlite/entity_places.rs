//! Where entities occur: cases, recordings, and what two cases share.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::cases;
use super::columns::{Columns, id_bytes};
use super::entities::{ENTITY, PLACE, read_entity, read_place};
use super::recordings;
use super::session::Session;
use crate::domain::{
    Case, CaseEntity, CaseId, Entity, EntityId, EntityKind, Page, PageRequest, Recording,
    RecordingId, Role, Subject, SubjectId, Timestamp, VoiceId,
};
use crate::store::traits::page_of;
use crate::store::{
    EntityReader, HeardSubject, RecordingParty, SharedEntity, StoreError, TextMatch,
};

/// Entities in their places.
fn places() -> QueryBuilder<Sqlite> {
    QueryBuilder::new(format!(
        "SELECT {ENTITY}, {PLACE} FROM case_entities
         JOIN entities ON entities.id = case_entities.entity_id"
    ))
}

#[async_trait]
impl EntityReader for Session {
    async fn entity(&mut self, id: EntityId) -> Result<Option<Entity>, StoreError> {
        Ok(self.entities(&[id]).await?.pop())
    }

    async fn entities(&mut self, ids: &[EntityId]) -> Result<Vec<Entity>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(super::entities::ROWS_A_STATEMENT) {
            let mut query =
                QueryBuilder::<Sqlite>::new(format!("SELECT {ENTITY} FROM entities WHERE id IN ("));
            let mut list = query.separated(", ");
            for id in chunk {
                list.push_bind(id_bytes(id.0));
            }
            query.push(")");
            let rows = query.build().fetch_all(self.connection()).await?;
            for row in &rows {
                found.push(read_entity(row)?);
            }
        }
        Ok(found)
    }

    async fn entity_by_value(
        &mut self,
        kind: EntityKind,
        normalised: &str,
    ) -> Result<Option<Entity>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {ENTITY} FROM entities"));
        query
            .push(" WHERE kind = ")
            .push_bind(kind.as_str())
            .push(" AND normalised = ")
            .push_bind(normalised);
        let row = query.build().fetch_optional(self.connection()).await?;
        row.as_ref().map(read_entity).transpose()
    }

    async fn entities_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Entity>, StoreError> {
        self.find_entities(text, how, limit).await
    }

    async fn case_entity(
        &mut self,
        case_id: CaseId,
        entity_id: EntityId,
    ) -> Result<Option<CaseEntity>, StoreError> {
        let mut query = places();
        query
            .push(" WHERE case_entities.case_id = ")
            .push_bind(id_bytes(case_id.0))
            .push(" AND case_entities.entity_id = ")
            .push_bind(id_bytes(entity_id.0));
        let row = query.build().fetch_optional(self.connection()).await?;
        row.as_ref().map(read_place).transpose()
    }

    async fn entities_of_case(
        &mut self,
        case_id: CaseId,
        kind: Option<EntityKind>,
        page: PageRequest,
    ) -> Result<Page<CaseEntity>, StoreError> {
        let mut query = places();
        query
            .push(" WHERE case_entities.case_id = ")
            .push_bind(id_bytes(case_id.0));
        if let Some(kind) = kind {
            query
                .push(" AND case_entities.kind = ")
                .push_bind(kind.as_str());
        }
        if let Some(after) = page.after {
            query
                .push(" AND (case_entities.created_at, case_entities.entity_id) < (")
                .push_bind(after.created_at.as_millis())
                .push(", ")
                .push_bind(id_bytes(after.id))
                .push(")");
        }
        query
            .push(" ORDER BY case_entities.created_at DESC, case_entities.entity_id DESC LIMIT ")
            .push_bind(i64::from(page.limit) + 1);
        let rows = query.build().fetch_all(self.connection()).await?;
        let items = rows.iter().map(read_place).collect::<Result<Vec<_>, _>>()?;
        Ok(page_of(items, page, |place| {
            (place.created_at, place.entity.id.0)
        }))
    }

    async fn busiest_entities(
        &mut self,
        case_id: CaseId,
        limit: u32,
    ) -> Result<Vec<CaseEntity>, StoreError> {
        let mut query = places();
        query
            .push(" WHERE case_entities.case_id = ")
            .push_bind(id_bytes(case_id.0))
            .push(" ORDER BY case_entities.events DESC LIMIT ")
            .push_bind(limit);
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter().map(read_place).collect()
    }

    async fn entity_count(&mut self, case_id: CaseId) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count(*) AS found FROM case_entities WHERE case_id = ?")
            .bind(id_bytes(case_id.0))
            .fetch_one(self.connection())
            .await?;
        Columns::new("entity of a case", &row).number("found")
    }

    async fn cases_of_entity(
        &mut self,
        id: EntityId,
        limit: u32,
    ) -> Result<Vec<(Case, CaseEntity)>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "SELECT cases.id, case_no, title, cases.note, version, cases.created_at, {ENTITY},
                 {PLACE}
             FROM case_entities JOIN entities ON entities.id = case_entities.entity_id
             JOIN cases ON cases.id = case_entities.case_id
             WHERE case_entities.entity_id = "
        ));
        query
            .push_bind(id_bytes(id.0))
            .push(" ORDER BY cases.created_at DESC, cases.id DESC LIMIT ")
            .push_bind(limit);
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter()
            .map(|row| Ok((cases::read(row)?, read_place(row)?)))
            .collect()
    }

    async fn entity_case_counts(
        &mut self,
        ids: &[EntityId],
    ) -> Result<Vec<(EntityId, u64)>, StoreError> {
        let mut counts = Vec::with_capacity(ids.len());
        for id in ids {
            let row =
                sqlx::query("SELECT count(*) AS cases FROM case_entities WHERE entity_id = ?")
                    .bind(id_bytes(id.0))
                    .fetch_one(self.connection())
                    .await?;
            let cases = Columns::new("entity of a case", &row).number("cases")?;
            if cases > 0 {
                counts.push((*id, cases));
            }
        }
        Ok(counts)
    }

    async fn shared_entities(
        &mut self,
        case_id: CaseId,
        with: Option<CaseId>,
        limit: u32,
    ) -> Result<Vec<SharedEntity>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "SELECT {ENTITY}, other.case_id AS other_case_id,
                 (SELECT count(*) FROM case_entities AS everywhere
                  WHERE everywhere.entity_id = own.entity_id) AS cases
             FROM case_entities AS own JOIN case_entities AS other
                 ON other.entity_id = own.entity_id AND other.case_id <> own.case_id
             JOIN entities ON entities.id = own.entity_id
             WHERE own.case_id = "
        ));
        query.push_bind(id_bytes(case_id.0));
        if let Some(with) = with {
            query
                .push(" AND other.case_id = ")
                .push_bind(id_bytes(with.0));
        }
        query
            .push(" ORDER BY cases, own.entity_id, other.case_id LIMIT ")
            .push_bind(limit);
        let rows = query.build().fetch_all(self.connection()).await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("shared entity", row);
            Ok(SharedEntity {
                entity: read_entity(row)?,
                other: CaseId(columns.id("other_case_id")?),
                cases: columns.number("cases")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn recordings_of_entity(
        &mut self,
        id: EntityId,
        limit: u32,
    ) -> Result<Vec<RecordingParty>, StoreError> {
        let rows = sqlx::query(
            "SELECT recording_id, role, started_at FROM recording_entities WHERE entity_id = ?
             ORDER BY started_at DESC, recording_id DESC LIMIT ?",
        )
        .bind(id_bytes(id.0))
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("number of a recording", row);
            Ok(RecordingParty {
                recording_id: RecordingId(columns.id("recording_id")?),
                role: columns.word("role")?,
                started_at: columns.time_opt("started_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn parties_of_recording(
        &mut self,
        id: RecordingId,
    ) -> Result<Vec<(Role, Entity)>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "SELECT recording_entities.role, {ENTITY} FROM recording_entities
             JOIN entities ON entities.id = recording_entities.entity_id
             WHERE recording_entities.recording_id = "
        ));
        query.push_bind(id_bytes(id.0)).push(" ORDER BY role");
        let rows = query.build().fetch_all(self.connection()).await?;
        let read = |row: &SqliteRow| {
            let role = Columns::new("number of a recording", row).word("role")?;
            Ok((role, read_entity(row)?))
        };
        rows.iter().map(read).collect()
    }

    async fn recordings_between(
        &mut self,
        case_id: CaseId,
        numbers: [EntityId; 2],
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(RecordingId, Timestamp)>, StoreError> {
        let [one, other] = numbers.map(|id| id_bytes(id.0));
        let rows = sqlx::query(
            "SELECT one.recording_id, one.started_at FROM recording_entities AS one
             JOIN recording_entities AS other ON other.recording_id = one.recording_id
                 AND other.role <> one.role AND other.entity_id = ?2
             JOIN recordings ON recordings.id = one.recording_id AND recordings.case_id = ?3
             WHERE one.entity_id = ?1 AND one.started_at BETWEEN ?4 AND ?5
             GROUP BY one.recording_id ORDER BY one.started_at, one.recording_id LIMIT ?6",
        )
        .bind(one)
        .bind(other)
        .bind(id_bytes(case_id.0))
        .bind(from.as_millis())
        .bind(to.as_millis())
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("number of a recording", row);
            Ok((
                RecordingId(columns.id("recording_id")?),
                columns.time("started_at")?,
            ))
        };
        rows.iter().map(read).collect()
    }

    async fn unread_parties(&mut self, limit: u32) -> Result<Vec<Recording>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(recordings::SELECT);
        query
            .push(
                " WHERE parties_read = 0 AND (caller IS NOT NULL OR callee IS NOT NULL)
                 ORDER BY recordings.created_at, recordings.id LIMIT ",
            )
            .push_bind(limit);
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter().map(recordings::read).collect()
    }

    async fn heard_subjects(
        &mut self,
        case_id: Option<CaseId>,
        now: Timestamp,
    ) -> Result<Vec<HeardSubject>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT DISTINCT subject_id, voice_id, recordings.id AS recording_id, case_id
             FROM enrolments JOIN enrolment_voices ON enrolment_voices.enrolment_id = enrolments.id
             JOIN voices ON voices.id = enrolment_voices.voice_id
             JOIN recordings ON recordings.id = voices.recording_id
             WHERE withdrawn_at IS NULL AND case_id IS NOT NULL AND (expires_at IS NULL OR expires_at > ",
        );
        query.push_bind(now.as_millis()).push(")");
        if let Some(case_id) = case_id {
            query.push(" AND case_id = ").push_bind(id_bytes(case_id.0));
        }
        query.push(" ORDER BY subject_id, voice_id");
        let rows = query.build().fetch_all(self.connection()).await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("heard subject", row);
            Ok(HeardSubject {
                subject_id: SubjectId(columns.id("subject_id")?),
                voice_id: VoiceId(columns.id("voice_id")?),
                recording_id: RecordingId(columns.id("recording_id")?),
                case_id: CaseId(columns.id("case_id")?),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn case_count(&mut self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count(*) AS found FROM cases")
            .fetch_one(self.connection())
            .await?;
        Columns::new("case", &row).number("found")
    }

    async fn cases_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Case>, StoreError> {
        self.find_cases(text, how, limit).await
    }

    async fn subjects_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Subject>, StoreError> {
        self.find_subjects(text, how, limit).await
    }

    async fn recordings_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Recording>, StoreError> {
        self.find_recordings(text, how, limit).await
    }
}
