//! Level, peak, clipping and offset of one channel.

use super::power_dbfs;

/// Level of digital silence, in dB relative to full scale.
pub const FLOOR_DBFS: f32 = -120.0;

/// What a [`LevelMeter`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelReport {
    /// Root-mean-square level in dB relative to full scale; -120 for digital silence.
    pub level_dbfs: f32,
    /// Largest absolute sample in dB relative to full scale; -120 for digital silence.
    pub peak_dbfs: f32,
    /// Fraction of samples at or beyond full scale, 0 to 1.
    pub clipping_ratio: f32,
    /// Mean sample value, -1 to 1.
    pub dc_offset: f32,
}

/// Streaming measurement over the samples of one channel at its own rate.
///
/// Levels are relative to a square wave of amplitude 1, so a sine of amplitude 1 has -3 dB.
#[derive(Debug, Clone)]
pub struct LevelMeter {
    full_scale: f32,
    samples: u64,
    clipped: u64,
    sum: f64,
    sum_of_squares: f64,
    peak: f32,
}

/// Accumulators that the compiler can keep in one vector register.
const LANES: usize = 8;

/// Samples that are summed in `f32` before they go to the `f64` sums.
const RUN_SAMPLES: usize = 512;

impl LevelMeter {
    /// A meter for samples that reach at most `full_scale`, as `Decoder::full_scale` says.
    pub fn new(full_scale: f32) -> Self {
        Self {
            full_scale,
            samples: 0,
            clipped: 0,
            sum: 0.0,
            sum_of_squares: 0.0,
            peak: 0.0,
        }
    }

    /// Takes samples from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        for run in samples.chunks(RUN_SAMPLES) {
            let mut sums = [0.0f32; LANES];
            let mut squares = [0.0f32; LANES];
            let mut peaks = [0.0f32; LANES];
            let mut clipped = [0u32; LANES];
            for lanes in run.chunks(LANES) {
                let slots = sums
                    .iter_mut()
                    .zip(&mut squares)
                    .zip(&mut peaks)
                    .zip(&mut clipped);
                for (&sample, (((sum, square), peak), clipped)) in lanes.iter().zip(slots) {
                    *sum += sample;
                    *square += sample * sample;
                    *peak = peak.max(sample.abs());
                    *clipped += u32::from(sample.abs() >= self.full_scale);
                }
            }
            self.sum += f64::from(sums.iter().sum::<f32>());
            self.sum_of_squares += f64::from(squares.iter().sum::<f32>());
            self.peak = peaks.iter().fold(self.peak, |peak, &lane| peak.max(lane));
            self.clipped += u64::from(clipped.iter().sum::<u32>());
        }
    }

    /// What was found so far; the floor and zeros where nothing was pushed.
    pub fn report(&self) -> LevelReport {
        let samples = self.samples.max(1) as f64;
        let peak = f64::from(self.peak);
        LevelReport {
            level_dbfs: power_dbfs(self.sum_of_squares / samples),
            peak_dbfs: power_dbfs(peak * peak),
            clipping_ratio: (self.clipped as f64 / samples) as f32,
            dc_offset: (self.sum / samples) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn report(samples: &[f32]) -> LevelReport {
        let mut meter = LevelMeter::new(32767.0 / 32768.0);
        meter.push(samples);
        meter.report()
    }

    #[test]
    fn silence_is_at_the_floor() {
        let found = report(&[0.0; 1000]);
        assert_eq!(
            (found.level_dbfs, found.peak_dbfs),
            (FLOOR_DBFS, FLOOR_DBFS)
        );
        assert_eq!(report(&[]), found);
    }

    #[test]
    fn a_full_sine_is_three_decibels_below_full_scale() {
        let sine: Vec<f32> = (0..16_000)
            .map(|n| (std::f64::consts::TAU * f64::from(n) / 100.0).sin() as f32)
            .collect();
        let found = report(&sine);
        assert!((found.level_dbfs + 3.01).abs() < 0.05, "{found:?}");
        assert!(found.peak_dbfs.abs() < 0.01, "{found:?}");
        assert!(found.dc_offset.abs() < 0.001, "{found:?}");
    }

    #[test]
    fn clipped_samples_are_counted() {
        let mut samples = vec![0.1; 900];
        samples.extend([1.0; 60]);
        samples.extend([-1.0; 40]);
        assert!((report(&samples).clipping_ratio - 0.1).abs() < 1e-6);
    }

    #[test]
    fn a_constant_is_its_offset() {
        assert!((report(&[0.25; 10_000]).dc_offset - 0.25).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn no_samples_give_numbers_out_of_range(
            samples in prop::collection::vec(-1.0f32..=1.0, 0..3000),
        ) {
            let found = report(&samples);
            prop_assert!((FLOOR_DBFS..=0.001).contains(&found.level_dbfs));
            prop_assert!(found.level_dbfs <= found.peak_dbfs + 0.001);
            prop_assert!((0.0..=1.0).contains(&found.clipping_ratio));
            prop_assert!((-1.0..=1.0).contains(&found.dc_offset));
        }
    }
}
