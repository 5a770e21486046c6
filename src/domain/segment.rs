//! Revisions of who speaks when: the automatic one stays, each edit makes a new one.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// Who made a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentOrigin {
    /// The analysis.
    Automatic,
    /// A person.
    Edited,
}

impl SegmentOrigin {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Edited => "edited",
        }
    }
}

/// One revision of a recording's segments, without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRevision {
    /// Number, from 1.
    pub revision: u32,
    /// Who made it.
    pub origin: SegmentOrigin,
    /// The person, where it was one.
    pub author: Option<String>,
    /// Why the person made it.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}
