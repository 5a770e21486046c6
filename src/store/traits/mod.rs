//! What the services ask of any store. SQLite and PostgreSQL can both keep these promises.

mod alerts;
mod audit;
mod calibrations;
mod cases;
mod entities;
mod error;
mod events;
mod groups;
mod idempotency;
mod jobs;
mod links;
mod populations;
mod recordings;
mod rules;
mod scopes;
mod searches;
mod subjects;
mod voices;
mod watch_lists;
mod webhooks;

use async_trait::async_trait;
use uuid::Uuid;

pub use alerts::{AlertFilter, AlertReader, AlertWriter};
pub use audit::{AuditReader, AuditWriter};
pub use calibrations::{CalibrationReader, CalibrationWriter};
pub use cases::{CaseReader, CaseWriter};
pub use entities::{
    EntityReader, EntityWriter, HeardSubject, RecordingParty, SharedEntity, TextMatch,
};
pub use error::StoreError;
pub use events::{AddedEvents, EventFilter, EventReader, EventWriter, ImportReader, ImportWriter};
pub use groups::{GroupReader, GroupWriter};
pub use idempotency::{IdempotencyReader, IdempotencyRecord, IdempotencyWriter};
pub use jobs::{JobFilter, JobQueue, JobReader, JobWriter, LeasedJob, RetryCause};
pub use links::{LinkFilter, LinkForce, LinkReader, LinkWriter, ScoredVoice};
pub use populations::{PopulationReader, PopulationWriter};
pub use recordings::{
    AnalysedRecording, DescribedRevision, RecordingFilter, RecordingReader, RecordingWriter,
    ReplacedVoices, RevisedSegments,
};
pub use rules::{RuleReader, RuleWriter};
pub use scopes::{ScopeReader, ScopedRecordings};
pub use searches::{SearchReader, SearchWriter};
pub use subjects::{SubjectFilter, SubjectReader, SubjectWriter};
pub use voices::{
    GalleryChange, GalleryEntry, GalleryMember, GalleryReader, GalleryVoice, VoiceReader,
};
pub use watch_lists::{WatchListReader, WatchListWriter};
pub use webhooks::{DeliveryFilter, WebhookReader, WebhookWriter};

use crate::domain::{Cursor, Page, PageRequest, Timestamp};

/// A consistent look at the store.
pub trait Reader:
    CaseReader
    + RecordingReader
    + VoiceReader
    + GalleryReader
    + ScopeReader
    + SubjectReader
    + SearchReader
    + CalibrationReader
    + PopulationReader
    + WatchListReader
    + RuleReader
    + AlertReader
    + WebhookReader
    + LinkReader
    + GroupReader
    + EntityReader
    + EventReader
    + ImportReader
    + JobReader
    + AuditReader
    + IdempotencyReader
{
}

impl<T> Reader for T where
    T: CaseReader
        + RecordingReader
        + VoiceReader
        + GalleryReader
        + ScopeReader
        + SubjectReader
        + SearchReader
        + CalibrationReader
        + PopulationReader
        + WatchListReader
        + RuleReader
        + AlertReader
        + WebhookReader
        + LinkReader
        + GroupReader
        + EntityReader
        + EventReader
        + ImportReader
        + JobReader
        + AuditReader
        + IdempotencyReader
{
}

/// Changes that commit together. Reads inside it see its own changes. Dropped without a commit, it
/// leaves nothing behind.
#[async_trait]
pub trait UnitOfWork:
    Reader
    + CaseWriter
    + RecordingWriter
    + SubjectWriter
    + SearchWriter
    + CalibrationWriter
    + PopulationWriter
    + WatchListWriter
    + RuleWriter
    + AlertWriter
    + WebhookWriter
    + LinkWriter
    + GroupWriter
    + EntityWriter
    + EventWriter
    + ImportWriter
    + JobWriter
    + AuditWriter
    + IdempotencyWriter
{
    /// Makes the changes durable. `AuditChain` when no audit row was appended in this unit of work.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A store.
#[async_trait]
pub trait Store: JobQueue {
    /// Opens a look.
    async fn reader(&self) -> Result<Box<dyn Reader + '_>, StoreError>;
    /// Opens a unit of work; it is the only writer until it ends. `Unavailable` when another writer
    /// does not end in time.
    async fn begin(&self) -> Result<Box<dyn UnitOfWork + '_>, StoreError>;
    /// Checks that the database answers and is whole. Reads all of it: not for every probe.
    async fn check(&self) -> Result<(), StoreError>;
    /// Closes every connection, with what is written on disk.
    async fn close(&self);
}

/// Makes a page out of one row more than the limit.
pub(super) fn page_of<T>(
    mut items: Vec<T>,
    request: PageRequest,
    key: impl Fn(&T) -> (Timestamp, Uuid),
) -> Page<T> {
    let limit = request.limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more {
        items
            .last()
            .map(&key)
            .map(|(created_at, id)| Cursor { created_at, id })
    } else {
        None
    };
    Page { items, next }
}
