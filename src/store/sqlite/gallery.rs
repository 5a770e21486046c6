//! The gallery's log.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::columns::{Columns, integer};
use super::session::Session;
use super::voices::embedding;
use crate::domain::{Bandwidth, ModelId, RecordingId, SubjectId, Timestamp, VoiceId};
use crate::store::{
    GalleryChange, GalleryEntry, GalleryMember, GalleryReader, GalleryVoice, StoreError,
};

/// Most entries that memory is set aside for before any is read.
const CAPACITY: usize = 65_536;

// Reads by position: a million rows are read at start, and looking names up costs a third of it.

fn corrupt(detail: String) -> StoreError {
    StoreError::Corrupt {
        what: "gallery change",
        detail,
    }
}

fn id_at(row: &SqliteRow, column: usize) -> Result<Uuid, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|error| corrupt(error.to_string()))
}

fn bandwidth_at(row: &SqliteRow, column: usize) -> Result<Bandwidth, StoreError> {
    match row.try_get(column)? {
        "narrowband" => Ok(Bandwidth::Narrowband),
        "wideband" => Ok(Bandwidth::Wideband),
        other => Err(corrupt(format!("bandwidth {other:?} is unknown"))),
    }
}

fn read(row: &SqliteRow, model: &ModelId) -> Result<GalleryEntry, StoreError> {
    let seq: i64 = row.try_get(0)?;
    let voice_id = VoiceId(id_at(row, 1)?);
    let change = match row.try_get::<Option<&[u8]>, _>(4)? {
        Some(bytes) => GalleryChange::Added(Box::new(GalleryVoice {
            voice_id,
            recording_id: RecordingId(id_at(row, 2)?),
            bandwidth: bandwidth_at(row, 3)?,
            embedding: embedding(bytes, model)?,
        })),
        None => GalleryChange::Removed(voice_id),
    };
    let seq = u64::try_from(seq).map_err(|error| corrupt(error.to_string()))?;
    Ok(GalleryEntry { seq, change })
}

#[async_trait]
impl GalleryReader for Session {
    async fn gallery_changes(
        &mut self,
        model: &ModelId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<GalleryEntry>, StoreError> {
        let Ok(after) = i64::try_from(after) else {
            return Ok(Vec::new());
        };
        let mut rows = sqlx::query(
            "SELECT seq, gallery_log.voice_id, recording_id, bandwidth, embedding
             FROM gallery_log LEFT JOIN voiceprints
                 ON change = 'added' AND position = voiceprint_position
             WHERE gallery_log.model = ? AND seq > ?
                 AND (change = 'removed' OR position IS NOT NULL)
             ORDER BY seq LIMIT ?",
        )
        .bind(model.as_str())
        .bind(after)
        .bind(limit)
        .fetch(self.connection());
        let mut entries = Vec::with_capacity(CAPACITY.min(limit as usize));
        while let Some(row) = rows.try_next().await? {
            entries.push(read(&row, model)?);
        }
        Ok(entries)
    }

    async fn gallery_seq(&mut self) -> Result<u64, StoreError> {
        let seq: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM gallery_log")
            .fetch_one(self.connection())
            .await?;
        Ok(seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0))
    }

    async fn gallery_voice_at(&mut self, seq: u64) -> Result<Option<VoiceId>, StoreError> {
        let row = sqlx::query("SELECT voice_id FROM gallery_log WHERE seq = ?")
            .bind(integer("gallery position", seq)?)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| id_at(&row, 0).map(VoiceId)).transpose()
    }

    async fn gallery_members(
        &mut self,
        model: &ModelId,
        at: u64,
    ) -> Result<Vec<GalleryMember>, StoreError> {
        let mut rows = sqlx::query(
            "SELECT voice_id, recording_id, bandwidth FROM gallery_log AS added
             WHERE model = ?1 AND seq <= ?2 AND change = 'added' AND NOT EXISTS (
                 SELECT 1 FROM gallery_log AS removed
                 WHERE removed.voiceprint_position = added.voiceprint_position
                     AND removed.change = 'removed' AND removed.seq <= ?2)
             ORDER BY seq",
        )
        .bind(model.as_str())
        .bind(integer("gallery position", at)?)
        .fetch(self.connection());
        let mut members = Vec::with_capacity(CAPACITY);
        while let Some(row) = rows.try_next().await? {
            members.push(GalleryMember {
                voice_id: VoiceId(id_at(&row, 0)?),
                recording_id: RecordingId(id_at(&row, 1)?),
                bandwidth: bandwidth_at(&row, 2)?,
            });
        }
        Ok(members)
    }

    async fn enrolled_voices(
        &mut self,
        now: Timestamp,
    ) -> Result<Vec<(VoiceId, SubjectId)>, StoreError> {
        let rows = sqlx::query(
            "SELECT voice_id, subject_id FROM enrolment_voices
             JOIN enrolments ON enrolments.id = enrolment_voices.enrolment_id
             WHERE withdrawn_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
             ORDER BY voice_id, created_at DESC, enrolments.id DESC",
        )
        .bind(now.as_millis())
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("enrolment", row);
            Ok((
                VoiceId(columns.id("voice_id")?),
                SubjectId(columns.id("subject_id")?),
            ))
        };
        let mut enrolled = rows
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, StoreError>>()?;
        enrolled.dedup_by_key(|(voice_id, _)| *voice_id);
        Ok(enrolled)
    }

    async fn newest_model(&mut self) -> Result<Option<ModelId>, StoreError> {
        let model: Option<String> =
            sqlx::query_scalar("SELECT model FROM voiceprints ORDER BY position DESC LIMIT 1")
                .fetch_optional(self.connection())
                .await?;
        Ok(model.map(ModelId::new))
    }

    async fn gallery_bandwidths(&mut self, model: &ModelId) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE bandwidth = 'narrowband') AS narrowband,
                 count(*) FILTER (WHERE bandwidth = 'wideband') AS wideband
             FROM voiceprints JOIN voices ON voices.id = voiceprints.voice_id WHERE model = ?",
        )
        .bind(model.as_str())
        .fetch_one(self.connection())
        .await?;
        let columns = Columns::new("gallery", &row);
        Ok((columns.number("narrowband")?, columns.number("wideband")?))
    }
}
