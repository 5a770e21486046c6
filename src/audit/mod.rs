//! Who did what to what, and when: a chain in which each row is hashed over the one before, so that
//! a row that was changed, removed or put in between is found.
//!
//! A row is appended by [`record`] in the unit of work of the change that it tells, and commits with
//! it. [`verify`] reads the chain from its start and names the first bad row.
//!
//! The chain alone cannot show that its newest rows were cut off, nor that all of it was computed
//! anew by one who can write the database: keep the head hash that [`verify`] returns elsewhere.

pub mod action;
mod canonical;
mod encoding;
mod verifier;

use serde_json::Value;
use thiserror::Error;

pub use canonical::canonical_json;
pub use encoding::{encode, row_hash};
pub use verifier::{Verification, verify};

use crate::domain::{AuditRow, Clock, Sha256};
use crate::store::{StoreError, UnitOfWork};

/// Why the chain could not be continued, or is not whole.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The store could not do it.
    #[error("audit chain: {0}")]
    Store(#[from] StoreError),
    /// Rows were removed, or one was put in between.
    #[error("audit row {found} stands where row {expected} is expected")]
    Sequence {
        /// Position that should follow.
        expected: u64,
        /// Position that follows.
        found: u64,
    },
    /// The row does not follow the one before it.
    #[error("audit row {seq} follows a row of hash {found}, the row before it has hash {expected}")]
    PreviousHash {
        /// Position of the bad row.
        seq: u64,
        /// Hash of the row before.
        expected: Sha256,
        /// Hash that the row names.
        found: Sha256,
    },
    /// The row was changed after it was written.
    #[error(
        "audit row {seq} was changed: it carries hash {found}, its content has hash {expected}"
    )]
    OwnHash {
        /// Position of the bad row.
        seq: u64,
        /// Hash of what the row holds.
        expected: Sha256,
        /// Hash that the row carries.
        found: Sha256,
    },
}

/// Appends a row to the chain in the caller's unit of work.
///
/// # Errors
/// The store could not read the head or append the row.
pub async fn record(
    work: &mut dyn UnitOfWork,
    clock: &dyn Clock,
    actor: &str,
    action: &str,
    object: &str,
    detail: Value,
) -> Result<AuditRow, AuditError> {
    let head = work.audit_head().await?;
    let mut row = AuditRow {
        seq: head.seq.saturating_add(1),
        at: clock.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        detail: canonical_json(&detail),
        prev_hash: head.hash,
        hash: Sha256([0; 32]),
    };
    row.hash = row_hash(&row);
    work.append_audit(&row).await?;
    Ok(row)
}
