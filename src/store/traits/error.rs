//! What a caller of the store can do about its failure.

use thiserror::Error;

use crate::domain::JobId;

/// Why the store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A unique value is taken already.
    #[error("{what} {value:?} exists already")]
    Conflict {
        /// Which field.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The version that the change was based on is no longer the present one.
    #[error("version {expected} of {what} was edited meanwhile, it is now version {found}")]
    Stale {
        /// Which noun.
        what: &'static str,
        /// Version that the caller knew.
        expected: u32,
        /// Version that stands.
        found: u32,
    },
    /// The thing to be changed, or one that it refers to, is not there.
    #[error("{what} {id} does not exist")]
    Missing {
        /// Which noun.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A worker's lease has ended, so its result must not be written.
    #[error("job {id} is no longer leased by {owner}")]
    LeaseLost {
        /// Job.
        id: JobId,
        /// Worker.
        owner: String,
    },
    /// A commit was tried without audit rows, or with rows that do not continue the chain.
    #[error("audit rows do not continue the chain: {detail}")]
    AuditChain {
        /// What does not fit.
        detail: String,
    },
    /// What is stored cannot be understood: damage, or a newer version wrote it.
    #[error("stored {what} cannot be read: {detail}")]
    Corrupt {
        /// Which noun.
        what: &'static str,
        /// What was found.
        detail: String,
    },
    /// The database is busy, full or gone; the same call may succeed later.
    #[error("database is not available: {detail}")]
    Unavailable {
        /// What the database says.
        detail: String,
    },
    /// The file system refused.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}
