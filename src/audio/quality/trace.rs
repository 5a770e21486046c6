//! Traces that a coder of the telephone network left in samples which were kept otherwise since.

use crate::domain::CodecTrace;

/// Quieter samples, of 16 bits, lie on some grid by chance too often.
const LOUD: u32 = 256;

/// Fewest loud samples that show a grid: by chance one in sixteen of them lies on it.
const MIN_SAMPLES: u32 = 1_000;

/// Loud samples after which nothing more is learned.
const MAX_SAMPLES: u32 = 100_000;

/// Share of the loud samples, in percent, that a grid holds where it is one: an edited second may
/// lie beside it.
const MIN_PERCENT: u32 = 99;

/// Looks for the values that 8-bit coders can express in the samples of one channel at its own rate.
///
/// A recording that went through G.711 and was stored as 16-bit PCM or without loss afterwards has
/// those values only. A change of level, a lossy coder or another sample rate wipes the trace out:
/// where none is found, nothing follows from it.
#[derive(Debug, Clone, Default)]
pub struct TraceMeter {
    loud: u32,
    on_a_law: u32,
    on_mu_law: u32,
    on_eight_bit: u32,
}

impl TraceMeter {
    /// Takes samples from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            if self.loud == MAX_SAMPLES {
                return;
            }
            let scaled = sample.abs() * 32_768.0;
            let value = scaled as u32;
            if value < LOUD {
                continue;
            }
            self.loud += 1;
            if value as f32 == scaled {
                self.on_a_law += u32::from(is_a_law(value));
                self.on_mu_law += u32::from(is_mu_law(value));
                self.on_eight_bit += u32::from(value.is_multiple_of(256));
            }
        }
    }

    /// The coder whose values these are; none where there is none, or too little to tell.
    pub fn report(&self) -> Option<CodecTrace> {
        let holds = |count: u32| count * 100 >= self.loud * MIN_PERCENT;
        let found = [
            (self.on_a_law, CodecTrace::ALaw),
            (self.on_mu_law, CodecTrace::MuLaw),
            (self.on_eight_bit, CodecTrace::EightBit),
        ];
        let found = found.into_iter().find(|(count, _)| holds(*count));
        found
            .map(|(_, trace)| trace)
            .filter(|_| self.loud >= MIN_SAMPLES)
    }
}

/// Whether A-law can express a magnitude of 256 or more, of 16 bits.
///
/// # Source
/// ITU-T G.711, table 1a: sixteen steps in each octave, each value in the middle of its step; its 13
/// bits scaled to 16.
fn is_a_law(magnitude: u32) -> bool {
    magnitude <= 32_256 && is_middle_of_step(magnitude)
}

/// Whether mu-law can express a magnitude of 16 bits.
///
/// # Source
/// ITU-T G.711, table 2a: as A-law, with the octaves moved by 33 of 14 bits, 132 of 16.
fn is_mu_law(magnitude: u32) -> bool {
    magnitude <= 32_124 && is_middle_of_step(magnitude + 132)
}

fn is_middle_of_step(value: u32) -> bool {
    let step = 1u32 << value.max(LOUD).ilog2().saturating_sub(4);
    value % step == step / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{DecodeLimits, Decoder};

    fn trace_of(name: &str) -> Option<CodecTrace> {
        let bytes = std::fs::read(format!("tests/golden/formats/{name}")).unwrap();
        let source = std::io::Cursor::new(bytes);
        let mut decoder = Decoder::open(source, &DecodeLimits::default()).unwrap();
        let mut meter = TraceMeter::default();
        while let Some(block) = decoder.next_block().unwrap() {
            meter.push(&block.channels()[0]);
        }
        meter.report()
    }

    #[test]
    fn what_was_coded_in_8_bits_shows() {
        // Decoded by symphonia, whose tables are its own.
        assert_eq!(trace_of("alaw.wav"), Some(CodecTrace::ALaw));
        assert_eq!(trace_of("mulaw.wav"), Some(CodecTrace::MuLaw));
        assert_eq!(trace_of("u8.wav"), Some(CodecTrace::EightBit));
    }

    #[test]
    fn what_was_not_shows_nothing() {
        for name in ["mpeg2.mp3", "ms-adpcm.wav", "ima-adpcm.wav", "opus.ogg"] {
            assert_eq!(trace_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_change_of_level_wipes_it_out() {
        let louder: Vec<f32> = (0..4_000)
            .map(|n| (256 + 16 * (n % 16) + 8) as f32 / 32_768.0)
            .collect();
        let mut meter = TraceMeter::default();
        meter.push(&louder);
        assert_eq!(meter.report(), Some(CodecTrace::ALaw));
        let mut meter = TraceMeter::default();
        meter.push(&louder.iter().map(|x| x * 0.9).collect::<Vec<_>>());
        assert_eq!(meter.report(), None);
    }

    #[test]
    fn too_few_loud_samples_say_nothing() {
        let mut meter = TraceMeter::default();
        meter.push(&[264.0 / 32_768.0; 999]);
        assert_eq!(meter.report(), None);
        meter.push(&[0.0; 5_000]);
        assert_eq!(meter.report(), None);
        meter.push(&[264.0 / 32_768.0]);
        assert_eq!(meter.report(), Some(CodecTrace::ALaw));
    }
}
