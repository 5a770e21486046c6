//! Triangular filters, equally wide in mel, over the lines of a power spectrum.

use super::config::{FbankConfig, FeaturesError};

/// The filters of an fbank, each kept as the few lines that it hears.
#[derive(Debug)]
pub(super) struct MelFilters {
    filters: Vec<Filter>,
    /// The weights of all filters, one filter after the other.
    weights: Vec<f32>,
}

#[derive(Debug)]
struct Filter {
    /// The lowest line of the spectrum with a weight above 0.
    first_line: usize,
    /// How many lines have one.
    lines: usize,
}

impl MelFilters {
    /// The filters of `config` over a spectrum of an FFT of `fft_samples` samples.
    ///
    /// The line at half the sample rate has no weight, as in Kaldi.
    ///
    /// # Errors
    /// A filter is so narrow that it lies between two lines.
    pub(super) fn new(config: &FbankConfig, fft_samples: usize) -> Result<Self, FeaturesError> {
        let spacing_hz = f64::from(config.sample_rate.hz()) / fft_samples as f64;
        let low_mel = mel(f64::from(config.low_hz));
        let high_mel = mel(f64::from(config.high_hz));
        let step_mel = (high_mel - low_mel) / (config.mel_bins + 1) as f64;
        let mut filters = Vec::with_capacity(config.mel_bins);
        let mut weights = Vec::new();
        for bin in 0..config.mel_bins {
            let left_mel = low_mel + bin as f64 * step_mel;
            let right_mel = left_mel + 2.0 * step_mel;
            let mut heard = (0..fft_samples / 2)
                .map(|line| (line, mel(line as f64 * spacing_hz)))
                .skip_while(|&(_, line_mel)| line_mel <= left_mel)
                .take_while(|&(_, line_mel)| line_mel < right_mel)
                .peekable();
            let Some(&(first_line, _)) = heard.peek() else {
                return Err(FeaturesError::DeafMelBin {
                    bin,
                    spacing_hz: spacing_hz as f32,
                });
            };
            let before = weights.len();
            weights.extend(heard.map(|(_, line_mel)| {
                ((line_mel - left_mel).min(right_mel - line_mel) / step_mel) as f32
            }));
            filters.push(Filter {
                first_line,
                lines: weights.len() - before,
            });
        }
        Ok(Self { filters, weights })
    }

    /// The energy in each filter of the power spectrum `[fft_samples / 2 + 1]`, in order.
    pub(super) fn energies<'a>(&'a self, power: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let mut weights = self.weights.as_slice();
        self.filters.iter().map(move |filter| {
            let (own, others) = weights.split_at(filter.lines);
            weights = others;
            let lines = power.iter().skip(filter.first_line);
            own.iter()
                .zip(lines)
                .map(|(weight, power)| weight * power)
                .sum()
        })
    }
}

/// The mel of a frequency in Hz.
///
/// # Source
/// HTK's and Kaldi's scale: `1127 ln(1 + f / 700)`, Young et al., The HTK Book, eq. 5.13.
fn mel(hz: f64) -> f64 {
    1127.0 * (hz / 700.0).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters() -> MelFilters {
        MelFilters::new(&FbankConfig::default(), 512).unwrap()
    }

    #[test]
    fn a_thousand_hertz_is_a_thousand_mel() {
        assert!((mel(1000.0) - 1000.0).abs() < 0.1);
    }

    #[test]
    fn a_line_between_the_first_and_last_centre_counts_once_in_all() {
        // Overlapping triangles of equal width add up to 1; only the outermost slopes stand alone.
        for line in 2..248 {
            let mut power = vec![0.0; 257];
            power[line] = 1.0;
            let total: f32 = filters().energies(&power).sum();
            assert!((total - 1.0).abs() < 1e-6, "line {line} counts {total}");
        }
    }

    #[test]
    fn lines_outside_the_band_count_nothing() {
        let mut power = vec![0.0; 257];
        power[0] = 1.0;
        power[256] = 1.0;
        assert!(filters().energies(&power).all(|energy| energy == 0.0));
    }
}
