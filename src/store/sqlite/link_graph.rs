//! What the grouping of voices reads, many rows at a time.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::columns::{Columns, id_bytes};
use super::voices::embedding;
use crate::domain::{
    CaseId, LinkEdge, LinkId, Llr, ModelId, NetSpeech, RecordingId, VoiceId, VoicePlacement,
};
use crate::store::{ScoredVoice, StoreError};

/// Ids in one statement, well below SQLite's 32766 values.
const IDS_PER_STATEMENT: usize = 500;

const EDGES: &str = "SELECT links.id, left_voice, right_voice, llr, calibration, links.state,
        one.revision IS left_revision AND other.revision IS right_revision AS is_current
    FROM links LEFT JOIN voices AS one ON one.id = left_voice
        LEFT JOIN voices AS other ON other.id = right_voice
    WHERE superseded_at IS NULL";

fn read_edge(row: &SqliteRow) -> Result<LinkEdge, StoreError> {
    let columns = Columns::new("link", row);
    Ok(LinkEdge {
        id: LinkId(columns.id("id")?),
        left: VoiceId(columns.id("left_voice")?),
        right: VoiceId(columns.id("right_voice")?),
        llr: Llr(columns.raw("llr")?),
        calibration: columns.text("calibration")?,
        is_current: columns.raw("is_current")?,
        state: columns.word("state")?,
    })
}

/// Rows of `select`, where `column` is one of the ids.
pub(super) async fn rows_of(
    connection: &mut SqliteConnection,
    select: &str,
    column: &'static str,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<SqliteRow>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut rows = Vec::new();
    for chunk in ids.chunks(IDS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Sqlite>::new(select);
        query.push(" AND ").push(column).push(" IN (");
        let mut list = query.separated(", ");
        for id in chunk {
            list.push_bind(id_bytes(*id));
        }
        query.push(")");
        let found = query.build().persistent(false);
        rows.extend(found.fetch_all(&mut *connection).await?);
    }
    Ok(rows)
}

fn ids(voices: &[VoiceId]) -> impl Iterator<Item = Uuid> {
    voices.iter().map(|voice| voice.0)
}

pub(super) async fn edges_of(
    connection: &mut SqliteConnection,
    voices: &[VoiceId],
) -> Result<Vec<LinkEdge>, StoreError> {
    let mut edges = BTreeMap::new();
    for column in ["left_voice", "right_voice"] {
        for row in rows_of(connection, EDGES, column, ids(voices)).await? {
            let edge = read_edge(&row)?;
            edges.insert(edge.id, edge);
        }
    }
    Ok(edges.into_values().collect())
}

pub(super) async fn all_edges(
    connection: &mut SqliteConnection,
) -> Result<Vec<LinkEdge>, StoreError> {
    let rows = sqlx::query(EDGES).fetch_all(connection).await?;
    let edges = rows
        .iter()
        .map(|row| read_edge(row).map(|edge| (edge.id, edge)));
    let edges = edges.collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok(edges.into_values().collect())
}

pub(super) async fn placements(
    connection: &mut SqliteConnection,
    voices: &[VoiceId],
) -> Result<Vec<VoicePlacement>, StoreError> {
    const SELECT: &str = "SELECT voices.id, recording_id, sha256, case_id, channel, label
        FROM voices JOIN recordings ON recordings.id = recording_id WHERE true";
    let read = |row: &SqliteRow| {
        let columns = Columns::new("voice", row);
        Ok(VoicePlacement {
            voice_id: VoiceId(columns.id("id")?),
            recording_id: RecordingId(columns.id("recording_id")?),
            sha256: columns.digest("sha256")?,
            case_id: columns.id_opt("case_id")?.map(CaseId),
            place: (columns.number("channel")?, columns.number("label")?),
        })
    };
    let rows = rows_of(connection, SELECT, "voices.id", ids(voices)).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn scored(
    connection: &mut SqliteConnection,
    voices: &[VoiceId],
    model: &ModelId,
) -> Result<Vec<ScoredVoice>, StoreError> {
    const SELECT: &str = "SELECT voice_id, net_speech_ms, quality, model, embedding
        FROM voiceprints JOIN voices ON voices.id = voice_id WHERE true";
    let mut scored = Vec::with_capacity(voices.len());
    for row in rows_of(connection, SELECT, "voice_id", ids(voices)).await? {
        let columns = Columns::new("voiceprint", &row);
        if columns.text("model")? == model.as_str() {
            scored.push(ScoredVoice {
                voice_id: VoiceId(columns.id("voice_id")?),
                net_speech: NetSpeech::from_millis(columns.number("net_speech_ms")?),
                quality: columns.json("quality")?,
                embedding: embedding(columns.raw("embedding")?, model)?,
            });
        }
    }
    Ok(scored)
}
