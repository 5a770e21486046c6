//! Use cases: receive a recording, analyse it, enrol a voice, search, compare, watch, tell partners,
//! administer.
//!
//! Each use case that changes something is one unit of work: read, decide, write, audit, commit.

mod alerts;
mod analysing;
mod batch_searching;
mod calibration_in_use;
mod calibrations;
mod call_joins;
mod candidates;
mod case_graph;
mod case_speakers;
mod cases;
mod clip_finding;
mod comparing;
mod comparing_subject;
mod delivering;
mod enrolling;
mod entities;
mod entity_detail;
mod error;
mod event;
mod finding;
mod findings;
mod found;
mod gallery;
mod graph_paths;
mod happenings;
mod import_job;
mod import_rows;
mod importing;
mod job_control;
mod linking;
mod listening;
mod media;
mod messages;
mod partner_reports;
mod past;
mod pictures;
mod population_rates;
mod population_use;
mod populations;
mod probes;
mod raising;
mod ranking;
mod receiving;
mod report_keys;
mod rule_check;
mod rules;
mod search_filters;
mod search_scope;
mod searching;
mod segments;
mod shared;
mod standing;
mod subject_sides;
mod subjects;
mod trial_export;
mod uploading;
mod voices;
mod watch_lists;
mod watching;
mod webhooks;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::delivery::{Sender, WebhookSettings};
use crate::domain::{Clock, OperatingPoint, Rng, Sha256, VerbalScale};
use crate::entities::Region;
use crate::pipeline::Analyser;
use crate::scoring::{MinimumSpeech, SuitabilityThresholds};
use crate::store::Store;
use crate::store::blobs::BlobStore;
use crate::tables::TableDefaults;
use crate::transcode::TranscodeSettings;

use calibration_in_use::CalibrationInUse;
use population_use::PopulationsInUse;

pub use alerts::{AlertDetail, AlertFigures, Decision};
pub use analysing::Analysed;
pub use batch_searching::BatchLines;
pub use calibration_in_use::{CalibrationSource, score_origin};
pub use calibrations::CalibrationEntry;
pub use call_joins::{CallJoin, JoinOutcome};
pub use case_graph::{CaseGraph, GraphCut, GraphEdge, GraphNode};
pub use cases::{CaseEdit, NewCase};
pub use clip_finding::ClipFound;
pub use comparing::{
    ComparedRef, ComparedVoice, Scoring, check_speech, compensated, evidence_between,
    score_between, score_of,
};
pub use comparing_subject::{JointFindings, joint_with};
pub use enrolling::{EnrolRequest, Enrolled, VoiceChoice};
pub use entities::NewEntity;
pub use entity_detail::{EntityDetail, RecordingOfEntity};
pub use error::ServiceError;
pub use event::Event;
pub use findings::{canonical_findings, comparison_page, findings_of};
pub use found::{Found, FoundItem, Way, Why};
pub use gallery::{Gallery, GalleryError};
pub use graph_paths::{PathAnswer, PathOutcome, PathStep};
pub use importing::{ImportReport, NewImport, ReceivedImport};
pub use linking::{
    BackloggedLinks, DecisionRequest, GroupDetail, GroupDrift, LinkDetail, LinkNews, LinkShared,
    LinkSummary, LinkingAccuracy, LinkingSettings, NumberUse, OpenLink, SeriesDetail,
    SeriesRecording, SharedOfLink,
};
pub use listening::{PeakRange, Peaks, WavBody};
pub use media::{Media, MediaOpener};
pub use partner_reports::{NewPartnerReport, SignedReport};
pub use pictures::{Tile, TileRequest};
pub use population_use::PopulationChoice;
pub use populations::{
    CheckedPopulation, NewPopulation, NewPopulationVersion, PopulationEntry, PopulationSettings,
};
pub use probes::{Probe, ProbeRequest};
pub use receiving::{CaseChoice, Received, ReceivedOutcome, RecordingMetadata};
pub use report_keys::{ReportKeyError, ReportKeyPlace, read_public_key, read_report_key};
pub use rule_check::{CheckedFinding, Partners, PastRequest, RaisedPast, RuleCheck};
pub use rules::{NewRule, RuleDetail, RuleEdit};
pub use searching::SearchOptions;
pub use segments::{Revision, SegmentsView, check_segments};
pub use shared::{SharedCase, SharedThing};
pub use standing::{OutdatedVoice, Standing};
pub use subjects::{NewSubject, SubjectEdit};
pub use trial_export::{ConditionTrials, ExportedTrials, TrialChoice, TrialSource};
pub use uploading::Upload;
pub use voices::{VoiceDetail, VoiceRef};
pub use watch_lists::{NewWatchList, NewWatchMember, WatchListEdit, WatchListView};
pub use webhooks::{NewWebhook, WebhookEdit, WebhookView};

// What callers of the use cases need to name, so that they need not know the modules below.
pub use crate::alerting::FalseRate;
pub use crate::audio::DecodedBy;
pub use crate::delivery::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
pub use crate::graph::{EdgeKind, Node, NodeKind};
pub use crate::pipeline::PipelineError;
pub use crate::report::Language;
pub use crate::scoring::{CalibrationFile, ConditionFile, ValidityFile};
pub use crate::scoring::{EVALUATIVE, INVESTIGATIVE, NOTICE, enfsi_scale};
pub use crate::store::{
    AlertFilter, DeliveryFilter, EventFilter, IdempotencyRecord, JobFilter, LinkFilter, LinkForce,
    RecordingFilter, StoreError, SubjectFilter, UnitOfWork,
};

/// How many events a slow listener may lag behind before it misses some.
const EVENT_BACKLOG: usize = 1024;

/// Who does something, as the audit chain names it: a role or a part of the service, never a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(String);

impl Actor {
    /// The command line.
    pub fn command_line() -> Self {
        Self("cli".to_owned())
    }

    /// Somebody at this machine, through HTTP. People and roles do not exist yet.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// The service itself, as at its first start.
    pub fn service() -> Self {
        Self("service".to_owned())
    }

    /// A worker of the queue.
    pub fn worker() -> Self {
        Self("worker".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A model that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// Id.
    pub id: String,
    /// `embedding`, `vad` or `segmentation`.
    pub role: String,
    /// Hash of its file.
    pub sha256: Sha256,
    /// Licence.
    pub licence: String,
    /// Where it comes from.
    pub origin: String,
}

/// Settings of the use cases.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Data folder.
    pub data: PathBuf,
    /// Net speech below which there is an outcome instead of a number.
    pub minimum_speech: MinimumSpeech,
    /// What a voice must measure to be used.
    pub suitability: SuitabilityThresholds,
    /// What ffmpeg may use.
    pub transcode: TranscodeSettings,
    /// Tries after which a job is dead.
    pub max_attempts: u32,
    /// Largest `top_k`.
    pub max_top_k: u32,
    /// `top_k` where none is given.
    pub default_top_k: u32,
    /// Operating points that every answer states.
    pub operating_points: Vec<OperatingPoint>,
    /// Words beside ratios.
    pub verbal_scale: VerbalScale,
    /// How large populations may be.
    pub populations: PopulationSettings,
    /// How partners are called.
    pub webhooks: WebhookSettings,
    /// How voices are linked.
    pub linking: LinkingSettings,
    /// Entities and tables.
    pub entities: EntitySettings,
    /// File of the key that reports are signed with; empty for the one of the data folder.
    pub signing_key: PathBuf,
}

/// Settings of entities and of the tables that they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitySettings {
    /// Country whose numbers are written without a country code.
    pub region: Region,
    /// What a table is read with where neither it nor its mapping says.
    pub tables: TableDefaults,
    /// How far the clocks of a recording and of a call record may be apart, in milliseconds.
    pub join_tolerance_ms: u64,
    /// Largest table, in bytes.
    pub max_import_bytes: u64,
}

/// Everything that the use cases work with.
pub struct Services {
    store: Arc<dyn Store>,
    blobs: Arc<BlobStore>,
    analyser: Arc<Analyser>,
    media: Arc<MediaOpener>,
    calibration_in_use: CalibrationInUse,
    gallery: Arc<Gallery>,
    populations_in_use: PopulationsInUse,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    sender: Sender,
    events: broadcast::Sender<Event>,
    settings: ServiceSettings,
}

/// Parts that [`Services`] is put together from.
pub struct Parts {
    /// Store.
    pub store: Arc<dyn Store>,
    /// Blob folder.
    pub blobs: Arc<BlobStore>,
    /// Pipeline with its models.
    pub analyser: Arc<Analyser>,
    /// Opens recordings for it.
    pub media: Arc<MediaOpener>,
    /// Score to ratio.
    pub calibration: CalibrationSource,
    /// Search index.
    pub gallery: Arc<Gallery>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Settings.
    pub settings: ServiceSettings,
}

impl Services {
    /// Puts the use cases together.
    pub fn new(parts: Parts) -> Self {
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let Parts {
            store,
            blobs,
            analyser,
            media,
            calibration,
            gallery,
            clock,
            rng,
            settings,
        } = parts;
        let calibration_in_use = CalibrationInUse::new(calibration, settings.verbal_scale.clone());
        Self {
            store,
            blobs,
            analyser,
            media,
            calibration_in_use,
            gallery,
            populations_in_use: PopulationsInUse::default(),
            clock,
            rng,
            sender: Sender::new(&settings.webhooks),
            events,
            settings,
        }
    }

    /// The store, for reading lists that need no decision.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The blob folder.
    pub fn blobs(&self) -> &Arc<BlobStore> {
        &self.blobs
    }

    /// The pipeline.
    pub fn analyser(&self) -> &Arc<Analyser> {
        &self.analyser
    }

    /// What opens recordings for the pipeline.
    pub fn media(&self) -> &Arc<MediaOpener> {
        &self.media
    }

    /// The search index.
    pub fn gallery(&self) -> &Arc<Gallery> {
        &self.gallery
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The randomness of ids.
    pub fn rng(&self) -> &dyn Rng {
        self.rng.as_ref()
    }

    /// The settings.
    pub fn settings(&self) -> &ServiceSettings {
        &self.settings
    }

    /// Listens to what happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Tells listeners; without listeners nobody needs to know.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// Runs signal processing or a long scan off the async executor's threads.
pub(crate) async fn off_executor<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ServiceError::Interrupted {
            detail: error.to_string(),
        })
}
