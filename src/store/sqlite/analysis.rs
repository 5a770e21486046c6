//! What an analysis writes: channels, a revision of segments, voices in place of the earlier ones,
//! voiceprints, the gallery's log, and enrolments carried over.

use std::collections::HashMap;

use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::columns::{Columns, id_bytes, integer, json_text};
use super::fault::{missing, refused};
use super::revisions::{RevisionRow, insert_revision, insert_segments};
use super::session::Session;
use crate::domain::{
    EnrolmentId, Provenance, RecordingId, SegmentOrigin, Voice, VoiceId, Voiceprint,
};
use crate::store::{
    AnalysedRecording, DescribedRevision, RecordingReader, ReplacedVoices, StoreError,
};

/// An enrolment of a voice that is about to be replaced.
struct Tie {
    enrolment_id: EnrolmentId,
    position: i64,
    voice_id: VoiceId,
    speaker: (u16, u16),
}

/// Writes an analysis.
pub(super) async fn store(
    session: &mut Session,
    analysed: &AnalysedRecording<'_>,
) -> Result<ReplacedVoices, StoreError> {
    let id = analysed.recording_id;
    check_revision(session, analysed).await?;
    let connection = session.connection();
    update_recording(connection, analysed).await?;
    replace_channels(connection, analysed).await?;
    let provenance_id = provenance(connection, &analysed.analysis.provenance).await?;
    if let DescribedRevision::New(revision) = analysed.revision {
        let row = RevisionRow {
            recording_id: id,
            revision,
            origin: SegmentOrigin::Automatic,
            person: None,
            at: analysed.at,
        };
        insert_revision(connection, &row, provenance_id).await?;
        insert_segments(connection, id, revision, &analysed.analysis.segments).await?;
    }
    let ties = ties_of(connection, id).await?;
    let removed = remove_voices(connection, id).await?;
    for voice in analysed.voices {
        insert_voice(connection, voice).await?;
    }
    for print in analysed.voiceprints {
        insert_voiceprint(connection, print).await?;
    }
    let mut replaced = carry_over(connection, ties, analysed.voices).await?;
    replaced.removed = removed;
    // A voice that comes back under its id was not removed.
    let kept = |id: &VoiceId| analysed.voices.iter().any(|voice| voice.id == *id);
    replaced.removed.retain(|id| !kept(id));
    Ok(replaced)
}

async fn check_revision(
    session: &mut Session,
    analysed: &AnalysedRecording<'_>,
) -> Result<(), StoreError> {
    let (newest, _) = session.segments(analysed.recording_id).await?;
    let revision = analysed.revision.number();
    let based_on = match analysed.revision {
        DescribedRevision::New(revision) => revision.saturating_sub(1),
        DescribedRevision::Newest(revision) => revision,
    };
    let other = analysed
        .voices
        .iter()
        .find(|voice| voice.revision != revision);
    let (expected, found) = match other {
        Some(voice) => (voice.revision, revision),
        None => (based_on, newest),
    };
    if expected == found && revision > 0 {
        return Ok(());
    }
    Err(StoreError::Stale {
        what: "segments",
        expected,
        found,
    })
}

async fn update_recording(
    connection: &mut SqliteConnection,
    analysed: &AnalysedRecording<'_>,
) -> Result<(), StoreError> {
    let updated = sqlx::query(
        "UPDATE recordings SET state = ?, media = ?, voices_revision = ?, failure_code = NULL,
             failure_detail = NULL
         WHERE id = ?",
    )
    .bind(analysed.state.as_str())
    .bind(json_text("media facts", &analysed.analysis.media)?)
    .bind(analysed.revision.number())
    .bind(id_bytes(analysed.recording_id.0))
    .execute(connection)
    .await?;
    match updated.rows_affected() {
        0 => Err(missing("recording", analysed.recording_id)),
        _ => Ok(()),
    }
}

async fn replace_channels(
    connection: &mut SqliteConnection,
    analysed: &AnalysedRecording<'_>,
) -> Result<(), StoreError> {
    let id = id_bytes(analysed.recording_id.0);
    sqlx::query("DELETE FROM channels WHERE recording_id = ?")
        .bind(&id)
        .execute(&mut *connection)
        .await?;
    for channel in &analysed.analysis.channels {
        sqlx::query(
            "INSERT INTO channels (recording_id, channel, quality, net_speech_ms)
             VALUES (?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(channel.index)
        .bind(json_text("channel quality", &channel.quality)?)
        .bind(integer("net speech", channel.net_speech.as_millis())?)
        .execute(&mut *connection)
        .await
        .map_err(|error| {
            refused(
                error,
                ("channel", &channel.index),
                ("recording", &analysed.recording_id),
            )
        })?;
    }
    Ok(())
}

/// The row of a provenance; one row serves everything that was made the same way.
async fn provenance(
    connection: &mut SqliteConnection,
    provenance: &Provenance,
) -> Result<i64, StoreError> {
    let text = json_text("provenance", provenance)?;
    sqlx::query("INSERT INTO provenances (provenance) VALUES (?) ON CONFLICT DO NOTHING")
        .bind(&text)
        .execute(&mut *connection)
        .await?;
    Ok(
        sqlx::query_scalar("SELECT id FROM provenances WHERE provenance = ?")
            .bind(&text)
            .fetch_one(connection)
            .await?,
    )
}

/// Takes the enrolments of a recording's voices off, to be put back on the new ones.
async fn ties_of(
    connection: &mut SqliteConnection,
    id: RecordingId,
) -> Result<Vec<Tie>, StoreError> {
    let rows = sqlx::query(
        "DELETE FROM enrolment_voices
         WHERE voice_id IN (SELECT id FROM voices WHERE recording_id = ?)
         RETURNING enrolment_id, position, voice_id,
             (SELECT channel FROM voices WHERE id = voice_id) AS channel,
             (SELECT label FROM voices WHERE id = voice_id) AS label",
    )
    .bind(id_bytes(id.0))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let columns = Columns::new("enrolment", row);
            Ok(Tie {
                enrolment_id: EnrolmentId(columns.id("enrolment_id")?),
                position: columns.raw("position")?,
                voice_id: VoiceId(columns.id("voice_id")?),
                speaker: (columns.number("channel")?, columns.number("label")?),
            })
        })
        .collect()
}

async fn remove_voices(
    connection: &mut SqliteConnection,
    id: RecordingId,
) -> Result<Vec<VoiceId>, StoreError> {
    let id = id_bytes(id.0);
    sqlx::query(
        "INSERT INTO gallery_log
             (model, change, voice_id, recording_id, bandwidth, voiceprint_position)
         SELECT voiceprints.model, 'removed', voices.id, voices.recording_id, voices.bandwidth,
             voiceprints.position
         FROM voices JOIN voiceprints ON voiceprints.voice_id = voices.id
         WHERE voices.recording_id = ? ORDER BY voiceprints.position",
    )
    .bind(&id)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM voiceprints WHERE voice_id IN (SELECT id FROM voices WHERE recording_id = ?)",
    )
    .bind(&id)
    .execute(&mut *connection)
    .await?;
    let removed = sqlx::query("DELETE FROM voices WHERE recording_id = ? RETURNING id")
        .bind(&id)
        .fetch_all(connection)
        .await?;
    removed
        .iter()
        .map(|row| Columns::new("voice", row).id("id").map(VoiceId))
        .collect()
}

async fn insert_voice(connection: &mut SqliteConnection, voice: &Voice) -> Result<(), StoreError> {
    let minimum = voice
        .too_little_speech_minimum
        .map(|minimum| minimum.as_millis());
    sqlx::query(
        "INSERT INTO voices (id, recording_id, channel, label, revision, net_speech_ms,
             speech_used_ms, bandwidth, quality, suitability, too_little_speech_minimum_ms,
             created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id_bytes(voice.id.0))
    .bind(id_bytes(voice.recording_id.0))
    .bind(voice.channel)
    .bind(voice.label)
    .bind(voice.revision)
    .bind(integer("net speech", voice.net_speech.as_millis())?)
    .bind(integer("speech used", voice.speech_used.as_millis())?)
    .bind(voice.quality.bandwidth.as_str())
    .bind(json_text("voice quality", &voice.quality)?)
    .bind(
        voice
            .suitability
            .as_ref()
            .map(|suitability| json_text("suitability", suitability))
            .transpose()?,
    )
    .bind(
        minimum
            .map(|minimum| integer("minimum speech", minimum))
            .transpose()?,
    )
    .bind(voice.created_at.as_millis())
    .execute(connection)
    .await
    .map_err(|error| {
        refused(
            error,
            ("voice", &voice.id),
            ("recording", &voice.recording_id),
        )
    })?;
    Ok(())
}

async fn insert_voiceprint(
    connection: &mut SqliteConnection,
    print: &Voiceprint,
) -> Result<(), StoreError> {
    let provenance_id = provenance(connection, &print.provenance).await?;
    let model = print.embedding.model().as_str();
    let bytes: Vec<u8> = print
        .embedding
        .values()
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let row = sqlx::query(
        "INSERT INTO voiceprints (id, voice_id, model, embedding, provenance_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING position",
    )
    .bind(id_bytes(print.id.0))
    .bind(id_bytes(print.voice_id.0))
    .bind(model)
    .bind(bytes)
    .bind(provenance_id)
    .bind(print.created_at.as_millis())
    .fetch_one(&mut *connection)
    .await
    .map_err(|error| {
        refused(
            error,
            ("voiceprint of voice", &print.voice_id),
            ("voice", &print.voice_id),
        )
    })?;
    let position: i64 = row.try_get("position")?;
    sqlx::query(
        "INSERT INTO gallery_log
             (model, change, voice_id, recording_id, bandwidth, voiceprint_position)
         SELECT ?, 'added', id, recording_id, bandwidth, ? FROM voices WHERE id = ?",
    )
    .bind(model)
    .bind(position)
    .bind(id_bytes(print.voice_id.0))
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts enrolments on the new voice with the same channel and label.
async fn carry_over(
    connection: &mut SqliteConnection,
    ties: Vec<Tie>,
    voices: &[Voice],
) -> Result<ReplacedVoices, StoreError> {
    let by_speaker: HashMap<(u16, u16), Uuid> = voices
        .iter()
        .map(|voice| ((voice.channel, voice.label), voice.id.0))
        .collect();
    let mut replaced = ReplacedVoices::default();
    for tie in ties {
        let Some(&voice_id) = by_speaker.get(&tie.speaker) else {
            replaced.lost.push((tie.enrolment_id, tie.voice_id));
            continue;
        };
        sqlx::query(
            "INSERT INTO enrolment_voices (enrolment_id, position, voice_id) VALUES (?, ?, ?)",
        )
        .bind(id_bytes(tie.enrolment_id.0))
        .bind(tie.position)
        .bind(id_bytes(voice_id))
        .execute(&mut *connection)
        .await?;
        replaced
            .carried
            .push((tie.enrolment_id, tie.voice_id, VoiceId(voice_id)));
    }
    Ok(replaced)
}
