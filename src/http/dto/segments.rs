//! Who speaks when as sent, and corrections as received.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Segment, SegmentRevision, Voice};
use crate::services::SegmentsView;

/// A stretch of one channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Segment)]
pub struct SegmentBody {
    /// Channel index from 0.
    pub channel: u16,
    /// Start.
    pub start_ms: u64,
    /// End.
    pub end_ms: u64,
    /// Speaker label within the recording; null where speakers overlap.
    pub label: Option<u16>,
    /// Voice with this label.
    pub voice_id: Option<uuid::Uuid>,
}

/// One revision of who speaks when.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SegmentRevision)]
pub struct SegmentRevisionBody {
    /// Number, from 1.
    pub revision: u32,
    /// `automatic` or `edited`.
    pub origin: String,
    /// Who edited.
    pub author: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<SegmentRevision> for SegmentRevisionBody {
    fn from(revision: SegmentRevision) -> Self {
        Self {
            revision: revision.revision,
            origin: revision.origin.as_str().to_owned(),
            author: revision.author,
            reason: revision.reason,
            created_at: revision.created_at.to_string(),
        }
    }
}

/// Who speaks when.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Segments)]
pub struct SegmentsBody {
    /// Revision, from 1; 0 before the analysis.
    pub revision: u32,
    /// `automatic` or `edited`.
    pub origin: String,
    /// Who edited.
    pub author: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// Whether it is the newest revision.
    pub current: bool,
    /// Revision that the voices were made from; less than the newest while a job makes them anew.
    pub voices_revision: Option<u32>,
    /// Segments by channel and start.
    pub segments: Vec<SegmentBody>,
    /// Every revision, oldest first.
    pub revisions: Vec<SegmentRevisionBody>,
}

impl From<SegmentsView> for SegmentsBody {
    fn from(view: SegmentsView) -> Self {
        let voice_of = |segment: &Segment| {
            let is_its = |voice: &&Voice| {
                voice.channel == segment.channel && Some(voice.label) == segment.label
            };
            view.voices.iter().find(is_its).map(|voice| voice.id.0)
        };
        let segments = view.segments.iter().map(|segment| SegmentBody {
            channel: segment.channel,
            start_ms: segment.start_ms,
            end_ms: segment.end_ms,
            label: segment.label,
            voice_id: voice_of(segment),
        });
        let segments = segments.collect();
        let revision = view.revision.map(SegmentRevisionBody::from);
        let (number, origin) = match &revision {
            Some(revision) => (revision.revision, revision.origin.clone()),
            None => (0, "automatic".to_owned()),
        };
        Self {
            revision: number,
            origin,
            author: revision.as_ref().and_then(|known| known.author.clone()),
            reason: revision.as_ref().and_then(|known| known.reason.clone()),
            created_at: revision.map(|known| known.created_at),
            current: view.is_current,
            voices_revision: view.voices_revision,
            segments,
            revisions: view.revisions.into_iter().map(Into::into).collect(),
        }
    }
}

/// A stretch of one channel, as a person has it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSegment)]
pub struct NewSegmentBody {
    /// Channel index from 0.
    pub channel: u16,
    /// Start.
    pub start_ms: u64,
    /// End, after the start.
    pub end_ms: u64,
    /// Speaker label within the recording, on one channel; null where speakers overlap.
    pub label: Option<u16>,
}

impl From<NewSegmentBody> for Segment {
    fn from(segment: NewSegmentBody) -> Self {
        Self {
            channel: segment.channel,
            start_ms: segment.start_ms,
            end_ms: segment.end_ms,
            label: segment.label,
        }
    }
}

/// A correction of who speaks when.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSegments)]
pub struct NewSegmentsBody {
    /// Every segment of the recording. Where segments of two labels overlap, that stretch becomes
    /// overlap.
    pub segments: Vec<NewSegmentBody>,
    /// Who corrects, until there are accounts; 1 to 200 characters.
    pub author: String,
    /// Why; 1 to 500 characters.
    pub reason: String,
}
