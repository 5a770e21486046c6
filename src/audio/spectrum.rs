//! Spectra of windows of one length: a Hann window, a transform, and buffers that are used again.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Takes spectra of windows of `N` samples; nothing is allocated for a window.
pub(super) struct Spectra {
    fft: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    input: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Spectra {
    /// Spectra of windows of so many samples.
    pub(super) fn new(window_samples: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(window_samples);
        let hann = (0..window_samples)
            .map(|n| {
                let phase = std::f64::consts::TAU * n as f64 / window_samples as f64;
                (0.5 - 0.5 * phase.cos()) as f32
            })
            .collect();
        Self {
            input: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            hann,
        }
    }

    /// The spectrum `[N / 2 + 1]` of a window of `N` samples, weighted by the Hann window.
    pub(super) fn of(&mut self, samples: &[f32]) -> &[Complex<f32>] {
        self.input.fill(0.0);
        let weighted = samples.iter().zip(&self.hann);
        for (target, (sample, weight)) in self.input.iter_mut().zip(weighted) {
            *target = sample * weight;
        }
        let outcome =
            self.fft
                .process_with_scratch(&mut self.input, &mut self.spectrum, &mut self.scratch);
        // It fails on buffers of other lengths than the plan's, and ours are made by the plan.
        debug_assert!(outcome.is_ok());
        &self.spectrum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_stands_in_its_bin_with_a_quarter_of_the_window() {
        let mut spectra = Spectra::new(64);
        let sine: Vec<f32> = (0..64)
            .map(|n| (std::f32::consts::TAU * 8.0 * n as f32 / 64.0).sin())
            .collect();
        let found: Vec<f32> = spectra.of(&sine).iter().map(|bin| bin.norm()).collect();
        assert!((found[8] - 16.0).abs() < 1e-3, "{}", found[8]);
        assert!(found[12] < 1e-3 && found.len() == 33);
    }
}
