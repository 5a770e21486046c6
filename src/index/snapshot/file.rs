//! Files that are whole or not there, and that are read only if they are to the bit what was
//! written.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use memmap2::Mmap;
use sha2::Digest;
use tempfile::NamedTempFile;

use super::super::SnapshotError;
use crate::domain::Sha256;

/// Bytes read or written at a time.
const BUFFER_BYTES: usize = 1 << 20;

pub(super) fn refused(path: &Path) -> impl FnOnce(std::io::Error) -> SnapshotError {
    let path = path.to_owned();
    move |source| SnapshotError::Io { path, source }
}

pub(super) fn other_hash(path: &Path, expected: &Sha256, found: &Sha256) -> SnapshotError {
    let reason = format!("its SHA-256 is {found}, expected {expected}");
    SnapshotError::Damaged {
        path: path.to_owned(),
        reason,
    }
}

/// Hashes what passes through.
struct Hashing<W> {
    to: W,
    hash: sha2::Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// Writes a file that is named by the hash of what `fill` writes.
pub(super) fn write(
    folder: &Path,
    name: impl FnOnce(&Sha256) -> String,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<Sha256, SnapshotError> {
    let mut file = NamedTempFile::new_in(folder).map_err(refused(folder))?;
    let hashing = Hashing {
        to: file.as_file_mut(),
        hash: sha2::Sha256::new(),
    };
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, hashing);
    fill(&mut out).map_err(refused(folder))?;
    let hashing = out
        .into_inner()
        .map_err(|error| refused(folder)(error.into_error()))?;
    let hash = Sha256(hashing.hash.finalize().into());
    finish(file, &folder.join(name(&hash)))?;
    Ok(hash)
}

/// Writes a small file in the place of what was there.
pub(super) fn replace(
    path: &Path,
    fill: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> Result<(), SnapshotError> {
    let folder = path.parent().unwrap_or(path);
    let mut file = NamedTempFile::new_in(folder).map_err(refused(folder))?;
    fill(file.as_file_mut()).map_err(refused(path))?;
    finish(file, path)
}

fn finish(file: NamedTempFile, path: &Path) -> Result<(), SnapshotError> {
    file.as_file().sync_all().map_err(refused(path))?;
    file.persist(path)
        .map_err(|error| refused(path)(error.error))?;
    Ok(())
}

/// Makes renames in `folder` last.
pub(super) fn sync_folder(folder: &Path) -> Result<(), SnapshotError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(refused(folder))
}

/// Removes the data files of earlier snapshots and what a crash left half written.
pub(super) fn remove_others(folder: &Path, keep: &[String]) -> Result<(), SnapshotError> {
    for entry in std::fs::read_dir(folder).map_err(refused(folder))? {
        let entry = entry.map_err(refused(folder))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = ["vectors-", "ids-", "tags-", "names-", ".tmp"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        if ours && !keep.iter().any(|keep| *keep == name) {
            std::fs::remove_file(entry.path()).map_err(refused(&entry.path()))?;
        }
    }
    Ok(())
}

/// Reads a file of at most `limit` bytes.
pub(super) fn read_small(path: &Path, limit: usize) -> Result<Vec<u8>, SnapshotError> {
    let file = File::open(path).map_err(refused(path))?;
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(refused(path))?;
    if bytes.len() > limit {
        let reason = format!("it has more than {limit} bytes");
        return Err(SnapshotError::Damaged {
            path: path.to_owned(),
            reason,
        });
    }
    Ok(bytes)
}

/// Opens a file that must have `count` items of `size` bytes each.
fn open(path: &Path, count: usize, size: usize) -> Result<File, SnapshotError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => damaged(path, "it is not there".to_owned()),
        _ => refused(path)(error),
    })?;
    let length = file.metadata().map_err(refused(path))?.len();
    if Some(length) != (count as u64).checked_mul(size as u64) {
        let reason = format!("it has {length} bytes, expected {count} items of {size}");
        return Err(damaged(path, reason));
    }
    Ok(file)
}

fn damaged(path: &Path, reason: String) -> SnapshotError {
    SnapshotError::Damaged {
        path: path.to_owned(),
        reason,
    }
}

/// Reads `count` items of `SIZE` bytes each. Nothing is allocated before the length of the file is
/// seen to agree, and nothing is returned before the hash is.
pub(super) fn read<const SIZE: usize, T>(
    path: &Path,
    count: usize,
    expected: &Sha256,
    item: impl Fn([u8; SIZE]) -> T,
) -> Result<Vec<T>, SnapshotError> {
    let mut file = open(path, count, SIZE)?;
    let mut items = Vec::new();
    items
        .try_reserve_exact(count)
        .map_err(|error| damaged(path, error.to_string()))?;
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0u8; BUFFER_BYTES / SIZE * SIZE];
    while items.len() < count {
        let wanted = (count - items.len()).saturating_mul(SIZE).min(buffer.len());
        let part = buffer.get_mut(..wanted).unwrap_or_default();
        file.read_exact(part).map_err(refused(path))?;
        hash.update(&*part);
        items.extend(part.as_chunks::<SIZE>().0.iter().map(|bytes| item(*bytes)));
    }
    same(path, expected, hash)?;
    Ok(items)
}

fn same(path: &Path, expected: &Sha256, hash: sha2::Sha256) -> Result<(), SnapshotError> {
    let found = Sha256(hash.finalize().into());
    if &found == expected {
        Ok(())
    } else {
        Err(other_hash(path, expected, &found))
    }
}

/// Maps a file of `count` items of `size` bytes, for reading only.
pub(super) fn map(path: &Path, count: usize, size: usize) -> Result<Mmap, SnapshotError> {
    let file = open(path, count, size)?;
    // SAFETY: nobody writes to the file while it is mapped. It is written under a passing name,
    // renamed to the hash of its content when it is whole, and from then on only unlinked, which
    // leaves the mapped pages. Whoever may write into the data folder could break this as they could
    // break the database beside it.
    unsafe { Mmap::map(&file) }.map_err(refused(path))
}

/// Whether a mapped file is to the bit what was written.
pub(super) fn check(path: &Path, mapped: &[u8], expected: &Sha256) -> Result<(), SnapshotError> {
    let mut hash = sha2::Sha256::new();
    mapped
        .chunks(BUFFER_BYTES)
        .for_each(|part| hash.update(part));
    same(path, expected, hash)
}
