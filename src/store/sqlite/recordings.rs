//! Recordings, their channels and segments.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::analysis;
use super::columns::{Columns, digest_bytes, id_bytes, integer, json_text};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::revisions;
use super::session::Session;
use crate::domain::{
    CallFacts, CaseId, ChannelAnalysis, Direction, Failure, NetSpeech, Page, PageRequest,
    Recording, RecordingId, RecordingState, Segment, SegmentRevision, Sha256,
};
use crate::store::{
    AnalysedRecording, RecordingFilter, RecordingReader, RecordingWriter, ReplacedVoices,
    RevisedSegments, StoreError,
};

pub(super) const SELECT: &str =
    "SELECT recordings.id, sha256, size_bytes, filename, case_id, case_no, caller,
    callee, started_at, direction, source, recordings.note, state, media, failure_code,
    failure_detail, recordings.created_at
    FROM recordings LEFT JOIN cases ON cases.id = recordings.case_id";

pub(super) fn read(row: &SqliteRow) -> Result<Recording, StoreError> {
    let columns = Columns::new("recording", row);
    let failure = match (
        columns.text_opt("failure_code")?,
        columns.text_opt("failure_detail")?,
    ) {
        (Some(code), Some(detail)) => Some(Failure { code, detail }),
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    Ok(Recording {
        id: RecordingId(columns.id("id")?),
        sha256: columns.digest("sha256")?,
        size_bytes: columns.number("size_bytes")?,
        filename: columns.text("filename")?,
        case_id: columns.id_opt("case_id")?.map(CaseId),
        case_no: columns.text_opt("case_no")?,
        call: CallFacts {
            caller: columns.text_opt("caller")?,
            callee: columns.text_opt("callee")?,
            started_at: columns.time_opt("started_at")?,
            direction: columns.word_opt("direction")?,
            source: columns.text_opt("source")?,
            note: columns.text_opt("note")?,
        },
        state: columns.word("state")?,
        media: columns.json_opt("media")?,
        failure,
        created_at: columns.time("created_at")?,
    })
}

const fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

#[async_trait]
impl RecordingReader for Session {
    async fn recording(&mut self, id: RecordingId) -> Result<Option<Recording>, StoreError> {
        self.row_by_id(SELECT, "recordings.id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn recordings(
        &mut self,
        filter: &RecordingFilter,
        page: PageRequest,
    ) -> Result<Page<Recording>, StoreError> {
        Listing::new(SELECT, "recordings")
            .only("case_id", filter.case_id.map(|id| id_bytes(id.0)))
            .only("state", filter.state.map(RecordingState::as_str))
            .only("sha256", filter.sha256.map(digest_bytes))
            .page(self.connection(), page, read, |found| {
                (found.created_at, found.id.0)
            })
            .await
    }

    async fn recording_by_sha256(
        &mut self,
        sha256: Sha256,
        case_id: Option<CaseId>,
    ) -> Result<Option<Recording>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        query
            .push(" WHERE sha256 = ")
            .push_bind(digest_bytes(sha256))
            .push(" AND ifnull(case_id, x'') = ")
            .push_bind(case_id.map_or_else(Vec::new, |id| id_bytes(id.0)));
        let row = query.build().fetch_optional(self.connection()).await?;
        row.as_ref().map(read).transpose()
    }

    async fn channels(&mut self, id: RecordingId) -> Result<Vec<ChannelAnalysis>, StoreError> {
        let rows = sqlx::query(
            "SELECT channel, quality, net_speech_ms FROM channels
             WHERE recording_id = ? ORDER BY channel",
        )
        .bind(id_bytes(id.0))
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("channel", row);
            Ok(ChannelAnalysis {
                index: columns.number("channel")?,
                quality: columns.json("quality")?,
                net_speech: NetSpeech::from_millis(columns.number("net_speech_ms")?),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn segments(&mut self, id: RecordingId) -> Result<(u32, Vec<Segment>), StoreError> {
        let revision: Option<u32> = sqlx::query_scalar(
            "SELECT max(revision) FROM segment_revisions WHERE recording_id = ?",
        )
        .bind(id_bytes(id.0))
        .fetch_one(self.connection())
        .await?;
        let revision = revision.unwrap_or(0);
        let segments = revisions::segments_at(self.connection(), id, revision).await?;
        Ok((revision, segments))
    }

    async fn segments_of_revision(
        &mut self,
        id: RecordingId,
        revision: u32,
    ) -> Result<Option<Vec<Segment>>, StoreError> {
        let known: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM segment_revisions WHERE recording_id = ? AND revision = ?",
        )
        .bind(id_bytes(id.0))
        .bind(revision)
        .fetch_optional(self.connection())
        .await?;
        match known {
            Some(_) => revisions::segments_at(self.connection(), id, revision)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    async fn segment_revisions(
        &mut self,
        id: RecordingId,
    ) -> Result<Vec<SegmentRevision>, StoreError> {
        revisions::revisions(self.connection(), id).await
    }

    async fn voices_revision(&mut self, id: RecordingId) -> Result<Option<u32>, StoreError> {
        let revision: Option<Option<u32>> =
            sqlx::query_scalar("SELECT voices_revision FROM recordings WHERE id = ?")
                .bind(id_bytes(id.0))
                .fetch_optional(self.connection())
                .await?;
        Ok(revision.flatten())
    }
}

#[async_trait]
impl RecordingWriter for Session {
    async fn insert_recording(&mut self, recording: &Recording) -> Result<(), StoreError> {
        let media = recording
            .media
            .as_ref()
            .map(|media| json_text("media facts", media));
        let (code, detail) = match &recording.failure {
            Some(Failure { code, detail }) => (Some(code), Some(detail)),
            None => (None, None),
        };
        let call = &recording.call;
        let case_id = recording
            .case_id
            .map_or_else(String::new, |id| id.to_string());
        sqlx::query(
            "INSERT INTO recordings (id, sha256, size_bytes, filename, case_id, caller, callee,
                 started_at, direction, source, note, state, media, failure_code, failure_detail,
                 created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(recording.id.0))
        .bind(digest_bytes(recording.sha256))
        .bind(integer("recording size", recording.size_bytes)?)
        .bind(&recording.filename)
        .bind(recording.case_id.map(|id| id_bytes(id.0)))
        .bind(&call.caller)
        .bind(&call.callee)
        .bind(call.started_at.map(|at| at.as_millis()))
        .bind(call.direction.map(direction_word))
        .bind(&call.source)
        .bind(&call.note)
        .bind(recording.state.as_str())
        .bind(media.transpose()?)
        .bind(code)
        .bind(detail)
        .bind(recording.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("recording", &recording.sha256), ("case", &case_id)))?;
        self.insert_call_numbers(recording).await
    }

    async fn store_analysis(
        &mut self,
        analysed: &AnalysedRecording<'_>,
    ) -> Result<ReplacedVoices, StoreError> {
        analysis::store(self, analysed).await
    }

    async fn revise_segments(&mut self, revised: &RevisedSegments<'_>) -> Result<(), StoreError> {
        revisions::revise(self, revised).await
    }

    async fn fail_recording(
        &mut self,
        id: RecordingId,
        failure: &Failure,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE recordings SET state = 'failed', failure_code = ?, failure_detail = ?
             WHERE id = ?",
        )
        .bind(&failure.code)
        .bind(&failure.detail)
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        match updated.rows_affected() {
            0 => Err(missing("recording", id)),
            _ => Ok(()),
        }
    }
}
