//! What a caller of a use case can do about its failure.

use thiserror::Error;

use super::report_keys::ReportKeyError;
use crate::audit::AuditError;
use crate::delivery::SignatureError;
use crate::domain::{Failure, JobState, NetSpeech, RecordingId};
use crate::index::IndexError;
use crate::pipeline::PipelineError;
use crate::scoring::ScoringError;
use crate::store::StoreError;
use crate::tables::TableError;
use crate::transcode::TranscodeError;

/// Why a use case gave no result.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// A field of the request is wrong; change it.
    #[error("{field} is {found}, expected {expected}")]
    Invalid {
        /// Field.
        field: &'static str,
        /// What it held.
        found: String,
        /// What it may hold.
        expected: String,
    },
    /// An id or number is not known.
    #[error("{what} {id} does not exist")]
    NotFound {
        /// Noun.
        what: &'static str,
        /// Id.
        id: String,
    },
    /// A unique value is taken.
    #[error("{what} {value:?} exists already")]
    Conflict {
        /// Field.
        what: &'static str,
        /// Value.
        value: String,
    },
    /// Somebody edited it meanwhile; read it again.
    #[error("version {expected} of {what} was edited meanwhile, it is now version {found}")]
    Stale {
        /// Noun.
        what: &'static str,
        /// Version that the caller knew.
        expected: u32,
        /// Version that stands.
        found: u32,
    },
    /// The recording is still being analysed; ask again later.
    #[error("recording {id} is still being analysed")]
    RecordingPending {
        /// Recording.
        id: RecordingId,
    },
    /// The recording cannot be analysed, or nobody speaks in it.
    #[error("recording {id} has no voice: {reason}")]
    NoVoice {
        /// Recording, or the name of a file that is not in the archive.
        id: String,
        /// Why.
        reason: String,
    },
    /// Several voices, and none was chosen.
    #[error(
        "recording {id} has {}, expected the channel and label of one",
        in_words(voices)
    )]
    VoiceAmbiguous {
        /// Recording.
        id: RecordingId,
        /// Channel and label of each.
        voices: Vec<(u16, u16)>,
    },
    /// Too little speech: an outcome, not a score.
    #[error("{side} has {found} of net speech, {purpose} needs {minimum}")]
    TooLittleSpeech {
        /// Which side.
        side: String,
        /// To what purpose.
        purpose: &'static str,
        /// Net speech that is there.
        found: NetSpeech,
        /// Net speech that is needed.
        minimum: NetSpeech,
    },
    /// The job's state does not allow it.
    #[error("job is {found}, expected {expected}")]
    JobState {
        /// Its state.
        found: &'static str,
        /// States that allow it.
        expected: &'static str,
    },
    /// The calibration's state does not allow it.
    #[error("calibration is {found}, expected {expected}")]
    CalibrationState {
        /// Its state.
        found: &'static str,
        /// What allows it.
        expected: &'static str,
    },
    /// The state of a rule, an alert, a webhook or a delivery does not allow it.
    #[error("{what} is {found}, expected {expected}")]
    State {
        /// Noun.
        what: &'static str,
        /// Its state.
        found: &'static str,
        /// What allows it.
        expected: &'static str,
    },
    /// A partner's message is not to be believed.
    #[error("message is not signed as expected: {0}")]
    Signature(#[from] SignatureError),
    /// There is no key to sign a report with.
    #[error("reports cannot be signed: {0}")]
    ReportKey(#[from] ReportKeyError),
    /// The decision does not go together with others; nothing was changed.
    #[error("the decision contradicts others: {}", .contradictions.join("; "))]
    ContradictoryDecision {
        /// What it would contradict, in words.
        contradictions: Vec<String>,
    },
    /// Too few people are known to make trials that a calibration can be trained on.
    #[error(
        "{speakers} speakers are known by voices in two recordings or more ({voices} voices; \
         {left_out} left out), a calibration needs at least {minimum}"
    )]
    TooFewTrials {
        /// Speakers with voices in two recordings.
        speakers: usize,
        /// Voices that can be used.
        voices: usize,
        /// Voices and links that cannot.
        left_out: usize,
        /// Speakers that are needed.
        minimum: usize,
    },
    /// These bytes cannot be analysed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// ffmpeg is needed for these bytes, and is not there or does not read them.
    #[error(transparent)]
    Transcode(#[from] TranscodeError),
    /// A score cannot be made into a ratio.
    #[error(transparent)]
    Scoring(#[from] ScoringError),
    /// The index refused.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The audit chain could not be continued or read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store could not do it.
    #[error("{0}")]
    Store(StoreError),
    /// A table is not taken.
    #[error(transparent)]
    Table(TableError),
    /// Work was cut off, as at shutdown; the same call may succeed later.
    #[error("work was interrupted: {detail}")]
    Interrupted {
        /// What happened.
        detail: String,
    },
}

/// Voices as an error lists them.
fn in_words(voices: &[(u16, u16)]) -> String {
    let voices = voices
        .iter()
        .map(|(channel, label)| format!("voice {label} on channel {channel}"));
    voices.collect::<Vec<_>>().join(", ")
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what, value } => Self::Conflict { what, value },
            StoreError::Stale {
                what,
                expected,
                found,
            } => Self::Stale {
                what,
                expected,
                found,
            },
            StoreError::Missing { what, id } => Self::NotFound { what, id },
            StoreError::LeaseLost { .. }
            | StoreError::AuditChain { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Unavailable { .. }
            | StoreError::File { .. } => Self::Store(error),
        }
    }
}

impl From<TableError> for ServiceError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Invalid {
                field,
                found,
                expected,
            } => Self::Invalid {
                field,
                found,
                expected,
            },
            TableError::Unreadable(_) => Self::Table(error),
        }
    }
}

impl ServiceError {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    pub(super) fn job_state(found: JobState, expected: &'static str) -> Self {
        Self::JobState {
            found: found.as_str(),
            expected,
        }
    }

    /// Why these bytes will never be analysed here as they are; none where another try may succeed,
    /// or where the bytes are not to blame.
    pub fn refusal(&self) -> Option<Failure> {
        let (code, is_permanent) = match self {
            Self::Pipeline(error) => (error.code(), error.is_permanent()),
            Self::Transcode(error) => (error.code(), error.is_permanent()),
            _ => return None,
        };
        is_permanent.then(|| Failure {
            code: code.to_owned(),
            detail: self.to_string(),
        })
    }

    /// Whether the outcome is "no result" rather than a failure: exit code 3.
    pub fn is_outcome(&self) -> bool {
        matches!(self, Self::TooLittleSpeech { .. } | Self::NoVoice { .. })
    }
}
