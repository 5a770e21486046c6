//! Voices and voiceprints.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, id_bytes};
use super::session::Session;
use crate::domain::{
    CaseId, Embedding, ModelId, NetSpeech, RecordingId, SubjectId, Timestamp, Voice, VoiceId,
    Voiceprint, VoiceprintId,
};
use crate::store::{StoreError, VoiceReader};

/// Ids in one statement, well below SQLite's 32766 values.
const IDS_PER_STATEMENT: usize = 500;

/// Begins a query over voices with the subject of each at `now`.
fn select(now: Timestamp) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT voices.id, voices.recording_id, recordings.case_id, channel, label, revision,
             net_speech_ms, speech_used_ms, quality, suitability, too_little_speech_minimum_ms,
             voices.created_at,
             (SELECT subject_id FROM enrolment_voices
                 JOIN enrolments ON enrolments.id = enrolment_voices.enrolment_id
                 WHERE enrolment_voices.voice_id = voices.id AND withdrawn_at IS NULL
                     AND (expires_at IS NULL OR expires_at > ",
    );
    query.push_bind(now.as_millis()).push(
        ")
                 ORDER BY enrolments.created_at DESC, enrolments.id DESC LIMIT 1) AS subject_id
         FROM voices JOIN recordings ON recordings.id = voices.recording_id ",
    );
    query
}

fn read(row: &SqliteRow) -> Result<Voice, StoreError> {
    let columns = Columns::new("voice", row);
    Ok(Voice {
        id: VoiceId(columns.id("id")?),
        recording_id: RecordingId(columns.id("recording_id")?),
        case_id: columns.id_opt("case_id")?.map(CaseId),
        channel: columns.number("channel")?,
        label: columns.number("label")?,
        revision: columns.number("revision")?,
        net_speech: NetSpeech::from_millis(columns.number("net_speech_ms")?),
        speech_used: NetSpeech::from_millis(columns.number("speech_used_ms")?),
        quality: columns.json("quality")?,
        suitability: columns.json_opt("suitability")?,
        too_little_speech_minimum: columns
            .number_opt("too_little_speech_minimum_ms")?
            .map(NetSpeech::from_millis),
        subject_id: columns.id_opt("subject_id")?.map(SubjectId),
        created_at: columns.time("created_at")?,
    })
}

/// The embedding in a column of little-endian f32.
pub(super) fn embedding(bytes: &[u8], model: &ModelId) -> Result<Embedding, StoreError> {
    let (values, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        let detail = format!("{} bytes, expected a multiple of 4", bytes.len());
        return Err(StoreError::Corrupt {
            what: "embedding",
            detail,
        });
    }
    let values = values
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect();
    Embedding::from_unit(model.clone(), values).map_err(|error| StoreError::Corrupt {
        what: "embedding",
        detail: error.to_string(),
    })
}

#[async_trait]
impl VoiceReader for Session {
    async fn voice(&mut self, id: VoiceId, now: Timestamp) -> Result<Option<Voice>, StoreError> {
        let mut query = select(now);
        query.push("WHERE voices.id = ").push_bind(id_bytes(id.0));
        let row = query.build().fetch_optional(self.connection()).await?;
        row.as_ref().map(read).transpose()
    }

    async fn voices(&mut self, ids: &[VoiceId], now: Timestamp) -> Result<Vec<Voice>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(IDS_PER_STATEMENT) {
            let mut query = select(now);
            query.push("WHERE voices.id IN (");
            let mut list = query.separated(", ");
            for id in chunk {
                list.push_bind(id_bytes(id.0));
            }
            query.push(")");
            for row in query
                .build()
                .persistent(false)
                .fetch_all(self.connection())
                .await?
            {
                let voice = read(&row)?;
                found.insert(voice.id, voice);
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    async fn voices_of_recording(
        &mut self,
        id: RecordingId,
        now: Timestamp,
    ) -> Result<Vec<Voice>, StoreError> {
        let mut query = select(now);
        query
            .push("WHERE voices.recording_id = ")
            .push_bind(id_bytes(id.0))
            .push(" ORDER BY channel, label");
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    async fn voiceprint(
        &mut self,
        voice_id: VoiceId,
        model: &ModelId,
    ) -> Result<Option<Voiceprint>, StoreError> {
        let row = sqlx::query(
            "SELECT voiceprints.id, embedding, provenance, created_at FROM voiceprints
             JOIN provenances ON provenances.id = voiceprints.provenance_id
             WHERE voice_id = ? AND model = ?",
        )
        .bind(id_bytes(voice_id.0))
        .bind(model.as_str())
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns::new("voiceprint", &row);
        Ok(Some(Voiceprint {
            id: VoiceprintId(columns.id("id")?),
            voice_id,
            embedding: embedding(columns.raw("embedding")?, model)?,
            provenance: columns.json("provenance")?,
            created_at: columns.time("created_at")?,
        }))
    }
}
