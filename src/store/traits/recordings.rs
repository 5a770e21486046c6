//! Recordings and what was found in them.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    Analysis, CaseId, ChannelAnalysis, EnrolmentId, Failure, Page, PageRequest, Recording,
    RecordingId, RecordingState, Segment, SegmentRevision, Sha256, Timestamp, Voice, VoiceId,
    Voiceprint,
};

/// Narrows a list of recordings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordingFilter {
    /// Of this case.
    pub case_id: Option<CaseId>,
    /// In this state.
    pub state: Option<RecordingState>,
    /// With these bytes.
    pub sha256: Option<Sha256>,
}

/// Which revision of the segments an analysis is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescribedRevision {
    /// It found the segments itself: they become this revision, the next one.
    New(u32),
    /// It was given the segments of this revision, the newest one.
    Newest(u32),
}

impl DescribedRevision {
    /// Its number.
    pub const fn number(self) -> u32 {
        match self {
            Self::New(number) | Self::Newest(number) => number,
        }
    }
}

/// A person's revision of segments.
#[derive(Debug, Clone)]
pub struct RevisedSegments<'a> {
    /// Recording.
    pub recording_id: RecordingId,
    /// Number that it takes, the next one.
    pub revision: u32,
    /// Every segment, by channel and start.
    pub segments: &'a [Segment],
    /// Who.
    pub author: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What an analyse job writes in one unit of work.
#[derive(Debug, Clone)]
pub struct AnalysedRecording<'a> {
    /// Recording.
    pub recording_id: RecordingId,
    /// What was found.
    pub analysis: &'a Analysis,
    /// Which revision its segments are.
    pub revision: DescribedRevision,
    /// Rows for the voices, in the order of `analysis.voices`.
    pub voices: &'a [Voice],
    /// Voiceprints of those voices that have one.
    pub voiceprints: &'a [Voiceprint],
    /// State that the recording takes.
    pub state: RecordingState,
    /// When.
    pub at: Timestamp,
}

/// What became of the enrolments of voices that an analysis replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplacedVoices {
    /// Voices that are gone.
    pub removed: Vec<VoiceId>,
    /// Enrolments carried over, with the old and the new voice.
    pub carried: Vec<(EnrolmentId, VoiceId, VoiceId)>,
    /// Enrolments that lost a voice, since no new voice has its channel and label.
    pub lost: Vec<(EnrolmentId, VoiceId)>,
}

/// Looks at recordings and what was found in them.
#[async_trait]
pub trait RecordingReader: Send {
    /// One recording.
    async fn recording(&mut self, id: RecordingId) -> Result<Option<Recording>, StoreError>;
    /// Recordings, newest first.
    async fn recordings(
        &mut self,
        filter: &RecordingFilter,
        page: PageRequest,
    ) -> Result<Page<Recording>, StoreError>;
    /// The recording of this case (or of no case) with these bytes.
    async fn recording_by_sha256(
        &mut self,
        sha256: Sha256,
        case_id: Option<CaseId>,
    ) -> Result<Option<Recording>, StoreError>;
    /// Channels as analysed, in order.
    async fn channels(&mut self, id: RecordingId) -> Result<Vec<ChannelAnalysis>, StoreError>;
    /// Segments of the newest revision by channel and start, with the revision; revision 0 without
    /// segments before the analysis.
    async fn segments(&mut self, id: RecordingId) -> Result<(u32, Vec<Segment>), StoreError>;
    /// Segments of one revision by channel and start; none when there is no such revision.
    async fn segments_of_revision(
        &mut self,
        id: RecordingId,
        revision: u32,
    ) -> Result<Option<Vec<Segment>>, StoreError>;
    /// Every revision of the segments, oldest first.
    async fn segment_revisions(
        &mut self,
        id: RecordingId,
    ) -> Result<Vec<SegmentRevision>, StoreError>;
    /// The revision that the voices were made from; none before the analysis.
    async fn voices_revision(&mut self, id: RecordingId) -> Result<Option<u32>, StoreError>;
}

/// Changes recordings.
#[async_trait]
pub trait RecordingWriter: Send {
    /// Adds a recording. `Conflict` when its case (or the caseless) has these bytes already;
    /// `Missing` when there is no such case.
    async fn insert_recording(&mut self, recording: &Recording) -> Result<(), StoreError>;
    /// Writes what an analysis found. Earlier voices of the recording are replaced, by voices of the
    /// same id where the caller says so, and the gallery's log tells of both; enrolments of replaced voices are carried over to the voice
    /// with the same channel and label; what was carried and what was lost is returned, so that the
    /// audit row can say so. `Missing` when there is no such recording; `Stale` when the revision
    /// is not the next one, or not the newest any more, or a voice names another.
    async fn store_analysis(
        &mut self,
        analysed: &AnalysedRecording<'_>,
    ) -> Result<ReplacedVoices, StoreError>;
    /// Adds a person's revision. `Stale` when it is not the next one after an analysis.
    async fn revise_segments(&mut self, revised: &RevisedSegments<'_>) -> Result<(), StoreError>;
    /// Marks a recording as one that cannot be analysed; voices of an earlier analysis stay.
    /// `Missing` when there is no such recording.
    async fn fail_recording(
        &mut self,
        id: RecordingId,
        failure: &Failure,
    ) -> Result<(), StoreError>;
}
