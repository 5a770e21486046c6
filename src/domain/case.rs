//! A case.

use serde::{Deserialize, Serialize};

use super::ids::CaseId;
use super::time::Timestamp;

/// A case that recordings belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Id.
    pub id: CaseId,
    /// Number by which people know it; unique.
    pub case_no: String,
    /// Short title.
    pub title: Option<String>,
    /// Anything else.
    pub note: Option<String>,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was opened here.
    pub created_at: Timestamp,
}
