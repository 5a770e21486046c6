//! One source that is read twice, and how far it was read, so that progress can be told without
//! knowing the format.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bytes of a recording: each pass over them begins with [`Source::pass`].
pub(super) struct Source<R> {
    inner: Arc<Mutex<R>>,
    size: u64,
}

impl<R: Read + Seek> Source<R> {
    /// Measures the reader.
    ///
    /// # Errors
    /// When it cannot seek.
    pub(super) fn new(mut inner: R) -> io::Result<Self> {
        let size = inner.seek(SeekFrom::End(0))?;
        let inner = Arc::new(Mutex::new(inner));
        Ok(Self { inner, size })
    }

    /// Length in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// A reader from the first byte; the handle tells its furthest position in bytes. One pass at
    /// a time: two would move each other's position.
    ///
    /// # Errors
    /// When the reader cannot seek.
    pub(super) fn pass(&self) -> io::Result<(Pass<R>, Progress)> {
        locked(&self.inner).rewind()?;
        let furthest = Arc::new(AtomicU64::new(0));
        let progress = Progress {
            furthest: Arc::clone(&furthest),
            size: self.size,
        };
        let pass = Pass {
            inner: Arc::clone(&self.inner),
            position: 0,
            furthest,
        };
        Ok((pass, progress))
    }
}

/// How much of a source a pass has read.
pub(super) struct Progress {
    furthest: Arc<AtomicU64>,
    size: u64,
}

impl Progress {
    /// Fraction of the bytes, 0 to 1.
    pub(super) fn fraction(&self) -> f32 {
        let read = self.furthest.load(Ordering::Relaxed);
        (read as f32 / self.size.max(1) as f32).min(1.0)
    }
}

/// One pass over a source.
pub(super) struct Pass<R> {
    inner: Arc<Mutex<R>>,
    position: u64,
    furthest: Arc<AtomicU64>,
}

fn locked<R>(inner: &Mutex<R>) -> MutexGuard<'_, R> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Read> Read for Pass<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = locked(&self.inner).read(buffer)?;
        self.position += read as u64;
        self.furthest.fetch_max(self.position, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Pass<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = locked(&self.inner).seek(to)?;
        Ok(self.position)
    }
}
