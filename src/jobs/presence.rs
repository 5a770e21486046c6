//! A process that works on jobs shows that it is alive by a locked file, so that jobs of a killed
//! process are taken over at once instead of when their leases end.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::{Clock, JobId, Rng};
use crate::services::ServiceError;
use crate::store::Store;

/// Why a process cannot show that it is alive.
#[derive(Debug, Error)]
pub enum PresenceError {
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

/// A process's proof of life: a file that it holds locked until it ends, however it ends.
#[derive(Debug)]
pub struct Presence {
    owner: String,
    folder: PathBuf,
    path: PathBuf,
    _locked: File,
}

impl Presence {
    /// Takes a new name and locks its file in `folder`.
    ///
    /// # Errors
    /// The file cannot be made or locked.
    pub fn announce(
        folder: &Path,
        clock: &dyn Clock,
        rng: &dyn Rng,
    ) -> Result<Self, PresenceError> {
        let owner = format!("worker-{}", JobId::new(clock, rng));
        let path = folder.join(format!("{owner}.lock"));
        let fault = |action: &'static str| {
            let path = path.display().to_string();
            move |source| PresenceError::File {
                action,
                path,
                source,
            }
        };
        std::fs::create_dir_all(folder).map_err(fault("create the folder of"))?;
        let locked = OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(&path)
            .map_err(fault("create"))?;
        locked.lock().map_err(fault("lock"))?;
        Ok(Self {
            owner,
            folder: folder.to_owned(),
            path: path.clone(),
            _locked: locked,
        })
    }

    /// The name under which this process holds leases.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Gives back the jobs of processes that have ended. Returns how many.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn take_over_from_the_dead(
        &self,
        store: &dyn Store,
        clock: &dyn Clock,
    ) -> Result<u64, ServiceError> {
        let mut released = 0;
        for owner in store.lease_owners().await? {
            if owner != self.owner && self.is_dead(&owner) {
                released += store.take_over(&owner, clock.now()).await?;
                tracing::info!(worker = owner, "jobs of an ended process were taken over");
            }
        }
        self.remove_dead_files();
        Ok(released)
    }

    /// An owner is dead when its file is here and nobody holds it. One whose file is not here may
    /// live on another machine: its leases end by themselves.
    fn is_dead(&self, owner: &str) -> bool {
        File::open(self.folder.join(format!("{owner}.lock"))).is_ok_and(|file| is_unlocked(&file))
    }

    fn remove_dead_files(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        for path in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| *path != self.path)
        {
            let dead = File::open(&path).is_ok_and(|file| is_unlocked(&file));
            if dead {
                // Another process may have removed it first, which is as good.
                let _ = std::fs::remove_file(&path);
            }
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // A file that stays is removed by the next process.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn is_unlocked(file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{SystemClock, SystemRng};

    #[test]
    fn a_living_process_is_not_dead_and_an_ended_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = Presence::announce(folder.path(), &SystemClock, &SystemRng).unwrap();
        let second = Presence::announce(folder.path(), &SystemClock, &SystemRng).unwrap();
        assert!(!first.is_dead(second.owner()));
        let left_behind = "worker-killed";
        std::fs::write(folder.path().join("worker-killed.lock"), "").unwrap();
        assert!(first.is_dead(left_behind));
        assert!(!first.is_dead("worker-on-another-machine"));
        first.remove_dead_files();
        assert!(!folder.path().join("worker-killed.lock").exists());
        assert!(second.path.exists());
    }
}
