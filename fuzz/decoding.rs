//! What every fuzz target of a decoder does.

use std::io::Cursor;
use std::sync::Once;

use voxtrace::audio::{DecodeLimits, Decoder};

/// The decoder contains panics of the libraries below it, and says that they gave up. libFuzzer's own
/// hook would end the process before that shows; what escapes the decoder still ends it.
static CONTAINED_PANICS: Once = Once::new();

/// Decodes `data` to the end, made to begin with `mark` at `offset`, so that each target stays on
/// its own path. What is refused is refused in words; everything else ends, and says no more than
/// it holds.
pub fn decode(data: &[u8], offset: usize, mark: &[u8]) {
    CONTAINED_PANICS.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let mut bytes = data.to_vec();
    bytes.resize(bytes.len().max(offset + mark.len()), 0);
    bytes[offset..offset + mark.len()].copy_from_slice(mark);
    // Small files that decode to hours would only cost time here.
    let limits = DecodeLimits {
        max_duration_ms: 60_000,
        max_samples: 1 << 22,
        max_packets: 1 << 14,
        ..DecodeLimits::default()
    };
    let mut decoder = match Decoder::open(Cursor::new(bytes), &limits) {
        Ok(decoder) => decoder,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.code().is_empty());
            return;
        }
    };
    loop {
        match decoder.next_block() {
            Ok(Some(block)) => {
                assert_eq!(block.channels().len(), usize::from(decoder.channels()));
                let finite = |sample: &f32| sample.is_finite();
                assert!(block.channels().iter().flatten().all(finite));
            }
            Ok(None) => break,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                return;
            }
        }
    }
    let facts = decoder.finish();
    if let Some(damage) = facts.damage {
        assert!(damage.at_ms <= facts.duration_ms && !damage.reason.is_empty());
    }
}
