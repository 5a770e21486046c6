//! PCM of recordings that ffmpeg decoded, kept while they are listened to: derived data, bounded in
//! bytes, which anybody may delete.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::domain::{Clock, Sha256};
use crate::services::ServiceError;
use crate::services::listening::file_error;

/// Changes when the PCM changes.
const VERSION: u32 = 1;

/// How many recordings are made into PCM at once, at most.
const LOCKS: usize = 8;

/// The folder of kept PCM.
pub(super) struct KeptPcm {
    folder: PathBuf,
    max_bytes: u64,
    clock: Arc<dyn Clock>,
    /// Whoever waits for a recording finds it ready. Recordings share a lock by chance only, and so
    /// many are made at once at most.
    making: [Mutex<()>; LOCKS],
}

/// One kept file.
struct Entry {
    path: PathBuf,
    bytes: u64,
    last_used: SystemTime,
}

impl KeptPcm {
    pub(super) fn new(folder: &Path, max_bytes: u64, clock: Arc<dyn Clock>) -> Self {
        Self {
            folder: folder.to_owned(),
            max_bytes,
            clock,
            making: Default::default(),
        }
    }

    /// The kept PCM, or what `make` makes, which is kept from then on.
    ///
    /// # Errors
    /// Those of `make`; files that cannot be written.
    pub(super) fn get_or_make(
        &self,
        sha256: Sha256,
        make: impl FnOnce() -> Result<File, ServiceError>,
    ) -> Result<File, ServiceError> {
        let path = self.folder.join(format!("{sha256}-{VERSION}.wav"));
        if let Some(found) = self.look_up(&path) {
            return Ok(found);
        }
        let Sha256([first, ..]) = sha256;
        let lock = self.making.get(usize::from(first) % LOCKS);
        let _alone = lock.map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(found) = self.look_up(&path) {
            return Ok(found);
        }
        let mut made = make()?;
        let failed = |source| file_error("keep PCM as", &path, source);
        self.keep(&mut made, &path).map_err(failed)?;
        self.drop_oldest(&path).map_err(failed)?;
        Ok(made)
    }

    /// Copies PCM under a temporary name and renames it: whoever finds the name finds all of it.
    fn keep(&self, made: &mut File, path: &Path) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut copy = tempfile::NamedTempFile::new_in(&self.folder)?;
        made.seek(SeekFrom::Start(0))?;
        std::io::copy(made, copy.as_file_mut())?;
        copy.as_file().set_modified(self.now())?;
        copy.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Deletes what was not used for longest until the rest fits; what was just made stays. Files
    /// that are open stay readable to whoever has them open.
    fn drop_oldest(&self, newest: &Path) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Somebody else may have deleted it since.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            entries.push(Entry {
                path: entry.path(),
                bytes: metadata.len(),
                last_used: metadata.modified()?,
            });
        }
        entries.sort_by_key(|entry| entry.last_used);
        let mut total: u64 = entries.iter().map(|entry| entry.bytes).sum();
        for entry in entries.iter().filter(|entry| entry.path != newest) {
            if total <= self.max_bytes {
                break;
            }
            let _ = fs::remove_file(&entry.path);
            total -= entry.bytes;
        }
        Ok(())
    }

    /// Opens a kept file and marks it as used now.
    fn look_up(&self, path: &Path) -> Option<File> {
        let file = File::open(path).ok()?;
        // A folder that cannot be written still serves what it holds.
        if let Ok(writable) = File::options().append(true).open(path) {
            let _ = writable.set_modified(self.now());
        }
        Some(file)
    }

    fn now(&self) -> SystemTime {
        let since = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_millis(since)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::domain::Timestamp;

    /// A clock that goes on by a second at each look.
    struct Seconds(AtomicI64);

    impl Clock for Seconds {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.fetch_add(1_000, Ordering::Relaxed))
        }
    }

    fn kept(folder: &Path, max_bytes: u64) -> KeptPcm {
        KeptPcm::new(folder, max_bytes, Arc::new(Seconds(AtomicI64::new(0))))
    }

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn text(mut file: File) -> String {
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn pcm_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept(&folder.path().join("pcm"), 100);
        let sha256 = Sha256([1; 32]);
        let made = kept.get_or_make(sha256, || Ok(file_of(b"first"))).unwrap();
        assert_eq!(text(made), "first");
        let again = kept.get_or_make(sha256, || Ok(file_of(b"second"))).unwrap();
        assert_eq!(text(again), "first");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept(folder.path(), 10);
        let get = |number: u8, words: &[u8]| {
            let found = kept.get_or_make(Sha256([number; 32]), || Ok(file_of(words)));
            text(found.unwrap())
        };
        get(1, b"first");
        get(2, b"later");
        // The first is used again, so the second is now the older one, and the third pushes it out.
        assert_eq!(get(1, b"again"), "first");
        get(3, b"third");
        assert_eq!(get(1, b"again"), "first");
        assert_eq!(get(2, b"again"), "again");
    }

    #[test]
    fn what_cannot_be_made_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept(folder.path(), 10);
        let failed = kept.get_or_make(Sha256([1; 32]), || {
            Err(ServiceError::not_found("recording", "x"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
