//! Noise under speech, and speech that is lost on its way.

use super::SimulationError;
use crate::domain::SampleRate;

/// Length of a frame whose power is measured, and of a packet that is lost, in ms.
const FRAME_MS: u32 = 20;

/// Frames this far below the loudest count as pauses, in dB.
const PAUSE_DB: f64 = 30.0;

/// A small generator whose numbers are the same everywhere.
///
/// # Source
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: SplitMix64.
struct Numbers(u64);

impl Numbers {
    /// From 0, included, to 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, variance 1.
    ///
    /// # Source
    /// Box and Muller, "A note on the generation of random normal deviates", 1958.
    fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        (radius * (std::f64::consts::TAU * self.uniform()).cos()) as f32
    }
}

/// Adds white noise so far below the speech.
pub(super) fn add_white(
    samples: &mut [f32],
    rate: SampleRate,
    snr_db: f32,
    seed: u64,
) -> Result<(), SimulationError> {
    let mut numbers = Numbers(seed);
    let noise: Vec<f32> = samples.iter().map(|_| numbers.normal()).collect();
    add(samples, rate, noise.iter().copied(), &noise, snr_db)
}

/// Adds `endless` so far below the speech; `noise` is what its power is measured on.
pub(super) fn add(
    samples: &mut [f32],
    rate: SampleRate,
    endless: impl Iterator<Item = f32>,
    noise: &[f32],
    snr_db: f32,
) -> Result<(), SimulationError> {
    let speech = speech_power(samples, rate);
    let power = mean_square(noise);
    if speech <= 0.0 {
        return Err(SimulationError::Silent { what: "the signal" });
    }
    if power <= 0.0 {
        return Err(SimulationError::Silent { what: "the noise" });
    }
    let factor = (speech / power / 10f64.powf(f64::from(snr_db) / 10.0)).sqrt() as f32;
    for (sample, noise) in samples.iter_mut().zip(endless) {
        *sample += factor * noise;
    }
    Ok(())
}

/// Mean power of the frames that are no pauses.
fn speech_power(samples: &[f32], rate: SampleRate) -> f64 {
    let frame = (rate.hz() * FRAME_MS / 1000).max(1) as usize;
    let powers: Vec<f64> = samples.chunks(frame).map(mean_square).collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let floor = loudest / 10f64.powf(PAUSE_DB / 10.0);
    let active: Vec<f64> = powers.into_iter().filter(|power| *power >= floor).collect();
    active.iter().sum::<f64>() / active.len().max(1) as f64
}

fn mean_square(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    sum / samples.len().max(1) as f64
}

/// Replaces so many percent of the packets, each by itself, with silence.
pub(super) fn lose(samples: &mut [f32], rate: SampleRate, percent: f32, seed: u64) {
    let mut numbers = Numbers(seed);
    let packet = (rate.hz() * FRAME_MS / 1000).max(1) as usize;
    for packet in samples.chunks_mut(packet) {
        if numbers.uniform() * 100.0 < f64::from(percent) {
            packet.fill(0.0);
        }
    }
}
