//! One channel heard in another.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::power_dbfs;

/// What has a bearing on the numbers; goes into the provenance of an analysis.
pub const CROSS_TALK_METER_VERSION: &str = "gcc 1 s 125 ms 0.5";

/// Samples compared at once: a second at 16 kHz.
const BLOCK_SAMPLES: usize = 16_000;

/// Longest way from one channel to the other, in samples: 125 ms, more than the echo of a mobile
/// network takes, ITU-T G.131.
const MAX_LAG_SAMPLES: usize = 2_000;

/// Room for a block and its lags without wrapping round.
const FFT_SAMPLES: usize = 32_768;

/// Largest normalised cross-correlation from which a block holds the other channel: a copy under
/// noise of its own level has 0.7, two people at once stay below 0.2 in the tests here.
const CORRELATED: f32 = 0.5;

/// Blocks below this level hold nothing that could leak, in dB relative to full scale.
const ACTIVE_DBFS: f32 = -55.0;

/// How much of one channel is heard in another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossTalkReport {
    /// Level of the copy below the original, in dB.
    pub level_db: f32,
    /// Delay of the copy, in ms; negative where it comes first.
    pub delay_ms: f32,
    /// Share of the active seconds of the original that are heard, 0 to 1.
    pub ratio: f32,
}

/// Streaming comparison of two channels at 16 kHz.
pub struct CrossTalkMeter {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    left: Vec<f32>,
    right: Vec<f32>,
    /// Seconds in which each channel is the louder one and active.
    active: [u64; 2],
    /// Of those, what was heard in the other: level, delay.
    heard: [Vec<(f32, f32)>; 2],
}

impl Default for CrossTalkMeter {
    fn default() -> Self {
        let mut planner = RealFftPlanner::new();
        Self {
            forward: planner.plan_fft_forward(FFT_SAMPLES),
            inverse: planner.plan_fft_inverse(FFT_SAMPLES),
            left: Vec::with_capacity(BLOCK_SAMPLES),
            right: Vec::with_capacity(BLOCK_SAMPLES),
            active: [0; 2],
            heard: [Vec::new(), Vec::new()],
        }
    }
}

impl CrossTalkMeter {
    /// Takes the next samples of both channels, from -1 to 1; as many of one as of the other.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        let count = left.len().min(right.len());
        let mut at = 0;
        while at < count {
            let taken = (BLOCK_SAMPLES - self.left.len()).min(count - at);
            self.left.extend_from_slice(&left[at..at + taken]);
            self.right.extend_from_slice(&right[at..at + taken]);
            at += taken;
            if self.left.len() == BLOCK_SAMPLES {
                self.take_block();
                self.left.clear();
                self.right.clear();
            }
        }
    }

    /// What of the left channel is heard in the right one, and the other way round; none where
    /// less than a tenth of the active seconds is.
    pub fn report(self) -> [Option<CrossTalkReport>; 2] {
        let sides = self.active.into_iter().zip(self.heard);
        let mut reports = sides.map(|(active, mut heard)| {
            let ratio = heard.len() as f32 / active.max(1) as f32;
            heard.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let middle = heard.get(heard.len() / 2).copied();
            middle
                .filter(|_| ratio >= 0.1)
                .map(|(level_db, delay_ms)| CrossTalkReport {
                    level_db,
                    delay_ms,
                    ratio,
                })
        });
        [reports.next().flatten(), reports.next().flatten()]
    }

    fn take_block(&mut self) {
        let powers = [&self.left, &self.right].map(|samples| {
            samples.iter().map(|x| f64::from(x * x)).sum::<f64>() / BLOCK_SAMPLES as f64
        });
        let levels = powers.map(power_dbfs);
        let louder = usize::from(levels[1] > levels[0]);
        if levels[louder] < ACTIVE_DBFS {
            return;
        }
        self.active[louder] += 1;
        let Some((peak, lag)) = self.correlation() else {
            return;
        };
        if peak >= CORRELATED {
            // A positive lag says that the right channel comes later.
            let delay = if louder == 0 { lag } else { -lag };
            let level = levels[1 - louder] - levels[louder];
            self.heard[louder].push((level, delay as f32 / 16.0));
        }
    }

    /// The largest normalised cross-correlation within the lags, and its lag in samples.
    fn correlation(&self) -> Option<(f32, i64)> {
        let spectrum = |samples: &[f32]| -> Option<Vec<Complex<f32>>> {
            let mut input = self.forward.make_input_vec();
            let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
            for (target, sample) in input.iter_mut().zip(samples) {
                *target = sample - mean;
            }
            let mut output = self.forward.make_output_vec();
            self.forward.process(&mut input, &mut output).ok()?;
            Some(output)
        };
        let (left, right) = (spectrum(&self.left)?, spectrum(&self.right)?);
        let energy = |spectrum: &[Complex<f32>]| -> f64 {
            let inner = spectrum.iter().map(|bin| f64::from(bin.norm_sqr()));
            2.0 * inner.sum::<f64>() / FFT_SAMPLES as f64
        };
        let norm = (energy(&left) * energy(&right)).sqrt();
        let mut cross: Vec<Complex<f32>> = left
            .iter()
            .zip(&right)
            .map(|(left, right)| left.conj() * right)
            .collect();
        // The inverse transform takes real ends only.
        for end in [0, cross.len() - 1] {
            if let Some(bin) = cross.get_mut(end) {
                bin.im = 0.0;
            }
        }
        let mut correlation = self.inverse.make_output_vec();
        self.inverse.process(&mut cross, &mut correlation).ok()?;
        let later = (0..=MAX_LAG_SAMPLES).map(|lag| (lag, lag as i64));
        let earlier = (1..=MAX_LAG_SAMPLES).map(|lag| (FFT_SAMPLES - lag, -(lag as i64)));
        let mut best: Option<(f32, i64)> = None;
        for (place, lag) in later.chain(earlier) {
            let value = correlation.get(place).copied().unwrap_or(0.0).abs();
            if best.is_none_or(|(most, _)| value > most) {
                best = Some((value, lag));
            }
        }
        let (most, lag) = best.filter(|_| norm > 0.0)?;
        Some(((f64::from(most) / FFT_SAMPLES as f64 / norm) as f32, lag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, samples: usize, amplitude: f32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..samples).map(|_| amplitude * next()).collect()
    }

    fn report(left: &[f32], right: &[f32]) -> [Option<CrossTalkReport>; 2] {
        let mut meter = CrossTalkMeter::default();
        for (left, right) in left.chunks(4001).zip(right.chunks(4001)) {
            meter.push(left, right);
        }
        meter.report()
    }

    #[test]
    fn a_faint_late_copy_is_found_with_its_level_and_delay() {
        let left = noise(1, 80_000, 0.3);
        let mut right = noise(2, 80_000, 0.003);
        for (target, sample) in right[480..].iter_mut().zip(&left) {
            *target += 0.03 * sample;
        }
        let [in_right, in_left] = report(&left, &right);
        let found = in_right.unwrap();
        // 0.03 is -30.5 dB, and the noise of the channel adds 0.5 dB.
        assert!((found.level_db + 30.0).abs() < 0.1, "{found:?}");
        assert!((found.delay_ms - 30.0).abs() < 0.1, "{found:?}");
        assert_eq!((found.ratio, in_left), (1.0, None));
    }

    #[test]
    fn two_people_are_no_cross_talk() {
        let found = report(&noise(1, 80_000, 0.3), &noise(2, 80_000, 0.2));
        assert_eq!(found, [None, None]);
        assert_eq!(report(&noise(1, 80_000, 0.3), &[0.0; 80_000]), [None, None]);
        assert_eq!(report(&[], &[]), [None, None]);
    }

    #[test]
    fn the_same_channel_twice_is_found_at_its_own_level() {
        let left = noise(1, 48_000, 0.3);
        let found = report(&left, &left)[0].unwrap();
        assert_eq!((found.delay_ms, found.ratio), (0.0, 1.0));
        assert!(found.level_db.abs() < 1e-3);
    }
}
