//! Log mel energies of frames, as Kaldi computes them.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use ndarray::{Array2, Axis};
use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

use super::config::{FbankConfig, FeaturesError};
use super::mel::MelFilters;

/// The exponent that makes a Hann window a povey window.
///
/// # Source
/// Kaldi, `feat/feature-window.cc`, window type `povey`.
const POVEY_EXPONENT: f64 = 0.85;

/// Partial sums of a frame's mean, so that the processor adds eight samples at once.
const LANES: usize = 8;

/// Makes Kaldi-compatible log mel energies from samples.
///
/// Holds the FFT plan and the scratch of one frame, and so serves one thread; nothing is
/// allocated per frame. From samples to power spectrum it computes in f64, because in f32 the
/// rounding noise of a loud band reaches quiet bands 80 dB below, which speech from a telephone
/// has above 4 kHz; it costs 6 % of the time. For the same reason each frame is transformed
/// alone: two real frames packed into one complex FFT would share their noise.
pub struct Fbank {
    config: FbankConfig,
    length_samples: usize,
    shift_samples: usize,
    window: Vec<f64>,
    filters: MelFilters,
    fft: Arc<dyn RealToComplex<f64>>,
    /// One frame, windowed; the transform destroys it.
    frame: Vec<f64>,
    spectrum: Vec<Complex64>,
    fft_scratch: Vec<Complex64>,
    power: Vec<f32>,
}

impl Fbank {
    /// An fbank of these settings.
    ///
    /// # Errors
    /// A setting is outside its range.
    pub fn new(config: FbankConfig) -> Result<Self, FeaturesError> {
        config.check()?;
        let length_samples = config.frame_length_samples();
        let shift_samples = config.frame_shift_samples();
        let fft_samples = length_samples.next_power_of_two();
        let filters = MelFilters::new(&config, fft_samples)?;
        let fft = RealFftPlanner::new().plan_fft_forward(fft_samples);
        Ok(Self {
            length_samples,
            shift_samples,
            window: povey_window(length_samples),
            filters,
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            fft_scratch: fft.make_scratch_vec(),
            power: vec![0.0; fft.complex_len()],
            fft,
            config,
        })
    }

    /// The settings.
    pub fn config(&self) -> &FbankConfig {
        &self.config
    }

    /// How many frames lie wholly inside `n_samples` samples.
    pub fn frames(&self, n_samples: usize) -> usize {
        match n_samples.checked_sub(self.length_samples) {
            Some(rest) => 1 + rest / self.shift_samples,
            None => 0,
        }
    }

    /// The natural-log mel energies `[T, D]` of samples in [-1, 1].
    ///
    /// `T` is [`Self::frames`] and `D` the number of mel bins. Every value is finite and at least
    /// the logarithm of the floor; a frame with a sample that is not finite counts as silence.
    pub fn compute(&mut self, samples: &[f32]) -> Array2<f32> {
        let mut features = Array2::zeros((self.frames(samples.len()), self.config.mel_bins));
        let frames = samples
            .windows(self.length_samples)
            .step_by(self.shift_samples);
        for (frame, mut row) in frames.zip(features.axis_iter_mut(Axis(0))) {
            self.compute_frame(frame, row.iter_mut());
        }
        features
    }

    /// Appends what [`Self::compute`] gives to `features`, frame after frame, and says how many
    /// frames that were.
    pub fn compute_into(&mut self, samples: &[f32], features: &mut Vec<f32>) -> usize {
        let frames = self.frames(samples.len());
        let start = features.len();
        features.resize(start + frames * self.config.mel_bins, 0.0);
        let (_, appended) = features.split_at_mut(start);
        let windows = samples
            .windows(self.length_samples)
            .step_by(self.shift_samples);
        for (frame, row) in windows.zip(appended.chunks_exact_mut(self.config.mel_bins)) {
            self.compute_frame(frame, row.iter_mut());
        }
        frames
    }

    /// Writes the log mel energies of one frame to `bins`.
    fn compute_frame<'a>(&mut self, samples: &[f32], bins: impl Iterator<Item = &'a mut f32>) {
        self.load(samples);
        let outcome = self.fft.process_with_scratch(
            &mut self.frame,
            &mut self.spectrum,
            &mut self.fft_scratch,
        );
        // It fails on buffers of other lengths than the plan's, and ours are made by the plan.
        debug_assert!(outcome.is_ok());
        for (power, line) in self.power.iter_mut().zip(&self.spectrum) {
            *power = line.norm_sqr() as f32;
        }
        let floor = self.config.energy_floor;
        for (bin, energy) in bins.zip(self.filters.energies(&self.power)) {
            // `max` turns NaN into the floor, `min` keeps absurd samples from giving infinity.
            *bin = energy.max(floor).min(f32::MAX).ln();
        }
    }

    /// Takes a frame into the transform's input: mean removed, pre-emphasised, windowed, padded.
    fn load(&mut self, samples: &[f32]) {
        let mean = mean(samples);
        let share = f64::from(self.config.pre_emphasis);
        let (frame, padding) = self.frame.split_at_mut(self.length_samples);
        padding.fill(0.0);
        // The sample before the first is taken to equal the first, as in Kaldi.
        let previous = samples.first().into_iter().chain(samples);
        for (((value, window), &now), &before) in frame
            .iter_mut()
            .zip(&self.window)
            .zip(samples)
            .zip(previous)
        {
            let (now, before) = (f64::from(now) - mean, f64::from(before) - mean);
            *value = (now - share * before) * window;
        }
    }
}

impl fmt::Debug for Fbank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fbank")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The mean of a frame.
fn mean(samples: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let chunks = samples.chunks_exact(LANES);
    let rest: f64 = chunks
        .remainder()
        .iter()
        .map(|&sample| f64::from(sample))
        .sum();
    for chunk in chunks {
        for (lane, &sample) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(sample);
        }
    }
    (lanes.iter().sum::<f64>() + rest) / samples.len() as f64
}

/// Kaldi's povey window: `(0.5 - 0.5 cos(2 pi n / (N - 1)))^0.85`.
fn povey_window(length_samples: usize) -> Vec<f64> {
    let last = (length_samples - 1) as f64;
    (0..length_samples)
        .map(|n| (0.5 - 0.5 * (TAU * n as f64 / last).cos()).powf(POVEY_EXPONENT))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The logarithm of the default floor.
    const FLOOR_LN: f32 = -15.942_385;

    fn fbank() -> Fbank {
        Fbank::new(FbankConfig::default()).unwrap()
    }

    fn signal(
        n_samples: impl Into<prop::collection::SizeRange>,
    ) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1f32..1.0, n_samples)
    }

    #[test]
    fn silence_and_nothing_but_an_offset_lie_at_the_floor() {
        for level in [0.0, 0.7, -1.0] {
            let features = fbank().compute(&[level; 1000]);
            assert!(
                features.iter().all(|value| (value - FLOOR_LN).abs() < 1e-5),
                "level {level}"
            );
        }
    }

    #[test]
    fn less_than_a_frame_has_no_frames() {
        for n_samples in [0, 1, 399] {
            assert_eq!(fbank().compute(&vec![0.5; n_samples]).dim(), (0, 80));
        }
    }

    #[test]
    fn samples_that_are_no_numbers_or_absurd_give_finite_values() {
        for sample in [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
        ] {
            let mut samples = vec![0.1; 1000];
            samples[500] = sample;
            assert!(
                fbank()
                    .compute(&samples)
                    .iter()
                    .all(|value| value.is_finite())
            );
        }
    }

    #[test]
    fn appending_keeps_what_was_there_and_equals_the_array() {
        let samples: Vec<f32> = (0..2000).map(|n| (n as f32 * 0.37).sin()).collect();
        let mut flat = vec![7.0];
        assert_eq!(fbank().compute_into(&samples, &mut flat), 11);
        assert_eq!(flat[0], 7.0);
        assert_eq!(flat[1..], *fbank().compute(&samples).as_slice().unwrap());
    }

    proptest! {
        #[test]
        fn frames_are_those_that_fit(n_samples in 0usize..5000) {
            let frames = fbank().frames(n_samples);
            prop_assert_eq!(fbank().compute(&vec![0.0; n_samples]).nrows(), frames);
            prop_assert!(frames == 0 || (frames - 1) * 160 + 400 <= n_samples);
            prop_assert!(frames * 160 + 400 > n_samples);
        }

        #[test]
        fn dropping_one_shift_drops_one_frame(samples in signal(800..2400)) {
            let whole = fbank().compute(&samples);
            let rest = fbank().compute(&samples[160..]);
            prop_assert_eq!(whole.slice(ndarray::s![1.., ..]), rest);
        }

        #[test]
        fn values_are_finite_and_not_below_the_floor(samples in signal(400..1200)) {
            for &value in &fbank().compute(&samples) {
                prop_assert!(value.is_finite() && value >= FLOOR_LN - 1e-5);
            }
        }

        #[test]
        fn a_gain_adds_twice_its_logarithm(samples in signal(400..1200), gain in 0.05f32..20.0) {
            let louder: Vec<f32> = samples.iter().map(|sample| sample * gain).collect();
            let (plain, louder) = (fbank().compute(&samples), fbank().compute(&louder));
            for (a, b) in plain.iter().zip(&louder) {
                if *a > FLOOR_LN + 8.0 && *b > FLOOR_LN + 8.0 {
                    prop_assert!((b - a - 2.0 * gain.ln()).abs() < 1e-3, "{} to {}", a, b);
                }
            }
        }
    }
}
