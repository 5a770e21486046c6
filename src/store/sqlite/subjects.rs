//! Subjects and enrolments.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    Enrolment, EnrolmentId, Page, PageRequest, Subject, SubjectClass, SubjectId, Timestamp, VoiceId,
};
use crate::store::{StoreError, SubjectFilter, SubjectReader, SubjectWriter};

pub(super) const SELECT: &str = "SELECT id, name, class, note, version, created_at FROM subjects";
const SELECT_ENROLMENT: &str =
    "SELECT id, subject_id, ground, expires_at, withdrawn_at, created_at FROM enrolments";

pub(super) fn read(row: &SqliteRow) -> Result<Subject, StoreError> {
    let columns = Columns::new("subject", row);
    Ok(Subject {
        id: SubjectId(columns.id("id")?),
        name: columns.text("name")?,
        class: columns.word("class")?,
        note: columns.text_opt("note")?,
        version: columns.number("version")?,
        created_at: columns.time("created_at")?,
    })
}

impl Session {
    async fn read_enrolment(&mut self, row: &SqliteRow) -> Result<Enrolment, StoreError> {
        let columns = Columns::new("enrolment", row);
        let id = EnrolmentId(columns.id("id")?);
        let voices = sqlx::query(
            "SELECT voice_id FROM enrolment_voices WHERE enrolment_id = ? ORDER BY position",
        )
        .bind(id_bytes(id.0))
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| Columns::new("enrolment", row).id("voice_id").map(VoiceId);
        Ok(Enrolment {
            id,
            subject_id: SubjectId(columns.id("subject_id")?),
            voice_ids: voices.iter().map(read).collect::<Result<_, _>>()?,
            ground: columns.text("ground")?,
            expires_at: columns.time_opt("expires_at")?,
            withdrawn_at: columns.time_opt("withdrawn_at")?,
            created_at: columns.time("created_at")?,
        })
    }
}

#[async_trait]
impl SubjectReader for Session {
    async fn subject(&mut self, id: SubjectId) -> Result<Option<Subject>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn subjects(
        &mut self,
        filter: &SubjectFilter,
        page: PageRequest,
    ) -> Result<Page<Subject>, StoreError> {
        Listing::new(SELECT, "subjects")
            .only("class", filter.class.map(SubjectClass::as_str))
            .only("name", filter.name.as_deref())
            .page(self.connection(), page, read, |subject| {
                (subject.created_at, subject.id.0)
            })
            .await
    }

    async fn enrolment(&mut self, id: EnrolmentId) -> Result<Option<Enrolment>, StoreError> {
        match self.row_by_id(SELECT_ENROLMENT, "id", id.0).await? {
            None => Ok(None),
            Some(row) => self.read_enrolment(&row).await.map(Some),
        }
    }

    async fn enrolments_of(&mut self, id: SubjectId) -> Result<Vec<Enrolment>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, subject_id, ground, expires_at, withdrawn_at, created_at FROM enrolments
             WHERE subject_id = ? ORDER BY created_at DESC, id DESC",
        )
        .bind(id_bytes(id.0))
        .fetch_all(self.connection())
        .await?;
        let mut enrolments = Vec::with_capacity(rows.len());
        for row in &rows {
            enrolments.push(self.read_enrolment(row).await?);
        }
        Ok(enrolments)
    }
}

#[async_trait]
impl SubjectWriter for Session {
    async fn insert_subject(&mut self, subject: &Subject) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO subjects (id, name, class, note, version, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(subject.id.0))
        .bind(&subject.name)
        .bind(subject.class.as_str())
        .bind(&subject.note)
        .bind(subject.version)
        .bind(subject.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("subject", &subject.id), ("subject", &subject.id)))?;
        Ok(())
    }

    async fn update_subject(&mut self, subject: &Subject) -> Result<Subject, StoreError> {
        let updated = sqlx::query(
            "UPDATE subjects SET name = ?, class = ?, note = ?, version = version + 1
             WHERE id = ? AND version = ?",
        )
        .bind(&subject.name)
        .bind(subject.class.as_str())
        .bind(&subject.note)
        .bind(id_bytes(subject.id.0))
        .bind(subject.version)
        .execute(self.connection())
        .await?;
        let present = self
            .subject(subject.id)
            .await?
            .ok_or_else(|| missing("subject", subject.id))?;
        if updated.rows_affected() == 0 {
            let (expected, found) = (subject.version, present.version);
            return Err(StoreError::Stale {
                what: "subject",
                expected,
                found,
            });
        }
        Ok(present)
    }

    async fn insert_enrolment(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO enrolments (id, subject_id, ground, expires_at, withdrawn_at, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(enrolment.id.0))
        .bind(id_bytes(enrolment.subject_id.0))
        .bind(&enrolment.ground)
        .bind(enrolment.expires_at.map(Timestamp::as_millis))
        .bind(enrolment.withdrawn_at.map(Timestamp::as_millis))
        .bind(enrolment.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            refused(
                error,
                ("enrolment", &enrolment.id),
                ("subject", &enrolment.subject_id),
            )
        })?;
        for (position, voice_id) in (0i64..).zip(&enrolment.voice_ids) {
            sqlx::query(
                "INSERT INTO enrolment_voices (enrolment_id, position, voice_id) VALUES (?, ?, ?)",
            )
            .bind(id_bytes(enrolment.id.0))
            .bind(position)
            .bind(id_bytes(voice_id.0))
            .execute(self.connection())
            .await
            .map_err(|error| refused(error, ("enrolled voice", voice_id), ("voice", voice_id)))?;
        }
        Ok(())
    }

    async fn withdraw_enrolment(
        &mut self,
        id: EnrolmentId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE enrolments SET withdrawn_at = coalesce(withdrawn_at, ?) WHERE id = ?",
        )
        .bind(at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        match updated.rows_affected() {
            0 => Err(missing("enrolment", id)),
            _ => Ok(()),
        }
    }
}
