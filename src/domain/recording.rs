//! One uploaded file, sealed: its bytes never change.

use serde::{Deserialize, Serialize};

use super::analysis::MediaFacts;
use super::ids::{CaseId, RecordingId};
use super::time::Timestamp;
use super::units::Sha256;

/// How far a recording has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// Stored; its analysis is waiting or running.
    Pending,
    /// Analysed; at least one voice has a voiceprint.
    Analysed,
    /// Analysed; no voice has enough speech.
    NoVoice,
    /// Cannot be analysed; `Recording::failure` says why.
    Failed,
}

impl RecordingState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Analysed => "analysed",
            Self::NoVoice => "no_voice",
            Self::Failed => "failed",
        }
    }
}

/// Which way a call went, as the operator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the person whose line was recorded.
    Inbound,
    /// From the person whose line was recorded.
    Outbound,
}

/// What the person who brought the recording says of the call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// Number that called.
    pub caller: Option<String>,
    /// Number that was called.
    pub callee: Option<String>,
    /// When the call began.
    pub started_at: Option<Timestamp>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// Where the file comes from, such as an operator or a seized handset.
    pub source: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

/// Why something cannot be done with these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code, such as `unknown_format`.
    pub code: String,
    /// What was found and what is accepted.
    pub detail: String,
}

/// One uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Id.
    pub id: RecordingId,
    /// Digest of the bytes, and the name of the blob that holds them.
    pub sha256: Sha256,
    /// Size.
    pub size_bytes: u64,
    /// Name under which it was uploaded; never trusted for the format.
    pub filename: String,
    /// Case that it belongs to.
    pub case_id: Option<CaseId>,
    /// Number of that case.
    pub case_no: Option<String>,
    /// What is said of the call.
    pub call: CallFacts,
    /// How far it has come.
    pub state: RecordingState,
    /// Container and codec, once analysed.
    pub media: Option<MediaFacts>,
    /// Why it cannot be analysed.
    pub failure: Option<Failure>,
    /// When it was stored.
    pub created_at: Timestamp,
}
