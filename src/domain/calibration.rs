//! A calibration that the archive keeps, and its states.

use serde::{Deserialize, Serialize};

use super::ids::CalibrationId;
use super::time::Timestamp;
use super::units::{ModelId, Sha256};

/// Whether answers are made with a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationState {
    /// It may be put in use.
    Available,
    /// Answers of its model are made with it.
    Active,
    /// It is not used again; what was answered with it still names it.
    Retired,
}

impl CalibrationState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// One change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibrationChange {
    /// What it became.
    pub state: CalibrationState,
    /// Who did it, as audit rows name people.
    pub actor: String,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A calibration as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCalibration {
    /// Id.
    pub id: CalibrationId,
    /// Name, which every answer carries; no two have the same.
    pub name: String,
    /// Text of its file.
    pub file: String,
    /// Digest of that text.
    pub sha256: Sha256,
    /// Model whose scores it is for.
    pub model: ModelId,
    /// Digest of what makes the scores that it is for: the model and what compensates for channels.
    pub origin_sha256: Sha256,
    /// Its state.
    pub state: CalibrationState,
    /// How it came to it, oldest first; the first is how it was added.
    pub changes: Vec<CalibrationChange>,
    /// When it was added.
    pub created_at: Timestamp,
}
