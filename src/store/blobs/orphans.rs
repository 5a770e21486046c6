//! Blobs without a row: left by a process that was killed between the two writes, or by an upload
//! that is being received at this moment.

use super::{BlobError, BlobStore};
use crate::domain::{PageRequest, Sha256};
use crate::store::{Reader, RecordingFilter, StoreError};

impl BlobStore {
    /// Blobs that no recording and no import names, at most `limit`, in the order of their digests.
    ///
    /// One of 256 folders is listed at a time, so memory does not grow with the archive. A list
    /// only: an upload may be about to write the row of a blob in it.
    ///
    /// # Errors
    /// A folder or the store cannot be read.
    pub async fn orphans(
        &self,
        reader: &mut dyn Reader,
        limit: usize,
    ) -> Result<Vec<Sha256>, StoreError> {
        let mut orphans = Vec::new();
        for first in 0..=u8::MAX {
            let store = self.clone();
            let listed = tokio::task::spawn_blocking(move || store.list_shard(first))
                .await
                .map_err(|error| StoreError::Unavailable {
                    detail: error.to_string(),
                })??;
            for sha256 in listed {
                if orphans.len() >= limit {
                    return Ok(orphans);
                }
                let filter = RecordingFilter {
                    sha256: Some(sha256),
                    ..RecordingFilter::default()
                };
                let page = PageRequest {
                    limit: 1,
                    after: None,
                };
                let is_recording = !reader.recordings(&filter, page).await?.items.is_empty();
                if !is_recording && reader.imports_of_bytes(sha256, None).await?.is_empty() {
                    orphans.push(sha256);
                }
            }
        }
        Ok(orphans)
    }

    /// Digests of the blobs whose first byte is `first`, in order. Files with other names are not
    /// ours and are passed over.
    fn list_shard(&self, first: u8) -> Result<Vec<Sha256>, BlobError> {
        let shard = self.shard(first);
        let mut found = Vec::new();
        let folders = match std::fs::read_dir(&shard) {
            Ok(folders) => folders,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(BlobError::file("list", &shard)(error)),
        };
        for folder in folders {
            let folder = folder.map_err(BlobError::file("list", &shard))?;
            if !folder.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let folder = folder.path();
            for blob in std::fs::read_dir(&folder).map_err(BlobError::file("list", &folder))? {
                let blob = blob.map_err(BlobError::file("list", &folder))?;
                found.extend(
                    blob.file_name()
                        .to_str()
                        .and_then(|name| name.parse::<Sha256>().ok()),
                );
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}
