//! Bytes come in: to a temporary file while they are hashed, then looked at, then sealed.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::{Actor, Received, RecordingMetadata, ServiceError, Services, off_executor};
use crate::domain::Sha256;
use crate::store::StoreError;
use crate::store::blobs::IncomingBlob;

/// Bytes gathered before they are written in one go, off the executor's threads.
const WRITE_BYTES: usize = 1 << 20;

/// An upload that is coming in. Dropped before it is received, it leaves nothing behind.
pub struct Upload {
    incoming: Arc<Mutex<Option<IncomingBlob>>>,
    gathered: Vec<u8>,
    sha256: Sha256,
    hasher: sha2::Sha256,
}

impl Upload {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The disk refused.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), ServiceError> {
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() >= WRITE_BYTES {
            self.flush().await
        } else {
            Ok(())
        }
    }

    /// Ends the upload; its digest is known from here on.
    ///
    /// # Errors
    /// The disk refused.
    pub async fn end(&mut self) -> Result<(), ServiceError> {
        use sha2::Digest;
        self.flush().await?;
        self.sha256 = Sha256(self.hasher.clone().finalize().into());
        Ok(())
    }

    /// Digest of the bytes, once the upload has ended.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The file that the bytes come into; none in it once it is received.
    pub(super) fn incoming(&self) -> &Arc<Mutex<Option<IncomingBlob>>> {
        &self.incoming
    }

    async fn flush(&mut self) -> Result<(), ServiceError> {
        use sha2::Digest;
        if self.gathered.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.gathered);
        let incoming = Arc::clone(&self.incoming);
        let mut hasher = self.hasher.clone();
        let (hasher, mut bytes) = off_executor(move || -> Result<_, ServiceError> {
            hasher.update(&bytes);
            let mut incoming = incoming.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(incoming) = incoming.as_mut() {
                incoming.write(&bytes).map_err(StoreError::from)?;
            }
            Ok((hasher, bytes))
        })
        .await??;
        self.hasher = hasher;
        bytes.clear();
        self.gathered = bytes;
        Ok(())
    }
}

impl Services {
    /// Begins an upload.
    ///
    /// # Errors
    /// The disk refused.
    pub async fn begin_upload(&self) -> Result<Upload, ServiceError> {
        let blobs = Arc::clone(&self.blobs);
        let incoming = off_executor(move || blobs.begin())
            .await?
            .map_err(StoreError::from)?;
        Ok(Upload {
            incoming: Arc::new(Mutex::new(Some(incoming))),
            gathered: Vec::new(),
            sha256: Sha256([0; 32]),
            hasher: sha2::Sha256::default(),
        })
    }

    /// Seals an upload that looks like a recording, and writes its row and its job. Bytes that are
    /// no recording, or lie outside the limits, are refused and leave nothing behind.
    ///
    /// # Errors
    /// `Invalid` when the file is empty or a text is too long; `Pipeline` when the bytes cannot be
    /// decoded, `Transcode` when ffmpeg does not read them either; `NotFound` when the case does not exist.
    pub async fn receive_upload(
        &self,
        actor: &Actor,
        upload: Upload,
        metadata: RecordingMetadata,
    ) -> Result<Received, ServiceError> {
        let media = Arc::clone(&self.media);
        let incoming = Arc::clone(&upload.incoming);
        let blob = off_executor(move || -> Result<_, ServiceError> {
            let taken = incoming
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let incoming = taken.ok_or_else(|| ServiceError::Interrupted {
                detail: "the upload was received already".to_owned(),
            })?;
            let file = incoming.reopen().map_err(StoreError::from)?;
            media.check(&file)?;
            Ok(incoming.finish().map_err(StoreError::from)?)
        })
        .await??;
        self.receive_recording(actor, &blob, metadata).await
    }
}
