//! Why an index or its snapshot cannot serve.

use std::path::PathBuf;

use thiserror::Error;

use crate::domain::ModelId;

/// Why an index refuses.
#[derive(Debug, Error)]
pub enum IndexError {
    /// Two models' embeddings are never compared.
    #[error("embedding of model {found} does not belong in an index of model {expected}")]
    OtherModel {
        /// Model of the index.
        expected: ModelId,
        /// Model of the embedding.
        found: ModelId,
    },
    /// Same model name, other length.
    #[error("embedding has {found} values, the index expects {expected}")]
    OtherLength {
        /// Length that the index holds.
        expected: usize,
        /// Length of the embedding.
        found: usize,
    },
    /// Nothing was asked for.
    #[error("top_k is 0, expected at least 1")]
    NothingAsked,
    /// A selection names rows of the index that it was made from.
    #[error("the selection was made from another index than the one that is searched")]
    OtherSelection,
    /// Rows are numbered in 32 bits.
    #[error("index holds {rows} rows, no more fit")]
    Full {
        /// Rows that it holds.
        rows: usize,
    },
    /// A snapshot could not be written or read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Why a snapshot is not used; the caller rebuilds the index from the store.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// There is none.
    #[error("no snapshot at {}", path.display())]
    Absent {
        /// Manifest that is not there.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("snapshot file {} cannot be used: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another version of Voxtrace wrote it.
    #[error("snapshot has format {found}, expected {expected}")]
    OtherFormat {
        /// Format that is read and written.
        expected: u32,
        /// Format of the snapshot.
        found: u32,
    },
    /// It belongs to another model.
    #[error("snapshot is of model {found}, expected {expected}")]
    OtherModel {
        /// Model that was asked for.
        expected: ModelId,
        /// Model of the snapshot.
        found: ModelId,
    },
    /// Same model name, other length.
    #[error("snapshot has embeddings of {found} values, expected {expected}")]
    OtherLength {
        /// Length that was asked for.
        expected: usize,
        /// Length in the snapshot.
        found: usize,
    },
    /// A file is not what was written.
    #[error("snapshot file {} is damaged: {reason}", path.display())]
    Damaged {
        /// File.
        path: PathBuf,
        /// What was found and what was expected.
        reason: String,
    },
}
