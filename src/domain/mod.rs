//! The nouns of Voxtrace: ids, unit newtypes, recordings, voices, subjects, cases, entities, events,
//! searches, jobs and audit rows, and the `Clock` and `Rng` that are passed in.
//!
//! Invariant: this module uses no other module of the crate, and does no I/O.

pub mod amount;
pub mod analysis;
pub mod audit;
pub mod calibration;
pub mod case;
pub mod case_event;
pub mod embedding;
pub mod entity;
pub mod findings;
pub mod ids;
pub mod import;
pub mod job;
pub mod operating_point;
pub mod page;
pub mod recording;
pub mod search;
pub mod segment;
pub mod subject;
pub mod suitability;
pub mod time;
pub mod units;
pub mod verbal;
pub mod voice;

pub use amount::{Amount, AmountError, Currency};
pub use analysis::{
    Analysis, Bandwidth, ChannelAnalysis, ChannelQuality, CodecTrace, CrossTalk, Damage,
    MediaFacts, Provenance, Segment, VoiceAnalysis, VoiceOutcome, VoiceQuality,
};
pub use audit::{AuditHead, AuditRow};
pub use calibration::{CalibrationChange, CalibrationState, StoredCalibration};
pub use case::Case;
pub use case_event::{CaseEvent, EventKind, EventSource, EventTie, Party, Role};
pub use embedding::{Embedding, EmbeddingError};
pub use entity::{CaseEntity, Entity, EntityKind, EntityWarning};
pub use findings::{ComparedSide, ComparisonFindings, Difference, ScoreHistogram};
pub use ids::{
    CalibrationId, CaseId, ComparisonId, EnrolmentId, EntityId, EventId, ImportId, JobId,
    RecordingId, SearchId, SubjectId, VoiceId, VoiceprintId,
};
pub use import::{Import, ImportCounts, ImportState, RowError};
pub use job::{Job, JobKind, JobState, JobTask};
pub use operating_point::{BaseRate, OperatingPoint, OperatingThreshold};
pub use page::{Cursor, Page, PageRequest};
pub use recording::{CallFacts, Direction, Failure, Recording, RecordingState};
pub use search::{
    Against, CalibrationFacts, Candidate, CandidateSubject, Comparison, Evidence, SearchAnswer,
    SearchMethod, SearchRequest, StoredSearch, VoiceFacts,
};
pub use segment::{SegmentOrigin, SegmentRevision};
pub use subject::{Enrolment, Subject, SubjectClass};
pub use suitability::{Judgement, Suitability, SuitabilityReason, Verdict};
pub use time::{Clock, Rng, Stopwatch, SystemClock, SystemRng, SystemStopwatch, Timestamp};
pub use units::{Llr, ModelId, NetSpeech, SampleRate, Score, Sha256};
pub use verbal::{NO_SUPPORT, VerbalBand, VerbalScale, VerbalScaleError, VerbalWords, is_name};
pub use voice::{Voice, VoicePick, Voiceprint};

/// Version of Voxtrace, named in every stored result.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
