//! What a channel looks like: its spectrogram in columns, and its peaks.

use realfft::num_complex::Complex;

use super::spectrum::Spectra;
use crate::domain::SampleRate;

/// Rows of a spectrogram.
pub const SPECTROGRAM_ROWS: usize = 128;

/// Columns of a spectrogram in a second at zoom 0.
pub const COLUMNS_A_SECOND: u32 = 100;

/// Highest zoom: each one more halves the columns.
pub const MAX_ZOOM: u32 = 8;

/// Samples of one transform: 32 ms at 16 kHz.
const WINDOW_SAMPLES: usize = 512;

/// Transforms in one column at most; what lies between is not looked at.
const MAX_TRANSFORMS: usize = 4;

/// Powers of a bin that are drawn black and white, in dB relative to a full-scale sine.
const BLACK_DB: f32 = -100.0;
const WHITE_DB: f32 = -20.0;

/// A spectrogram column by column, from samples at 16 kHz.
pub struct Spectrogram {
    spectra: Spectra,
    /// Bins in a row.
    bins_a_row: usize,
    column_samples: usize,
    waiting: Vec<f32>,
}

impl Spectrogram {
    /// A spectrogram of `zoom`, 0 to [`MAX_ZOOM`], of a recording of `recorded` rate: what it cannot
    /// hold is not drawn.
    pub fn new(recorded: SampleRate, zoom: u32) -> Self {
        Self {
            spectra: Spectra::new(WINDOW_SAMPLES),
            bins_a_row: if Self::top_hz(recorded) > 4000 { 2 } else { 1 },
            column_samples: (16_000 / COLUMNS_A_SECOND as usize) << zoom.min(MAX_ZOOM),
            waiting: Vec::new(),
        }
    }

    /// Frequency of the top edge.
    pub fn top_hz(recorded: SampleRate) -> u32 {
        if recorded.hz() > 8000 { 8000 } else { 4000 }
    }

    /// Takes samples at 16 kHz; adds to `out` the columns that are full, [`SPECTROGRAM_ROWS`] bytes
    /// each, the lowest frequency first, louder is brighter.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) {
        self.waiting.extend_from_slice(samples);
        let needed = self.column_samples.max(WINDOW_SAMPLES);
        let mut from = 0;
        while self.waiting.len() - from >= needed {
            self.column(from, out);
            from += self.column_samples;
        }
        self.waiting.drain(..from);
    }

    /// Adds the columns of what is left.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let left = self.waiting.len();
        let whole = left.div_ceil(self.column_samples) * self.column_samples;
        self.waiting.resize(whole.max(left) + WINDOW_SAMPLES, 0.0);
        for from in (0..left).step_by(self.column_samples) {
            self.column(from, out);
        }
    }

    fn column(&mut self, from: usize, out: &mut Vec<u8>) {
        let transforms = (self.column_samples / (WINDOW_SAMPLES / 2)).clamp(1, MAX_TRANSFORMS);
        let step = self.column_samples / transforms;
        let mut rows = [0.0f32; SPECTROGRAM_ROWS];
        for number in 0..transforms {
            let start = from + number * step;
            let Some(frame) = self.waiting.get(start..start + WINDOW_SAMPLES) else {
                break;
            };
            let bins = self.spectra.of(frame).chunks(self.bins_a_row);
            for (row, bins) in rows.iter_mut().zip(bins) {
                *row += bins.iter().map(Complex::norm_sqr).sum::<f32>();
            }
        }
        // A full-scale sine has a quarter of the window's length in its bin.
        let full_scale = (WINDOW_SAMPLES as f32 / 4.0).powi(2) * transforms as f32;
        out.extend(rows.map(|power| {
            let db = 10.0 * (power / full_scale).max(1e-20).log10();
            let part = (db - BLACK_DB) / (WHITE_DB - BLACK_DB);
            (part.clamp(0.0, 1.0) * 255.0).round() as u8
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(seconds: f32, hz: f32, zoom: u32) -> Vec<Vec<u8>> {
        let count = (seconds * 16_000.0) as usize;
        let sample = |n: usize| 0.5 * (std::f32::consts::TAU * hz * n as f32 / 16_000.0).sin();
        let samples: Vec<f32> = (0..count).map(sample).collect();
        let mut spectrogram = Spectrogram::new(SampleRate::HZ_16000, zoom);
        let mut out = Vec::new();
        for piece in samples.chunks(1234) {
            spectrogram.push(piece, &mut out);
        }
        spectrogram.finish(&mut out);
        out.chunks(SPECTROGRAM_ROWS).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn a_tone_is_a_line_at_its_height_for_its_time() {
        for zoom in [0, 1, 3, 8] {
            let found = columns(5.0, 1000.0, zoom);
            let expected = (500.0 / f64::from(1 << zoom)).ceil() as usize;
            assert_eq!(found.len(), expected, "zoom {zoom}");
            let brightest = |column: &Vec<u8>| {
                let rows = column.iter().enumerate();
                rows.max_by_key(|(_, value)| **value).map(|(row, _)| row)
            };
            // 62.5 Hz a row.
            assert_eq!(brightest(&found[0]), Some(16));
            // Far from the line the window is 90 dB down.
            assert!(found[0][60] < 32, "{}", found[0][60]);
        }
    }

    #[test]
    fn a_telephone_recording_fills_the_picture() {
        let rate = SampleRate::new(8000).unwrap();
        assert_eq!(Spectrogram::top_hz(rate), 4000);
        assert_eq!(columns(0.0, 1.0, 0).len(), 0);
    }
}
