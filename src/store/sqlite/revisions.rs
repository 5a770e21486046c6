//! Revisions of segments: the analysis makes the first, people make further ones.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::columns::{Columns, id_bytes, integer};
use super::session::Session;
use crate::domain::{RecordingId, Segment, SegmentOrigin, SegmentRevision, Timestamp};
use crate::store::{RecordingReader, RevisedSegments, StoreError};

/// Segments in one statement: 7 values each, well below SQLite's 32766.
const SEGMENTS_PER_STATEMENT: usize = 500;

/// A row of `segment_revisions` without its provenance.
pub(super) struct RevisionRow<'a> {
    pub(super) recording_id: RecordingId,
    pub(super) revision: u32,
    pub(super) origin: SegmentOrigin,
    /// Author and reason.
    pub(super) person: Option<(&'a str, &'a str)>,
    pub(super) at: Timestamp,
}

/// Segments of a revision by channel and start; empty when there is no such revision.
pub(super) async fn segments_at(
    connection: &mut SqliteConnection,
    id: RecordingId,
    revision: u32,
) -> Result<Vec<Segment>, StoreError> {
    let rows = sqlx::query(
        "SELECT channel, start_ms, end_ms, label FROM segments
         WHERE recording_id = ? AND revision = ? ORDER BY channel, start_ms, position",
    )
    .bind(id_bytes(id.0))
    .bind(revision)
    .fetch_all(connection)
    .await?;
    let read = |row: &SqliteRow| {
        let columns = Columns::new("segment", row);
        Ok(Segment {
            channel: columns.number("channel")?,
            start_ms: columns.number("start_ms")?,
            end_ms: columns.number("end_ms")?,
            label: columns.number_opt("label")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Every revision, oldest first.
pub(super) async fn revisions(
    connection: &mut SqliteConnection,
    id: RecordingId,
) -> Result<Vec<SegmentRevision>, StoreError> {
    let rows = sqlx::query(
        "SELECT revision, origin, author, reason, created_at FROM segment_revisions
         WHERE recording_id = ? ORDER BY revision",
    )
    .bind(id_bytes(id.0))
    .fetch_all(connection)
    .await?;
    let read = |row: &SqliteRow| {
        let columns = Columns::new("segment revision", row);
        Ok(SegmentRevision {
            revision: columns.number("revision")?,
            origin: columns.word("origin")?,
            author: columns.raw("author")?,
            reason: columns.raw("reason")?,
            created_at: columns.time("created_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Adds a person's revision to those that an analysis began.
pub(super) async fn revise(
    session: &mut Session,
    revised: &RevisedSegments<'_>,
) -> Result<(), StoreError> {
    let (newest, _) = session.segments(revised.recording_id).await?;
    if newest == 0 || revised.revision != newest.saturating_add(1) {
        return Err(StoreError::Stale {
            what: "segments",
            expected: revised.revision.saturating_sub(1),
            found: newest,
        });
    }
    let connection = session.connection();
    // Segments that a person made stand on those of the revision before.
    let provenance_id: i64 = sqlx::query_scalar(
        "SELECT provenance_id FROM segment_revisions WHERE recording_id = ? AND revision = ?",
    )
    .bind(id_bytes(revised.recording_id.0))
    .bind(newest)
    .fetch_one(&mut *connection)
    .await?;
    let row = RevisionRow {
        recording_id: revised.recording_id,
        revision: revised.revision,
        origin: SegmentOrigin::Edited,
        person: Some((revised.author, revised.reason)),
        at: revised.at,
    };
    insert_revision(connection, &row, provenance_id).await?;
    let (id, revision) = (revised.recording_id, revised.revision);
    insert_segments(connection, id, revision, revised.segments).await
}

pub(super) async fn insert_revision(
    connection: &mut SqliteConnection,
    row: &RevisionRow<'_>,
    provenance_id: i64,
) -> Result<(), StoreError> {
    let (author, reason) = row.person.unzip();
    sqlx::query(
        "INSERT INTO segment_revisions
             (recording_id, revision, provenance_id, created_at, origin, author, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id_bytes(row.recording_id.0))
    .bind(row.revision)
    .bind(provenance_id)
    .bind(row.at.as_millis())
    .bind(row.origin.as_str())
    .bind(author)
    .bind(reason)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_segments(
    connection: &mut SqliteConnection,
    id: RecordingId,
    revision: u32,
    segments: &[Segment],
) -> Result<(), StoreError> {
    let id = id_bytes(id.0);
    let numbered: Vec<(i64, &Segment)> = (0i64..).zip(segments).collect();
    for chunk in numbered.chunks(SEGMENTS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO segments
             (recording_id, revision, position, channel, start_ms, end_ms, label) ",
        );
        let mut times = Vec::with_capacity(chunk.len());
        for (_, segment) in chunk {
            times.push((
                integer("start", segment.start_ms)?,
                integer("end", segment.end_ms)?,
            ));
        }
        query.push_values(
            chunk.iter().zip(times),
            |mut row, ((position, segment), times)| {
                row.push_bind(&id)
                    .push_bind(revision)
                    .push_bind(*position)
                    .push_bind(segment.channel)
                    .push_bind(times.0)
                    .push_bind(times.1)
                    .push_bind(segment.label);
            },
        );
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
