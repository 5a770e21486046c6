//! The bytes of recordings: one file each, named by its SHA-256, never changed.
//!
//! ```text
//! DIR/incoming/<random>        being written, locked by its writer
//! DIR/blobs/ab/cd/<sha256>     sealed: complete, on disk, read-only
//! ```
//!
//! A blob is written before the row that names it, so a crash between the two leaves a blob without
//! a row, which harms nobody and is listed by [`BlobStore::orphans`], never a row without a blob.
//!
//! The calls block, since hashing and writing do: async callers run them on a blocking thread and
//! hand chunks over through a channel, which also slows a sender down to the speed of the disk.

mod error;
mod incoming;
mod orphans;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::Digest;

pub use error::BlobError;
pub use incoming::{IncomingBlob, StoredBlob};

use crate::domain::Sha256;

/// Largest blob unless a caller says otherwise: 12 hours of 48 kHz 16-bit stereo, and some more.
pub const DEFAULT_MAX_BYTES: u64 = 8 << 30;

/// Bytes read at a time when a blob is hashed.
const READ_BYTES: usize = 1 << 16;

/// The folder of blobs.
#[derive(Debug, Clone)]
pub struct BlobStore {
    blobs: PathBuf,
    incoming: PathBuf,
}

impl BlobStore {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(dir: &Path) -> Result<Self, BlobError> {
        let store = Self {
            blobs: dir.join("blobs"),
            incoming: dir.join("incoming"),
        };
        for folder in [&store.blobs, &store.incoming] {
            std::fs::create_dir_all(folder).map_err(BlobError::file("create", folder))?;
        }
        sync_folder(dir)?;
        Ok(store)
    }

    /// Begins a blob of at most [`DEFAULT_MAX_BYTES`].
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn begin(&self) -> Result<IncomingBlob, BlobError> {
        self.begin_at_most(DEFAULT_MAX_BYTES)
    }

    /// Begins a blob of at most `max_bytes`.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn begin_at_most(&self, max_bytes: u64) -> Result<IncomingBlob, BlobError> {
        IncomingBlob::begin(self.clone(), max_bytes)
    }

    /// Where the blob lies, or would lie.
    pub fn path(&self, sha256: Sha256) -> PathBuf {
        self.blobs.join(self.relative_path(sha256))
    }

    /// Where it lies below the folder of blobs, with `/` between the parts.
    pub fn relative_path(&self, sha256: Sha256) -> String {
        let [first, second, ..] = sha256.0;
        format!("{first:02x}/{second:02x}/{sha256}")
    }

    /// Whether there is such a blob.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn exists(&self, sha256: Sha256) -> Result<bool, BlobError> {
        let path = self.path(sha256);
        path.try_exists()
            .map_err(BlobError::file("look for", &path))
    }

    /// Opens a blob for reading.
    ///
    /// # Errors
    /// `Missing`, or it cannot be opened.
    pub fn open_blob(&self, sha256: Sha256) -> Result<File, BlobError> {
        let path = self.path(sha256);
        File::open(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => BlobError::Missing { sha256 },
            _ => BlobError::file("open", &path)(source),
        })
    }

    /// Reads a blob and compares its digest with its name. Returns its size in bytes.
    ///
    /// # Errors
    /// `Missing`, `Damaged`, or it cannot be read.
    pub fn verify(&self, sha256: Sha256) -> Result<u64, BlobError> {
        let mut file = self.open_blob(sha256)?;
        let mut hasher = sha2::Sha256::new();
        let mut buffer = vec![0u8; READ_BYTES];
        let mut size_bytes = 0u64;
        loop {
            let read = file
                .read(&mut buffer)
                .map_err(BlobError::file("read", &self.path(sha256)))?;
            if read == 0 {
                break;
            }
            size_bytes = size_bytes.saturating_add(read as u64);
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
        let found = Sha256(hasher.finalize().into());
        if found == sha256 {
            Ok(size_bytes)
        } else {
            Err(BlobError::Damaged { sha256, found })
        }
    }

    /// Removes incoming files that nobody writes any more: those whose lock can be had. Returns how
    /// many.
    ///
    /// # Errors
    /// The folder cannot be read, or a file cannot be removed.
    pub fn sweep(&self) -> Result<u64, BlobError> {
        incoming::sweep(&self.incoming)
    }

    fn shard(&self, first: u8) -> PathBuf {
        self.blobs.join(format!("{first:02x}"))
    }
}

/// Makes what was created or renamed in a folder survive a power cut.
fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BlobError::file("sync", folder))
}

#[cfg(test)]
mod tests;
