//! What a channel holds besides speech: silence, tones and music.

use super::power_dbfs;
use crate::audio::spectrum::Spectra;

/// What has a bearing on the numbers; goes into the provenance of an analysis.
pub const SOUND_METER_VERSION: &str = "hann-1024/512 tone 0.9 music 0.75";

/// Samples in one window: 64 ms at 16 kHz, so that spectrum bins are 15.625 Hz apart and the lines
/// of a ring-back tone (425 Hz, or 440 and 480 Hz) stand alone.
const WINDOW_SAMPLES: usize = 1024;

/// Samples from one window to the next.
const HOP_SAMPLES: usize = WINDOW_SAMPLES / 2;

/// Level below which a window is silence, in dB relative to full scale: some 10 dB above the noise
/// of A-law and mu-law in an open line, ITU-T G.711.
const SILENCE_DBFS: f32 = -60.0;

/// Bins from 187 to 3,500 Hz: what a telephone passes.
const BINS: std::ops::Range<usize> = 12..225;

/// Share of the power in the two strongest lines, five bins each, from which a window is a tone:
/// signalling tones are one or two sines, and a Hann window keeps a sine within five bins.
///
/// # Source
/// ITU-T E.180 (1998) for the tones; 0.9 leaves room for noise 10 dB below.
const TONE_SHARE: f64 = 0.9;

/// Strongest lines of a window that are followed into the next.
const LINES: usize = 6;

/// Share of the lines that stay within a bin of their place from one window to the next, averaged
/// over a second, from which the second is music.
///
/// # Source
/// Notes are held, so spectral peaks persist where those of noise do not and those of speech glide:
/// Hawley, "Structure out of sound", MIT, 1993. The value separates chords of steady tones from
/// white noise and speech in the tests here; it has not been measured on real music on hold.
const MUSIC_PERSISTENCE: f32 = 0.75;

/// Windows in a second.
const WINDOWS_A_SECOND: usize = 16_000 / HOP_SAMPLES;

/// Fractions of a channel's duration, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SoundReport {
    /// Silence.
    pub silence_ratio: f32,
    /// Tones: ringing, dialling, beeps.
    pub tone_ratio: f32,
    /// Music, as far as steady pitches tell it; never where there is speech.
    pub music_ratio: f32,
}

/// What one window sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Silence,
    Tone,
    Other,
}

/// Streaming measurement over what lies between the speech of one channel, at 16 kHz.
pub struct SoundMeter {
    spectra: Spectra,
    waiting: Vec<f32>,
    lines: Vec<usize>,
    /// Persistence of the windows of the second at hand.
    second: Vec<f32>,
    silent: u64,
    tonal: u64,
    musical: u64,
}

impl Default for SoundMeter {
    fn default() -> Self {
        Self {
            spectra: Spectra::new(WINDOW_SAMPLES),
            waiting: Vec::with_capacity(2 * WINDOW_SAMPLES),
            lines: Vec::new(),
            second: Vec::with_capacity(WINDOWS_A_SECOND),
            silent: 0,
            tonal: 0,
            musical: 0,
        }
    }
}

impl SoundMeter {
    /// Takes one stretch between speech, 16 kHz, from -1 to 1.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let missing = WINDOW_SAMPLES - self.waiting.len();
            let (taken, rest) = samples.split_at(missing.min(samples.len()));
            self.waiting.extend_from_slice(taken);
            samples = rest;
            if self.waiting.len() == WINDOW_SAMPLES {
                self.take_window();
                self.waiting.drain(..HOP_SAMPLES);
            }
        }
    }

    /// Ends a stretch: what comes next does not follow it in time.
    pub fn interrupt(&mut self) {
        self.waiting.clear();
        self.lines.clear();
        self.end_second();
    }

    /// What was found, as fractions of `total_samples`, the channel with its speech.
    pub fn report(mut self, total_samples: u64) -> SoundReport {
        self.end_second();
        let ratio = |windows: u64| {
            let samples = windows as f32 * HOP_SAMPLES as f32;
            (samples / total_samples.max(1) as f32).min(1.0)
        };
        SoundReport {
            silence_ratio: ratio(self.silent),
            tone_ratio: ratio(self.tonal),
            music_ratio: ratio(self.musical),
        }
    }

    fn take_window(&mut self) {
        let power = self.waiting.iter().map(|x| f64::from(x * x)).sum::<f64>();
        if power_dbfs(power / WINDOW_SAMPLES as f64) < SILENCE_DBFS {
            self.count(Kind::Silence);
            return;
        }
        let powers: Vec<f64> = self
            .spectra
            .of(&self.waiting)
            .get(BINS)
            .unwrap_or_default()
            .iter()
            .map(|bin| f64::from(bin.norm_sqr()))
            .collect();
        let lines = strongest_lines(&powers);
        if share_of(&powers, lines.get(..2).unwrap_or(&lines)) >= TONE_SHARE {
            self.lines = lines;
            self.count(Kind::Tone);
            return;
        }
        let stays = |line: &&usize| self.lines.iter().any(|before| before.abs_diff(**line) <= 1);
        let kept = lines.iter().filter(stays).count();
        self.second.push(kept as f32 / lines.len().max(1) as f32);
        self.lines = lines;
        self.count(Kind::Other);
    }

    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Silence => {
                self.silent += 1;
                self.lines.clear();
            }
            Kind::Tone => self.tonal += 1,
            Kind::Other => {}
        }
        if self.second.len() == WINDOWS_A_SECOND {
            self.end_second();
        }
    }

    /// Judges the second at hand, where enough of it was heard.
    fn end_second(&mut self) {
        let windows = self.second.len();
        let persistence = self.second.iter().sum::<f32>() / windows.max(1) as f32;
        if windows >= WINDOWS_A_SECOND / 2 && persistence >= MUSIC_PERSISTENCE {
            self.musical += windows as u64;
        }
        self.second.clear();
    }
}

/// Local maxima of a spectrum, the strongest first, at most [`LINES`].
fn strongest_lines(powers: &[f64]) -> Vec<usize> {
    let mut peaks: Vec<usize> = powers
        .windows(3)
        .enumerate()
        .filter(|(_, three)| three[1] > three[0] && three[1] >= three[2])
        .map(|(place, _)| place + 1)
        .collect();
    peaks.sort_by(|left, right| powers[*right].total_cmp(&powers[*left]));
    peaks.truncate(LINES);
    peaks
}

/// Share of the power within two bins of the lines.
fn share_of(powers: &[f64], lines: &[usize]) -> f64 {
    let near = |bin: &usize| lines.iter().any(|line| line.abs_diff(*bin) <= 2);
    let within: f64 = (0..powers.len()).filter(near).map(|bin| powers[bin]).sum();
    let all: f64 = powers.iter().sum();
    if all > 0.0 { within / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(samples: &[f32]) -> SoundReport {
        let mut meter = SoundMeter::default();
        samples.chunks(777).for_each(|piece| meter.push(piece));
        meter.report(samples.len() as u64)
    }

    fn sines(seconds: usize, parts: &[(f32, f32)]) -> Vec<f32> {
        let sample = |n: usize| {
            let at = n as f32 / 16_000.0;
            let part =
                |(hz, amplitude): &(f32, f32)| amplitude * (std::f32::consts::TAU * hz * at).sin();
            parts.iter().map(part).sum()
        };
        (0..seconds * 16_000).map(sample).collect()
    }

    fn noise(samples: usize) -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..samples).map(|_| 0.2 * next()).collect()
    }

    #[test]
    fn ringing_and_dialling_are_tones() {
        for parts in [
            vec![(425.0, 0.3)],
            vec![(440.0, 0.2), (480.0, 0.2)],
            vec![(697.0, 0.2), (1209.0, 0.2)],
        ] {
            let found = report(&sines(4, &parts));
            assert!(found.tone_ratio > 0.9, "{found:?}");
            assert_eq!(found.music_ratio, 0.0);
        }
    }

    #[test]
    fn held_chords_are_music_and_noise_is_not() {
        let chord = |root: f32| -> Vec<(f32, f32)> {
            [1.0, 1.26, 1.5, 2.0, 2.52, 3.0]
                .map(|ratio| (root * ratio, 0.06))
                .to_vec()
        };
        let mut tune = Vec::new();
        for root in [262.0, 349.0, 392.0, 262.0] {
            tune.extend(sines(2, &chord(root)));
        }
        let found = report(&tune);
        assert!(
            found.music_ratio > 0.8 && found.tone_ratio < 0.1,
            "{found:?}"
        );
        let found = report(&noise(80_000));
        assert_eq!(found, SoundReport::default());
    }

    #[test]
    fn silence_is_silence() {
        let found = report(&vec![0.0; 64_000]);
        assert!(found.silence_ratio > 0.95, "{found:?}");
        assert_eq!(report(&[]), SoundReport::default());
    }
}
