//! Decoding against the clock.

use super::error::PipelineError;
use crate::audio::{Block, Decoder};
use crate::domain::Clock;

/// A decoder that may take only so long.
pub(super) struct TimedDecoder<'a> {
    decoder: Decoder,
    clock: &'a dyn Clock,
    maximum_ms: u64,
    taken_ms: u64,
}

impl<'a> TimedDecoder<'a> {
    pub(super) fn new(decoder: Decoder, clock: &'a dyn Clock, maximum_ms: u64) -> Self {
        Self {
            decoder,
            clock,
            maximum_ms,
            taken_ms: 0,
        }
    }

    pub(super) fn inner(&self) -> &Decoder {
        &self.decoder
    }

    /// The next block. Only the time inside the decoder counts: a clock of milliseconds is too
    /// coarse for one block and right on average over many.
    ///
    /// # Errors
    /// Those of the decoder; `TooSlow`.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>, PipelineError> {
        let began = self.clock.now();
        let block = self.decoder.next_block()?;
        let took_ms = self.clock.now().as_millis() - began.as_millis();
        self.taken_ms += u64::try_from(took_ms).unwrap_or(0);
        if self.taken_ms > self.maximum_ms {
            return Err(PipelineError::TooSlow {
                maximum_ms: self.maximum_ms,
                decoded_ms: self.decoder.facts().duration_ms,
            });
        }
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::audio::DecodeLimits;
    use crate::domain::Timestamp;

    /// A clock that goes on by so many milliseconds at each look.
    struct Ticking {
        now_ms: AtomicI64,
        step_ms: i64,
    }

    impl Clock for Ticking {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.now_ms.fetch_add(self.step_ms, Ordering::Relaxed))
        }
    }

    fn decoded(step_ms: i64) -> Result<u64, PipelineError> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/formats/s16.wav");
        let bytes = std::fs::read(path).unwrap();
        let decoder = Decoder::open(Cursor::new(bytes), &DecodeLimits::default()).unwrap();
        let clock = Ticking {
            now_ms: AtomicI64::new(0),
            step_ms,
        };
        let mut timed = TimedDecoder::new(decoder, &clock, 1_000);
        let mut frames = 0;
        while let Some(block) = timed.next_block()? {
            frames += block.frames() as u64;
        }
        Ok(frames)
    }

    #[test]
    fn decoding_may_take_so_long_and_no_longer() {
        assert_eq!(decoded(1).unwrap(), 12_000);
        let error = decoded(1_001).unwrap_err();
        assert_eq!(error.code(), "decode_timed_out");
        assert!(error.is_permanent());
    }

    #[test]
    fn a_clock_that_is_set_back_costs_nothing() {
        assert_eq!(decoded(-60_000).unwrap(), 12_000);
    }
}
