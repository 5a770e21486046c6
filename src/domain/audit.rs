//! One row of the audit chain. How rows are encoded, hashed and verified is the matter of the
//! `audit` module; the row stands here because the store keeps it.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::units::Sha256;

/// One link of the hash chain: who did what to what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Position in the chain, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a person, a token or a part of the service, never a name that identifies a subject.
    pub actor: String,
    /// What was done, such as `recording.stored`.
    pub action: String,
    /// To what, such as `recording/0190…`.
    pub object: String,
    /// Particulars, as canonical JSON text.
    pub detail: String,
    /// Hash of the row before; zeros for the first.
    pub prev_hash: Sha256,
    /// Hash of this row.
    pub hash: Sha256,
}

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Position of the last row; 0 when there is none.
    pub seq: u64,
    /// Its hash; zeros when there is none.
    pub hash: Sha256,
}

impl AuditHead {
    /// The head of a chain without rows.
    pub const EMPTY: Self = Self {
        seq: 0,
        hash: Sha256([0; 32]),
    };
}
