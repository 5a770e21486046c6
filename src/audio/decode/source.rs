//! The caller's reader, with its length and its own faults set apart from those of the bytes.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use symphonia::core::io::MediaSource;

use super::error::DecodeError;

/// What befell the reader, kept until someone asks.
///
/// The demultiplexers report an early end of the file and a failing disk as the same kind of
/// error; only the second one is worth a retry, so it is noted here, where it happens.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Log>);

#[derive(Default)]
struct Log {
    fault: Mutex<Option<io::Error>>,
    /// End of the last read.
    read_up_to: AtomicU64,
}

impl Faults {
    /// Takes the first fault since the last call.
    pub(super) fn take(&self) -> Option<io::Error> {
        let mut fault = self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.take()
    }

    /// Offset of the byte after the last one that was read. Demultiplexers read ahead, so what they
    /// complain of lies before it.
    pub(super) fn read_up_to(&self) -> u64 {
        self.0.read_up_to.load(Ordering::Relaxed)
    }

    fn note(&self, error: &io::Error) {
        let copy = io::Error::new(error.kind(), error.to_string());
        let mut fault = self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.get_or_insert(copy);
    }

    fn has_read(&self, up_to: u64) {
        self.0.read_up_to.store(up_to, Ordering::Relaxed);
    }
}

/// What a caller passes in.
trait Bytes: Read + Seek + Send + Sync {}

impl<R: Read + Seek + Send + Sync> Bytes for R {}

/// A source that is as long as it was when it was opened.
pub(super) struct Source {
    inner: Box<dyn Bytes>,
    length: u64,
    /// Length that demultiplexers are told.
    claimed_length: u64,
    /// Whether demultiplexers are told that they can go back.
    is_seekable: bool,
    /// Where the next byte is read.
    position: u64,
    /// Eight bytes that read as something else, by their offset.
    overlay: Option<(u64, [u8; 8])>,
    faults: Faults,
}

impl Source {
    /// Measures and rewinds `inner`.
    ///
    /// # Errors
    /// When the reader cannot seek.
    pub(super) fn new<R>(mut inner: R) -> Result<Self, DecodeError>
    where
        R: Read + Seek + Send + Sync + 'static,
    {
        let length = inner.seek(SeekFrom::End(0)).map_err(DecodeError::Io)?;
        inner.seek(SeekFrom::Start(0)).map_err(DecodeError::Io)?;
        Ok(Self {
            inner: Box::new(inner),
            length,
            claimed_length: length,
            is_seekable: true,
            position: 0,
            overlay: None,
            faults: Faults::default(),
        })
    }

    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Claims to be `length` bytes long; reading behind the real end still finds the end.
    ///
    /// A demultiplexer that would refuse a container that is cut takes it then, up to the cut.
    pub(super) fn claim_length(&mut self, length: u64) {
        self.claimed_length = length;
    }

    /// Claims that nobody can seek here, so that a demultiplexer does not look behind the audio.
    pub(super) fn claim_stream(&mut self) {
        self.is_seekable = false;
    }

    /// Has the eight bytes at `offset` read as `bytes`.
    pub(super) fn overlay(&mut self, offset: u64, bytes: [u8; 8]) {
        self.overlay = Some((offset, bytes));
    }

    fn cover(&self, buffer: &mut [u8]) {
        let Some((offset, bytes)) = self.overlay else {
            return;
        };
        for (at, byte) in (offset..).zip(bytes) {
            let index = at
                .checked_sub(self.position)
                .and_then(|index| usize::try_from(index).ok());
            if let Some(target) = index.and_then(|index| buffer.get_mut(index)) {
                *target = byte;
            }
        }
    }

    /// Where faults of the reader are noted.
    pub(super) fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Fills `buffer` from `offset`; fewer bytes than asked for mean the end of the source.
    ///
    /// # Errors
    /// When the reader fails.
    pub(super) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        self.seek(SeekFrom::Start(offset))
            .map_err(DecodeError::Io)?;
        self.fill(buffer).map_err(DecodeError::Io)
    }

    /// Reads on until `buffer` is full or the source ends.
    ///
    /// # Errors
    /// When the reader fails.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read(rest)? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.faults.note(&error);
                    return Err(error);
                }
                // A reader that claims more than it was given room for is broken.
                Ok(count) => {
                    let count = count.min(buffer.len());
                    self.cover(buffer.get_mut(..count).unwrap_or_default());
                    self.position += count as u64;
                    self.faults.has_read(self.position);
                    return Ok(count);
                }
            }
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let position = match position {
            SeekFrom::End(offset) if self.claimed_length != self.length => {
                SeekFrom::Start(self.claimed_length.saturating_add_signed(offset))
            }
            position => position,
        };
        match self.inner.seek(position) {
            Ok(position) => {
                self.position = position;
                Ok(position)
            }
            Err(error) => {
                // Seeking before the start is a fault of the bytes that asked for it.
                if error.kind() != io::ErrorKind::InvalidInput {
                    self.faults.note(&error);
                }
                Err(error)
            }
        }
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.claimed_length)
    }
}
