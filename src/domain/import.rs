//! The import of a table of events into a case.

use serde::{Deserialize, Serialize};

use super::case_event::EventKind;
use super::ids::{CaseId, ImportId};
use super::recording::Failure;
use super::time::Timestamp;
use super::units::Sha256;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Its job waits or runs.
    Pending,
    /// Every row was read.
    Done,
    /// It was given up; the rows before stand.
    Failed,
    /// A person cancelled it; the rows before stand.
    Cancelled,
}

impl ImportState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What became of the rows that were read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows read, the header not counted.
    pub rows: u64,
    /// Events that are new.
    pub added: u64,
    /// Rows that say what another row of the case says already.
    pub duplicates: u64,
    /// Rows that are no events.
    pub refused: u64,
}

/// Why a row is no event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// Row of the file, the header being row 1.
    pub row: u64,
    /// Column of the file, or the field where no column is to blame.
    pub column: String,
    /// What it held.
    pub found: String,
    /// What it may hold.
    pub expected: String,
}

/// The import of one file into one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Id.
    pub id: ImportId,
    /// Case.
    pub case_id: CaseId,
    /// What the rows are.
    pub kind: EventKind,
    /// Name of the file.
    pub filename: String,
    /// Digest of the sealed file.
    pub sha256: Sha256,
    /// Its size.
    pub size_bytes: u64,
    /// How its columns are read, as canonical JSON.
    pub mapping: String,
    /// How far it has come.
    pub state: ImportState,
    /// Why it was given up.
    pub failure: Option<Failure>,
    /// Rows of the file, the header not counted.
    pub rows_total: u64,
    /// What became of the rows so far.
    pub counts: ImportCounts,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last went on.
    pub updated_at: Timestamp,
}
