//! Voices of archives older than links, and of another model: links are looked for afterwards.

use crate::services::{ServiceError, Services};

/// Recordings that are looked for at a time.
const BATCH: u32 = 500;

/// What was made up for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackloggedLinks {
    /// Recordings whose voices were searched.
    pub recordings: usize,
    /// Links that were proposed.
    pub links: usize,
}

impl Services {
    /// Looks for links of every voice for which nobody did. It may be cut off and run again.
    ///
    /// # Errors
    /// The store or the index could not do it.
    pub async fn link_backlog(&self) -> Result<BackloggedLinks, ServiceError> {
        let mut done = BackloggedLinks::default();
        loop {
            let mut reader = self.store.reader().await?;
            let model = self.analyser.model_id();
            let recordings = reader.recordings_to_link(model, BATCH).await?;
            drop(reader);
            if recordings.is_empty() {
                return Ok(done);
            }
            for recording_id in recordings {
                // Each call notes what it searched, so the list above gets shorter.
                done.links += self.link_recording(recording_id, None).await?;
                done.recordings += 1;
            }
        }
    }

    /// Recordings with voices for which nobody looked for links, up to a batch.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn recordings_without_links(&self) -> Result<usize, ServiceError> {
        let mut reader = self.store.reader().await?;
        let model = self.analyser.model_id();
        Ok(reader.recordings_to_link(model, BATCH).await?.len())
    }
}
