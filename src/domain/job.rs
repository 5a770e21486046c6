//! Durable work.

use serde::{Deserialize, Serialize};

use super::ids::{DeliveryId, ImportId, JobId, RecordingId, SubjectId};
use super::time::Timestamp;
use super::voice::VoicePick;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Analyse a recording.
    Analyse,
    /// Enrol the voice of a recording that is still being analysed.
    Enrol,
    /// Rebuild the search index and write its snapshot.
    Index,
    /// Hold the voices of a recording against the rules.
    Watch,
    /// Deliver a message to a partner.
    Deliver,
    /// Look for links of the voices of a recording.
    Link,
    /// Read a table of events.
    Import,
}

impl JobKind {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyse => "analyse",
            Self::Enrol => "enrol",
            Self::Index => "index",
            Self::Watch => "watch",
            Self::Deliver => "deliver",
            Self::Link => "link",
            Self::Import => "import",
        }
    }
}

/// What a job does, and to what. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobTask {
    /// Analyse a recording.
    Analyse {
        /// Which.
        recording_id: RecordingId,
    },
    /// Enrol the voice of a recording once it is analysed.
    Enrol {
        /// Whom.
        subject_id: SubjectId,
        /// From which recording.
        recording_id: RecordingId,
        /// Which voice; needed where there are several.
        #[serde(flatten)]
        pick: VoicePick,
        /// Legal ground.
        ground: String,
        /// When the enrolment ceases to be in force.
        expires_at: Option<Timestamp>,
    },
    /// Rebuild the search index and write its snapshot.
    Index {},
    /// Hold the voices of a recording against the rules.
    Watch {
        /// Which.
        recording_id: RecordingId,
    },
    /// Deliver a message to a partner.
    Deliver {
        /// Which.
        delivery_id: DeliveryId,
    },
    /// Look for links of the voices of a recording.
    Link {
        /// Which.
        recording_id: RecordingId,
    },
    /// Read a table of events.
    Import {
        /// Which.
        import_id: ImportId,
    },
}

impl JobTask {
    /// What kind of job it is.
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Analyse { .. } => JobKind::Analyse,
            Self::Enrol { .. } => JobKind::Enrol,
            Self::Index {} => JobKind::Index,
            Self::Watch { .. } => JobKind::Watch,
            Self::Deliver { .. } => JobKind::Deliver,
            Self::Link { .. } => JobKind::Link,
            Self::Import { .. } => JobKind::Import,
        }
    }

    /// The recording that it works on.
    pub const fn recording_id(&self) -> Option<RecordingId> {
        match self {
            Self::Analyse { recording_id }
            | Self::Enrol { recording_id, .. }
            | Self::Watch { recording_id }
            | Self::Link { recording_id } => Some(*recording_id),
            Self::Index {} | Self::Deliver { .. } | Self::Import { .. } => None,
        }
    }
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker, or for the time of its next try.
    Queued,
    /// Leased by a worker.
    Running,
    /// Done.
    Done,
    /// Given up; the dead-letter state. `Job::reason` says why.
    Dead,
    /// Cancelled by a person.
    Cancelled,
}

impl JobState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Dead | Self::Cancelled => true,
            Self::Queued | Self::Running => false,
        }
    }
}

/// One piece of durable work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// What it does.
    pub task: JobTask,
    /// How far it has come.
    pub state: JobState,
    /// Fraction done, 0 to 1.
    pub progress: f32,
    /// Tries begun.
    pub attempts: u32,
    /// Tries after which it is dead.
    pub max_attempts: u32,
    /// Why the last try failed, or why it was cancelled.
    pub reason: Option<String>,
    /// Not before this time.
    pub run_after: Timestamp,
    /// Worker that holds the lease.
    pub lease_owner: Option<String>,
    /// When the lease ends unless it is renewed.
    pub lease_until: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}
