//! A blob that is being written.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

use sha2::Digest;
use tempfile::NamedTempFile;

use super::{BlobError, BlobStore, sync_folder};
use crate::domain::Sha256;

/// How often a new file may be lost to a sweeper of an older version, which looked between its creation
/// and its lock; one of this version waits until the folder is nobody's.
const ATTEMPTS: usize = 8;

/// A blob that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredBlob {
    /// Digest of its bytes, which is its name.
    pub sha256: Sha256,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// A blob that is being written. Dropped without [`IncomingBlob::finish`], it leaves nothing; killed
/// with its process, it leaves a file that nobody holds locked, which a sweep removes.
#[derive(Debug)]
pub struct IncomingBlob {
    store: BlobStore,
    file: NamedTempFile,
    hasher: sha2::Sha256,
    size_bytes: u64,
    max_bytes: u64,
}

impl IncomingBlob {
    pub(super) fn begin(store: BlobStore, max_bytes: u64) -> Result<Self, BlobError> {
        let file = locked_file(&store.incoming)?;
        Ok(Self {
            store,
            file,
            hasher: sha2::Sha256::new(),
            size_bytes: 0,
            max_bytes,
        })
    }

    /// Bytes written so far.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Another handle on the bytes written so far, from their start, to look at them.
    ///
    /// # Errors
    /// The file system refused.
    pub fn reopen(&self) -> Result<File, BlobError> {
        self.file
            .reopen()
            .map_err(BlobError::file("open", self.file.path()))
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// `TooLarge` when the limit would be passed, before a byte of the chunk is written; `File`
    /// when the disk is full or fails. Drop the blob then.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), BlobError> {
        let size_bytes = self.size_bytes.saturating_add(chunk.len() as u64);
        if size_bytes > self.max_bytes {
            return Err(BlobError::TooLarge {
                max_bytes: self.max_bytes,
            });
        }
        self.file
            .write_all(chunk)
            .map_err(BlobError::file("write", self.file.path()))?;
        self.hasher.update(chunk);
        self.size_bytes = size_bytes;
        Ok(())
    }

    /// Seals the blob: when this returns, its bytes and its name survive a power cut.
    ///
    /// # Errors
    /// The file system refused; then nothing is left.
    pub fn finish(self) -> Result<StoredBlob, BlobError> {
        let Self {
            store,
            file,
            hasher,
            size_bytes,
            ..
        } = self;
        let sha256 = Sha256(hasher.finalize().into());
        let path = store.path(sha256);
        let seal = |action| BlobError::file(action, &path);
        let [first, ..] = sha256.0;
        let shard = store.shard(first);
        let folder = path.parent().unwrap_or(&shard);
        std::fs::create_dir_all(folder).map_err(seal("create the folder of"))?;
        if !is_there(&path, size_bytes)? {
            let file_path = file.path().to_owned();
            let sealed = file.as_file();
            let mut permissions = sealed
                .metadata()
                .map_err(BlobError::file("look at", &file_path))?
                .permissions();
            permissions.set_readonly(true);
            sealed
                .set_permissions(permissions)
                .map_err(BlobError::file("seal", &file_path))?;
            sealed
                .sync_all()
                .map_err(BlobError::file("sync", &file_path))?;
            file.persist(&path)
                .map_err(|error| seal("rename to")(error.error))?;
        }
        // Also where the blob or a folder was there before: another process may have made it a
        // moment ago and not synced it yet.
        for folder in [folder, &shard, &store.blobs] {
            sync_folder(folder)?;
        }
        Ok(StoredBlob { sha256, size_bytes })
    }
}

/// Whether the blob is there in full. A shorter or longer one was damaged, and is replaced.
fn is_there(path: &Path, size_bytes: u64) -> Result<bool, BlobError> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() == size_bytes => Ok(true),
        Ok(found) => {
            tracing::warn!(
                path = %path.display(),
                found_bytes = found.len(),
                expected_bytes = size_bytes,
                "a damaged blob is replaced by the same bytes uploaded again"
            );
            Ok(false)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(BlobError::file("look at", path)(error)),
    }
}

fn locked_file(folder: &Path) -> Result<NamedTempFile, BlobError> {
    for _ in 0..ATTEMPTS {
        let _no_sweep_meanwhile = held(folder, File::lock_shared)?;
        let file = NamedTempFile::new_in(folder).map_err(BlobError::file("write in", folder))?;
        file.as_file()
            .lock()
            .map_err(BlobError::file("lock", file.path()))?;
        if file.path().exists() {
            return Ok(file);
        }
    }
    Err(BlobError::file("keep a file in", folder)(
        std::io::ErrorKind::ResourceBusy.into(),
    ))
}

/// The folder, locked until it is dropped.
fn held(folder: &Path, lock: impl FnOnce(&File) -> std::io::Result<()>) -> Result<File, BlobError> {
    File::open(folder)
        .and_then(|file| lock(&file).map(|()| file))
        .map_err(BlobError::file("lock", folder))
}

/// Removes the files that nobody holds locked. Nobody makes one meanwhile: a file that was just made
/// and is not locked yet would be taken for one that nobody writes any more.
pub(super) fn sweep(folder: &Path) -> Result<u64, BlobError> {
    let _nobody_begins = held(folder, File::lock)?;
    let mut removed = 0;
    for entry in std::fs::read_dir(folder).map_err(BlobError::file("list", folder))? {
        let entry = entry.map_err(BlobError::file("list", folder))?;
        let path = entry.path();
        if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        // One that is gone by now was finished or dropped by its writer.
        let Ok(file) = File::open(&path) else {
            continue;
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => continue,
        }
        match std::fs::remove_file(&path) {
            Ok(()) => removed += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(BlobError::file("remove", &path)(error)),
        }
    }
    Ok(removed)
}
