//! The nouns of Voxtrace: ids, unit newtypes, recordings, voices, subjects, cases, entities, events,
//! searches, links, watch lists, rules, alerts, webhooks, jobs and audit rows, and the `Clock` and
//! `Rng` that are passed in.
//!
//! Invariant: this module uses no other module of the crate, and does no I/O.

pub mod alert;
pub mod amount;
pub mod analysis;
pub mod audit;
pub mod batch_search;
pub mod calibration;
pub mod case;
pub mod case_event;
pub mod embedding;
pub mod entity;
pub mod findings;
pub mod happening;
pub mod ids;
pub mod import;
pub mod job;
pub mod link;
pub mod minor_unit;
pub mod operating_point;
pub mod page;
pub mod population;
pub mod recording;
pub mod rule;
pub mod search;
pub mod search_filter;
pub mod segment;
pub mod subject;
pub mod suitability;
pub mod time;
pub mod units;
pub mod verbal;
pub mod voice;
pub mod watch_list;
pub mod webhook;

pub use alert::{
    Alert, AlertChange, AlertEvidence, AlertMatter, AlertSighting, AlertState, Disposition,
    DispositionCounts, PartnerAction, PartnerReport,
};
pub use amount::{Amount, AmountError, Currency};
pub use analysis::{
    Analysis, Bandwidth, ChannelAnalysis, ChannelQuality, CodecTrace, CrossTalk, Damage,
    MediaFacts, Provenance, Segment, VoiceAnalysis, VoiceOutcome, VoiceQuality,
};
pub use audit::{AuditHead, AuditRow};
pub use batch_search::{BatchCandidate, BatchLine, BatchSearchRequest, BatchVoice};
pub use calibration::{CalibrationChange, CalibrationState, StoredCalibration};
pub use case::Case;
pub use case_event::{CaseEvent, EventKind, EventSource, EventTie, Party, Role};
pub use embedding::{Embedding, EmbeddingError};
pub use entity::{CaseEntity, Entity, EntityKind, EntityWarning};
pub use findings::{
    ComparedSide, ComparisonFindings, Difference, PopulationFindings, ScoreHistogram,
    SubjectFindings, SubjectVoice,
};
pub use happening::{
    Happening, HeardVoice, KnownVoice, Likeness, LinkMade, LinkStage, NumberSeen, SpeakerGrouped,
    TransferReceived, VoiceHeard,
};
pub use ids::{
    AlertId, CalibrationId, CaseId, ComparisonId, DeliveryId, EnrolmentId, EntityId, EventId,
    GroupId, ImportId, JobId, LinkId, PartnerReportId, PopulationId, RecordingId, RuleId, SearchId,
    SeriesId, SubjectId, VoiceId, VoiceprintId, WatchListId, WatchMemberId, WebhookId,
};
pub use import::{Import, ImportCounts, ImportState, RowError};
pub use job::{Job, JobKind, JobState, JobTask};
pub use link::{
    DatedLineage, Decision, Group, GroupMember, LineageChange, LineageEvent, Link, LinkDecision,
    LinkEdge, LinkReasons, LinkState, Proposer, Series, SeriesKind, SharedFact, Superseded,
    SupersededBy, VoicePlacement,
};
pub use minor_unit::decimal_of_minor_units;
pub use operating_point::{BaseRate, OperatingPoint, OperatingThreshold};
pub use page::{Cursor, Page, PageRequest};
pub use population::{
    EnrolledChoice, Population, PopulationFacts, PopulationMember, PopulationMismatch,
    PopulationRates, PopulationSelection, PopulationUse, PopulationVersion, PopulationWarning,
    Reach, digest_of_members,
};
pub use recording::{CallFacts, Direction, Failure, Recording, RecordingState};
pub use rule::{NumberSide, Rule, RuleChange, RuleCondition, RuleState};
pub use search::{
    Against, Agreement, CalibrationFacts, Candidate, CandidateSubject, Comparison, Evidence,
    JointVoice, SearchAnswer, SearchMethod, SearchRequest, StoredSearch, SubjectCandidate,
    SubjectSide, VoiceFacts,
};
pub use search_filter::{RecordingScope, SearchFilters};
pub use segment::{SegmentOrigin, SegmentRevision};
pub use subject::{Enrolment, Subject, SubjectClass};
pub use suitability::{Judgement, Suitability, SuitabilityReason, Verdict};
pub use time::{Clock, Rng, Stopwatch, SystemClock, SystemRng, SystemStopwatch, Timestamp};
pub use units::{Llr, ModelId, NetSpeech, SampleRate, Score, Sha256};
pub use verbal::{NO_SUPPORT, VerbalBand, VerbalScale, VerbalScaleError, VerbalWords, is_name};
pub use voice::{Voice, VoicePick, Voiceprint};
pub use watch_list::{
    WatchList, WatchMember, WatchedEntry, WatchedValue, normalised_account, normalised_number,
};
pub use webhook::{
    AttemptOutcome, Delivery, DeliveryAttempt, DeliveryEvent, DeliveryState, Webhook,
    WebhookSecret, WebhookState,
};

/// Version of Voxtrace, named in every stored result.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
