//! The band that speech fills, its level, and how far it stands above the pauses.

use realfft::num_complex::Complex;

use super::power_dbfs;
use crate::audio::spectrum::Spectra;
use crate::domain::{Bandwidth, VoiceQuality};

/// What has a bearing on the numbers; goes into the provenance of an analysis.
pub const BAND_METER_VERSION: &str = "hann-512/256 top 5.0-7.5 kHz -60 dB";

/// Samples in one window: 32 ms at 16 kHz, so that spectrum bins are 31.25 Hz apart.
const WINDOW_SAMPLES: usize = 512;

/// Samples from one window to the next.
const HOP_SAMPLES: usize = WINDOW_SAMPLES / 2;

/// Bins from 312.5 to 3,375 Hz: what every telephone passes.
const LOW_BINS: std::ops::Range<usize> = 10..109;

/// Bins from 4,218.75 to 7,500 Hz: what no narrowband telephone passes.
const HIGH_BINS: std::ops::Range<usize> = 135..241;

/// Bins from 5,000 to 7,500 Hz: where the images of a careless resampler have faded too.
const TOP_BINS: std::ops::Range<usize> = 160..241;

/// Least power from 5 to 7.5 kHz relative to 0.3 to 3.4 kHz over wideband speech, in dB.
///
/// # Source
/// Measured by `scripts/measure_bandwidth.py` on 251 speakers of LibriSpeech train-clean-100 and 30
/// of the Arabic speech commands (551 files, at most 12 s each), on the same files through codecs,
/// and on 240 telephone prompts of 8 kHz. Of whole files, and of pieces of 3 s, misclassified were:
///
/// | Speech | Lowest to highest, dB | Files | Pieces |
/// |---|---|---|---|
/// | wideband, as recorded | -54 to -2 | 0 of 551 | 1 of 1,250 |
/// | wideband, through G.722 | -52 to -3 | 0 of 551 | 0 of 1,250 |
/// | wideband, through MP3 of 32 kbit/s | -54 to -2 | 0 of 551 | 1 of 1,250 |
/// | wideband, through Opus of 16 kbit/s | -54 to -5 | 0 of 551 | 0 of 1,250 |
/// | 8 kHz, as recorded | -130 to -112 | 0 of 240 | 0 of 357 |
/// | through A-law at 8 kHz | -130 to -108 | 0 of 551 | 0 of 1,250 |
/// | through GSM at 8 kHz | -130 to -110 | 0 of 551 | 0 of 1,250 |
/// | through A-law, brought to 16 kHz elsewhere, WAV | -90 to -43 | 2 of 551 | 3 of 1,250 |
/// | through A-law, brought to 16 kHz elsewhere, MP3 | -102 to -43 | 2 of 551 | 3 of 1,250 |
///
/// From 4.2 kHz on instead, at that threshold, three quarters of the last two rows are misclassified
/// by the images of the other resampler. Analogue noise above 4 kHz was not measured.
pub const WIDEBAND_MINIMUM_DB: f32 = -60.0;

/// Power below the mean of the telephone band at which a band ends, in dB: speech falls by some
/// 30 dB from 1 to 7 kHz, a codec's edge by 60 and more.
const BAND_EDGE_DB: f32 = -50.0;

/// Streaming measurement over the speech of one voice, at 16 kHz.
///
/// Speech may come in any number of pieces; a window never reaches over the joint of two pieces, and a piece shorter than a window counts for its level alone.
pub struct BandMeter {
    spectra: Spectra,
    low: f64,
    high: f64,
    top: f64,
    /// Power of each bin over the speech.
    bins: Vec<f64>,
    speech: Power,
}

/// Streaming measurement over what lies between the speech of a channel: its pauses.
#[derive(Debug, Default)]
pub struct PauseMeter {
    power: Power,
}

impl PauseMeter {
    /// Takes one stretch between speech, from -1 to 1.
    pub fn push(&mut self, samples: &[f32]) {
        self.power.add(samples);
    }
}

/// Sum of squares and count of samples.
#[derive(Debug, Default)]
struct Power {
    sum_of_squares: f64,
    samples: u64,
}

impl Power {
    fn add(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.sum_of_squares += samples
            .iter()
            .map(|&x| f64::from(x) * f64::from(x))
            .sum::<f64>();
    }

    fn mean(&self) -> f64 {
        self.sum_of_squares / self.samples.max(1) as f64
    }
}

impl BandMeter {
    /// A meter that has heard nothing.
    pub fn new() -> Self {
        Self {
            spectra: Spectra::new(WINDOW_SAMPLES),
            low: 0.0,
            high: 0.0,
            top: 0.0,
            bins: vec![0.0; WINDOW_SAMPLES / 2 + 1],
            speech: Power::default(),
        }
    }

    /// Takes one stretch of speech, 16 kHz, from -1 to 1.
    pub fn push_speech(&mut self, samples: &[f32]) {
        self.speech.add(samples);
        for frame in samples.windows(WINDOW_SAMPLES).step_by(HOP_SAMPLES) {
            let spectrum = self.spectra.of(frame);
            self.low += band_power(spectrum, LOW_BINS);
            self.high += band_power(spectrum, HIGH_BINS);
            self.top += band_power(spectrum, TOP_BINS);
            for (sum, bin) in self.bins.iter_mut().zip(spectrum) {
                *sum += f64::from(bin.norm_sqr());
            }
        }
    }

    /// What was found, with the pauses of the voice's channel.
    ///
    /// Without one whole window of speech the band is narrow, as nothing shows otherwise.
    pub fn report(&self, pauses: &PauseMeter) -> VoiceQuality {
        let speech_level_dbfs = power_dbfs(self.speech.mean());
        let pauses = &pauses.power;
        let has_both = pauses.samples > 0 && self.speech.samples > 0;
        VoiceQuality {
            bandwidth: self.bandwidth(),
            high_band_db: ratio_db(self.high, self.low),
            speech_level_dbfs,
            wada_snr_db: None,
            clipping_ratio: None,
            band_top_hz: self.band_top_hz(),
            snr_db: has_both.then(|| speech_level_dbfs - power_dbfs(pauses.mean())),
        }
    }

    /// The highest frequency whose power is within [`BAND_EDGE_DB`] of the mean from 0.3 to 3.4 kHz.
    fn band_top_hz(&self) -> Option<f32> {
        let mean = self.low / LOW_BINS.len() as f64;
        let least = mean * 10f64.powf(f64::from(BAND_EDGE_DB) / 10.0);
        let top = self.bins.iter().rposition(|power| *power >= least)?;
        (mean > 0.0).then_some(top as f32 * 16_000.0 / WINDOW_SAMPLES as f32)
    }

    fn bandwidth(&self) -> Bandwidth {
        if ratio_db(self.top, self.low) >= WIDEBAND_MINIMUM_DB {
            Bandwidth::Wideband
        } else {
            Bandwidth::Narrowband
        }
    }
}

impl Default for BandMeter {
    fn default() -> Self {
        Self::new()
    }
}

fn band_power(spectrum: &[Complex<f32>], bins: std::ops::Range<usize>) -> f64 {
    spectrum
        .get(bins)
        .unwrap_or_default()
        .iter()
        .map(|bin| f64::from(bin.norm_sqr()))
        .sum()
}

/// Least ratio that is told from none, in dB; also given where there is nothing to compare.
const RATIO_FLOOR_DB: f64 = -150.0;

fn ratio_db(power: f64, reference: f64) -> f32 {
    let ratio = if reference > 0.0 {
        power / reference
    } else {
        0.0
    };
    (10.0 * ratio.max(1e-30).log10()).max(RATIO_FLOOR_DB) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repeatable noise of full band, uniform from -`amplitude` to `amplitude`.
    fn noise(samples: usize, amplitude: f32) -> Vec<f32> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        (0..samples).map(|_| next() * amplitude).collect()
    }

    fn report(speech: &[f32], pauses: &[f32]) -> VoiceQuality {
        let mut meter = BandMeter::new();
        meter.push_speech(speech);
        let mut between = PauseMeter::default();
        between.push(pauses);
        meter.report(&between)
    }

    #[test]
    fn noise_of_full_band_is_wideband() {
        let found = report(&noise(16_000, 0.3), &[]);
        assert_eq!(found.bandwidth, Bandwidth::Wideband);
        // 106 bins against 99.
        assert!((found.high_band_db - 0.3).abs() < 0.5, "{found:?}");
    }

    #[test]
    fn noise_brought_up_from_8_khz_is_narrowband() {
        let (from, to) = (
            crate::domain::SampleRate::new(8_000),
            crate::domain::SampleRate::HZ_16000,
        );
        let mut resampler = crate::audio::Resampler::new(from.unwrap(), to).unwrap();
        let mut speech = Vec::new();
        resampler.push(&noise(16_000, 0.3), &mut speech);
        resampler.finish(&mut speech);
        let found = report(&speech, &[]);
        assert_eq!(found.bandwidth, Bandwidth::Narrowband, "{found:?}");
        assert!(found.high_band_db < -70.0, "{found:?}");
    }

    #[test]
    fn levels_and_the_distance_from_the_pauses_are_measured() {
        let found = report(&noise(16_000, 0.3), &noise(8_000, 0.003));
        // A uniform distribution has a third of its peak's power.
        assert!((found.speech_level_dbfs + 15.2).abs() < 0.2, "{found:?}");
        assert!((found.snr_db.unwrap() - 40.0).abs() < 0.2, "{found:?}");
    }

    #[test]
    fn no_pauses_give_no_distance() {
        assert_eq!(report(&noise(1_000, 0.1), &[]).snr_db, None);
    }

    #[test]
    fn silence_is_narrowband() {
        let found = report(&[0.0; 4_000], &[0.0; 4_000]);
        assert_eq!(found.bandwidth, Bandwidth::Narrowband);
        assert_eq!(report(&[], &[]).bandwidth, Bandwidth::Narrowband);
        assert!(found.high_band_db.is_finite() && found.speech_level_dbfs.is_finite());
    }

    #[test]
    fn the_cut_into_pieces_hardly_matters() {
        let speech = noise(32_000, 0.2);
        let mut meter = BandMeter::new();
        speech
            .chunks(4_096)
            .for_each(|piece| meter.push_speech(piece));
        let (pieces, whole) = (meter.report(&PauseMeter::default()), report(&speech, &[]));
        assert!((pieces.high_band_db - whole.high_band_db).abs() < 0.3);
        assert_eq!(pieces.speech_level_dbfs, whole.speech_level_dbfs);
    }
}
