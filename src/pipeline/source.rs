//! Counts how far a source was read, so that progress can be told without knowing the format.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A reader that tells its furthest position.
pub(super) struct Counted<R> {
    inner: R,
    position: u64,
    furthest: Arc<AtomicU64>,
}

impl<R: Read + Seek> Counted<R> {
    /// Wraps a reader; the handle tells the furthest position in bytes.
    pub(super) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let furthest = Arc::new(AtomicU64::new(0));
        (
            Self {
                inner,
                position: 0,
                furthest: Arc::clone(&furthest),
            },
            furthest,
        )
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.position += read as u64;
        self.furthest.fetch_max(self.position, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.inner.seek(to)?;
        Ok(self.position)
    }
}
