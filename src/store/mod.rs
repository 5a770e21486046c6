//! The truth: repository traits, their SQLite implementation, and the blob folder.
//!
//! A [`Store`] hands out a [`Reader`] for looking and a [`UnitOfWork`] for changing.
//! A unit of work commits with the audit rows of its changes or does not commit at all.
//!
//! Invariants: only this module contains SQL; it uses only `domain` types.

pub mod blobs;
pub mod sqlite;
mod traits;

pub use traits::{
    AddedEvents, AlertFilter, AlertReader, AlertWriter, AnalysedRecording, AuditReader,
    AuditWriter, CalibrationReader, CalibrationWriter, CaseReader, CaseWriter, DeliveryFilter,
    DescribedRevision, EntityReader, EntityWriter, EventFilter, EventReader, EventWriter,
    GalleryChange, GalleryEntry, GalleryMember, GalleryReader, GalleryVoice, GroupReader,
    GroupWriter, HeardSubject, IdempotencyReader, IdempotencyRecord, IdempotencyWriter,
    ImportReader, ImportWriter, JobFilter, JobQueue, JobReader, JobWriter, LeasedJob, LinkFilter,
    LinkForce, LinkReader, LinkWriter, PopulationReader, PopulationWriter, Reader, RecordingFilter,
    RecordingParty, RecordingReader, RecordingWriter, ReplacedVoices, RetryCause, RevisedSegments,
    RuleReader, RuleWriter, ScopeReader, ScopedRecordings, ScoredVoice, SearchReader, SearchWriter,
    SharedEntity, Store, StoreError, SubjectFilter, SubjectReader, SubjectWriter, TextMatch,
    UnitOfWork, VoiceReader, WatchListReader, WatchListWriter, WebhookReader, WebhookWriter,
};
