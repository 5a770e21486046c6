//! Populations. The database itself refuses to change or remove one.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, digest_bytes, id_bytes, integer, json_text};
use super::fault::refused;
use super::listing::Listing;
use super::session::Session;
use super::voices::embedding;
use crate::domain::{
    EnrolledChoice, ModelId, NetSpeech, Page, PageRequest, Population, PopulationId,
    PopulationMember, PopulationSelection, PopulationVersion, RecordingId, SubjectId, Timestamp,
    VoiceId, VoiceprintId,
};
use crate::store::{PopulationReader, PopulationWriter, StoreError};

const SELECT: &str = "SELECT id, name, description, created_at FROM populations";
const SELECT_VERSION: &str =
    "SELECT population_id, version, selection, facts, sha256, model, actor, reason, created_at
     FROM population_versions";
const SELECT_MEMBER: &str = "SELECT id, voice_id, recording_id, recording_sha256, subject_id,
     bandwidth, net_speech_ms, embedding, created_at FROM population_members";

fn read(row: &SqliteRow) -> Result<Population, StoreError> {
    let columns = Columns::new("population", row);
    Ok(Population {
        id: PopulationId(columns.id("id")?),
        name: columns.text("name")?,
        description: columns.text_opt("description")?,
        created_at: columns.time("created_at")?,
    })
}

fn read_version(row: &SqliteRow) -> Result<PopulationVersion, StoreError> {
    let columns = Columns::new("population version", row);
    Ok(PopulationVersion {
        population_id: PopulationId(columns.id("population_id")?),
        version: columns.number("version")?,
        selection: columns.json("selection")?,
        facts: columns.json("facts")?,
        sha256: columns.digest("sha256")?,
        model: ModelId::new(columns.text("model")?),
        actor: columns.text("actor")?,
        reason: columns.text_opt("reason")?,
        created_at: columns.time("created_at")?,
    })
}

fn read_member(row: &SqliteRow, model: &ModelId) -> Result<PopulationMember, StoreError> {
    let columns = Columns::new("population member", row);
    Ok(PopulationMember {
        voiceprint_id: VoiceprintId(columns.id("id")?),
        voice_id: VoiceId(columns.id("voice_id")?),
        recording_id: RecordingId(columns.id("recording_id")?),
        recording_sha256: columns.digest("recording_sha256")?,
        subject_id: columns.id_opt("subject_id")?.map(SubjectId),
        bandwidth: columns.word("bandwidth")?,
        net_speech: NetSpeech::from_millis(columns.number("net_speech_ms")?),
        embedding: embedding(columns.raw("embedding")?, model)?,
        created_at: columns.time("created_at")?,
    })
}

/// Begins a query over voices as members, with the subject of each at `now`.
fn select_voices(model: &ModelId, now: Timestamp) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT * FROM (SELECT voiceprints.id AS id, voices.id AS voice_id, recording_id,
             recordings.sha256 AS recording_sha256, bandwidth, net_speech_ms, embedding,
             voiceprints.created_at AS created_at, recordings.case_id AS case_id,
             ifnull(recordings.started_at, recordings.created_at) AS called_at,
             (SELECT subject_id FROM enrolment_voices
                 JOIN enrolments ON enrolments.id = enrolment_voices.enrolment_id
                 WHERE enrolment_voices.voice_id = voices.id AND withdrawn_at IS NULL
                     AND (expires_at IS NULL OR expires_at > ",
    );
    query
        .push_bind(now.as_millis())
        .push(
            ") ORDER BY enrolments.created_at DESC, enrolments.id DESC LIMIT 1) AS subject_id
             FROM voiceprints JOIN voices ON voices.id = voiceprints.voice_id
             JOIN recordings ON recordings.id = voices.recording_id
             WHERE voiceprints.model = ",
        )
        .push_bind(model.as_str().to_owned())
        .push(") WHERE TRUE");
    query
}

/// Adds what a selection asks for.
fn narrow(
    query: &mut QueryBuilder<Sqlite>,
    selection: &PopulationSelection,
) -> Result<(), StoreError> {
    match selection.enrolled {
        EnrolledChoice::Any => {}
        EnrolledChoice::Enrolled => {
            query.push(" AND subject_id IS NOT NULL");
        }
        EnrolledChoice::NotEnrolled => {
            query.push(" AND subject_id IS NULL");
        }
    }
    if let Some(class) = selection.subject_class {
        query
            .push(" AND subject_id IN (SELECT id FROM subjects WHERE class = ")
            .push_bind(class.as_str())
            .push(")");
    }
    if let Some(case_id) = selection.case_id {
        query.push(" AND case_id = ").push_bind(id_bytes(case_id.0));
    }
    if let Some(bandwidth) = selection.bandwidth {
        query
            .push(" AND bandwidth = ")
            .push_bind(bandwidth.as_str());
    }
    if let Some(least) = selection.min_net_speech {
        query
            .push(" AND net_speech_ms >= ")
            .push_bind(integer("net speech", least.as_millis())?);
    }
    if let Some(most) = selection.max_net_speech {
        query
            .push(" AND net_speech_ms <= ")
            .push_bind(integer("net speech", most.as_millis())?);
    }
    if let Some(from) = selection.from {
        query.push(" AND called_at >= ").push_bind(from.as_millis());
    }
    if let Some(until) = selection.until {
        query.push(" AND called_at < ").push_bind(until.as_millis());
    }
    if !selection.voice_ids.is_empty() {
        query.push(" AND voice_id IN (");
        let mut list = query.separated(", ");
        for id in &selection.voice_ids {
            list.push_bind(id_bytes(id.0));
        }
        query.push(")");
    }
    Ok(())
}

#[async_trait]
impl PopulationReader for Session {
    async fn population(&mut self, id: PopulationId) -> Result<Option<Population>, StoreError> {
        let row = self.row_by_id(SELECT, "id", id.0).await?;
        row.as_ref().map(read).transpose()
    }

    async fn populations(&mut self, page: PageRequest) -> Result<Page<Population>, StoreError> {
        Listing::new(SELECT, "populations")
            .page(self.connection(), page, read, |population| {
                (population.created_at, population.id.0)
            })
            .await
    }

    async fn population_versions(
        &mut self,
        id: PopulationId,
    ) -> Result<Vec<PopulationVersion>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT_VERSION);
        query
            .push(" WHERE population_id = ")
            .push_bind(id_bytes(id.0))
            .push(" ORDER BY version DESC");
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter().map(read_version).collect()
    }

    async fn population_version(
        &mut self,
        id: PopulationId,
        version: Option<u32>,
    ) -> Result<Option<PopulationVersion>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT_VERSION);
        query
            .push(" WHERE population_id = ")
            .push_bind(id_bytes(id.0));
        if let Some(version) = version {
            query.push(" AND version = ").push_bind(version);
        }
        query.push(" ORDER BY version DESC LIMIT 1");
        let row = query.build().fetch_optional(self.connection()).await?;
        row.as_ref().map(read_version).transpose()
    }

    async fn population_members(
        &mut self,
        version: &PopulationVersion,
        page: PageRequest,
    ) -> Result<Page<PopulationMember>, StoreError> {
        let read = |row: &SqliteRow| read_member(row, &version.model);
        Listing::new(SELECT_MEMBER, "population_members")
            .only("population_id", Some(id_bytes(version.population_id.0)))
            .only("version", Some(version.version))
            .page(self.connection(), page, read, |member| {
                (member.created_at, member.voiceprint_id.0)
            })
            .await
    }

    async fn whole_population(
        &mut self,
        version: &PopulationVersion,
    ) -> Result<Vec<PopulationMember>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT_MEMBER);
        query
            .push(" WHERE population_id = ")
            .push_bind(id_bytes(version.population_id.0))
            .push(" AND version = ")
            .push_bind(version.version)
            .push(" ORDER BY id");
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter()
            .map(|row| read_member(row, &version.model))
            .collect()
    }

    async fn selected_voices(
        &mut self,
        selection: &PopulationSelection,
        model: &ModelId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<PopulationMember>, StoreError> {
        let mut query = select_voices(model, now);
        narrow(&mut query, selection)?;
        query.push(" ORDER BY id LIMIT ").push_bind(limit);
        let rows = query
            .build()
            .persistent(false)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| read_member(row, model)).collect()
    }
}

#[async_trait]
impl PopulationWriter for Session {
    async fn insert_population(&mut self, population: &Population) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO populations (id, name, description, created_at) VALUES (?, ?, ?, ?)",
        )
        .bind(id_bytes(population.id.0))
        .bind(&population.name)
        .bind(&population.description)
        .bind(population.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            let unique = ("population", &population.name as &dyn std::fmt::Display);
            refused(error, unique, ("population", &population.id))
        })?;
        Ok(())
    }

    async fn insert_population_version(
        &mut self,
        version: &PopulationVersion,
        members: &[PopulationMember],
    ) -> Result<(), StoreError> {
        let id = version.population_id;
        sqlx::query(
            "INSERT INTO population_versions (population_id, version, selection, facts, sha256,
                 model, actor, reason, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(id.0))
        .bind(version.version)
        .bind(json_text("population version", &version.selection)?)
        .bind(json_text("population version", &version.facts)?)
        .bind(digest_bytes(version.sha256))
        .bind(version.model.as_str())
        .bind(&version.actor)
        .bind(&version.reason)
        .bind(version.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            let number = (
                "population version",
                &version.version as &dyn std::fmt::Display,
            );
            refused(error, number, ("population", &id))
        })?;
        for member in members {
            let values = member.embedding.values();
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            sqlx::query(
                "INSERT INTO population_members (population_id, version, id, voice_id,
                     recording_id, recording_sha256, subject_id, bandwidth, net_speech_ms,
                     embedding, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(id_bytes(id.0))
            .bind(version.version)
            .bind(id_bytes(member.voiceprint_id.0))
            .bind(id_bytes(member.voice_id.0))
            .bind(id_bytes(member.recording_id.0))
            .bind(digest_bytes(member.recording_sha256))
            .bind(member.subject_id.map(|id| id_bytes(id.0)))
            .bind(member.bandwidth.as_str())
            .bind(integer("net speech", member.net_speech.as_millis())?)
            .bind(bytes)
            .bind(member.created_at.as_millis())
            .execute(self.connection())
            .await
            .map_err(|error| {
                let print = member.voiceprint_id;
                refused(
                    error,
                    ("population member", &print),
                    ("population version", &id),
                )
            })?;
        }
        Ok(())
    }
}
