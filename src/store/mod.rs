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
    AddedEvents, AnalysedRecording, AuditReader, AuditWriter, CalibrationReader, CalibrationWriter,
    CaseReader, CaseWriter, DescribedRevision, EntityReader, EntityWriter, EventFilter,
    EventReader, EventWriter, GalleryChange, GalleryEntry, GalleryMember, GalleryReader,
    GalleryVoice, HeardSubject, IdempotencyReader, IdempotencyRecord, IdempotencyWriter,
    ImportReader, ImportWriter, JobFilter, JobQueue, JobReader, JobWriter, LeasedJob, Reader,
    RecordingFilter, RecordingParty, RecordingReader, RecordingWriter, ReplacedVoices, RetryCause,
    RevisedSegments, SearchReader, SearchWriter, SharedEntity, Store, StoreError, SubjectFilter,
    SubjectReader, SubjectWriter, TextMatch, UnitOfWork, VoiceReader,
};
