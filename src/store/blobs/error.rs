//! What a caller of the blob folder can do about its failure.

use std::path::Path;

use thiserror::Error;

use crate::domain::Sha256;
use crate::store::StoreError;

/// Why the blob folder could not do what was asked.
#[derive(Debug, Error)]
pub enum BlobError {
    /// More bytes came than are allowed.
    #[error("blob is larger than the maximum of {max_bytes} bytes")]
    TooLarge {
        /// Limit.
        max_bytes: u64,
    },
    /// There is no such blob.
    #[error("blob {sha256} does not exist")]
    Missing {
        /// Its name.
        sha256: Sha256,
    },
    /// The blob is not what it was.
    #[error("blob {sha256} is damaged: its bytes have digest {found}")]
    Damaged {
        /// Its name.
        sha256: Sha256,
        /// Digest of what lies there now.
        found: Sha256,
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

impl BlobError {
    /// For `map_err`.
    pub(super) fn file(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.display().to_string();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

impl From<BlobError> for StoreError {
    fn from(error: BlobError) -> Self {
        let detail = error.to_string();
        match error {
            BlobError::Missing { sha256 } => Self::Missing {
                what: "blob",
                id: sha256.to_string(),
            },
            BlobError::Damaged { .. } => Self::Corrupt {
                what: "blob",
                detail,
            },
            BlobError::TooLarge { .. } => Self::File {
                action: "store",
                path: "blob".to_owned(),
                source: std::io::Error::new(std::io::ErrorKind::FileTooLarge, detail),
            },
            BlobError::File {
                action,
                path,
                source,
            } => Self::File {
                action,
                path,
                source,
            },
        }
    }
}
