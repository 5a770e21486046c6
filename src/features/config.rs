//! What an fbank is made of, and which settings make none.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::SampleRate;

/// The longest frame, in samples: 4 s at 16 kHz. No speech front end comes near it, and it bounds
/// what a manifest can make us allocate.
pub(super) const MAX_FRAME_SAMPLES: usize = 65_536;

/// The most mel bins; the widest front ends in use have 128.
pub(super) const MAX_MEL_BINS: usize = 512;

/// Why settings make no fbank.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum FeaturesError {
    /// The frame or its shift is empty or too long.
    #[error(
        "fbank frame has {length_samples} samples every {shift_samples} samples, \
         expected 2 to {MAX_FRAME_SAMPLES} samples every 1 to {MAX_FRAME_SAMPLES} samples"
    )]
    Frame {
        /// Samples in a frame.
        length_samples: usize,
        /// Samples between the starts of two frames.
        shift_samples: usize,
    },
    /// There are no mel bins, or too many.
    #[error("fbank has {found} mel bins, expected 1 to {MAX_MEL_BINS}")]
    MelBins {
        /// What was asked for.
        found: usize,
    },
    /// The mel bins cover no band that the sample rate has.
    #[error("fbank covers {low_hz} to {high_hz} Hz, expected a band within 0 to {nyquist_hz} Hz")]
    Band {
        /// Lower edge of the first bin.
        low_hz: f32,
        /// Upper edge of the last bin.
        high_hz: f32,
        /// Half the sample rate.
        nyquist_hz: f32,
    },
    /// The mel bins are narrower than the spectrum's resolution, so one of them would be deaf.
    #[error("mel bin {bin} holds no spectral line, expected at least one every {spacing_hz} Hz")]
    DeafMelBin {
        /// Which, from 0.
        bin: usize,
        /// Distance of two lines of the spectrum.
        spacing_hz: f32,
    },
    /// The pre-emphasis is no high-pass of first order.
    #[error("pre-emphasis is {found}, expected 0 to 1")]
    PreEmphasis {
        /// What was asked for.
        found: f32,
    },
    /// The floor has no logarithm.
    #[error("energy floor is {found}, expected a normal number above 0")]
    EnergyFloor {
        /// What was asked for.
        found: f32,
    },
}

/// The settings of a Kaldi-compatible fbank; the default is the contract of CAM++.
///
/// What has one value in every front end we know is no setting: frames lie wholly inside the
/// signal (Kaldi's `snip_edges`), each frame loses its mean before pre-emphasis, the window is
/// Kaldi's povey window, the spectrum is a power spectrum, there is no dither, and samples count
/// as they are, in [-1, 1].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FbankConfig {
    /// Rate of the samples; 16 kHz.
    pub sample_rate: SampleRate,
    /// Length of a frame in ms; 25.
    pub frame_length_ms: u32,
    /// From the start of a frame to the start of the next, in ms; 10.
    pub frame_shift_ms: u32,
    /// Share of the previous sample that is subtracted from each, from 0 to 1; 0.97.
    pub pre_emphasis: f32,
    /// Triangular filters, equally wide in mel; 80.
    pub mel_bins: usize,
    /// Lower edge of the first filter; 20 Hz.
    pub low_hz: f32,
    /// Upper edge of the last filter, at most half the sample rate; 8000 Hz.
    pub high_hz: f32,
    /// The least energy of a bin, whose logarithm stands for silence; f32 epsilon, 1.19e-7.
    pub energy_floor: f32,
}

impl Default for FbankConfig {
    fn default() -> Self {
        Self {
            sample_rate: SampleRate::HZ_16000,
            frame_length_ms: 25,
            frame_shift_ms: 10,
            pre_emphasis: 0.97,
            mel_bins: 80,
            low_hz: 20.0,
            high_hz: 8000.0,
            energy_floor: f32::EPSILON,
        }
    }
}

impl FbankConfig {
    /// Samples in a frame.
    pub fn frame_length_samples(&self) -> usize {
        self.samples_in(self.frame_length_ms)
    }

    /// Samples from the start of a frame to the start of the next.
    pub fn frame_shift_samples(&self) -> usize {
        self.samples_in(self.frame_shift_ms)
    }

    /// Half the sample rate, in Hz.
    pub fn nyquist_hz(&self) -> f32 {
        self.sample_rate.hz() as f32 / 2.0
    }

    /// Checks each setting against its range.
    ///
    /// # Errors
    /// A setting is outside its range; the first one is named.
    pub(super) fn check(&self) -> Result<(), FeaturesError> {
        let length_samples = self.frame_length_samples();
        let shift_samples = self.frame_shift_samples();
        if !(2..=MAX_FRAME_SAMPLES).contains(&length_samples)
            || !(1..=MAX_FRAME_SAMPLES).contains(&shift_samples)
        {
            return Err(FeaturesError::Frame {
                length_samples,
                shift_samples,
            });
        }
        if !(1..=MAX_MEL_BINS).contains(&self.mel_bins) {
            return Err(FeaturesError::MelBins {
                found: self.mel_bins,
            });
        }
        let (low_hz, high_hz, nyquist_hz) = (self.low_hz, self.high_hz, self.nyquist_hz());
        if !(0.0 <= low_hz && low_hz < high_hz && high_hz <= nyquist_hz) {
            return Err(FeaturesError::Band {
                low_hz,
                high_hz,
                nyquist_hz,
            });
        }
        if !(0.0..=1.0).contains(&self.pre_emphasis) {
            return Err(FeaturesError::PreEmphasis {
                found: self.pre_emphasis,
            });
        }
        if !(self.energy_floor.is_normal() && self.energy_floor > 0.0) {
            return Err(FeaturesError::EnergyFloor {
                found: self.energy_floor,
            });
        }
        Ok(())
    }

    /// Kaldi's rounding: downwards.
    fn samples_in(&self, millis: u32) -> usize {
        let samples = u64::from(self.sample_rate.hz()) * u64::from(millis) / 1000;
        usize::try_from(samples).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fbank;
    use super::*;

    fn refused(change: impl FnOnce(&mut FbankConfig)) -> FeaturesError {
        let mut config = FbankConfig::default();
        change(&mut config);
        Fbank::new(config).unwrap_err()
    }

    #[test]
    fn the_default_is_25_ms_every_10_ms_at_16_khz() {
        let config = FbankConfig::default();
        assert_eq!(config.frame_length_samples(), 400);
        assert_eq!(config.frame_shift_samples(), 160);
        assert!(Fbank::new(config).is_ok());
    }

    #[test]
    fn each_setting_outside_its_range_is_named() {
        assert_eq!(
            refused(|config| config.frame_shift_ms = 0),
            FeaturesError::Frame {
                length_samples: 400,
                shift_samples: 0
            }
        );
        assert!(matches!(
            refused(|config| config.frame_length_ms = u32::MAX),
            FeaturesError::Frame {
                shift_samples: 160,
                ..
            }
        ));
        assert_eq!(
            refused(|config| config.mel_bins = 0),
            FeaturesError::MelBins { found: 0 }
        );
        assert_eq!(
            refused(|config| config.high_hz = 8000.5),
            FeaturesError::Band {
                low_hz: 20.0,
                high_hz: 8000.5,
                nyquist_hz: 8000.0
            }
        );
        assert!(matches!(
            refused(|config| config.low_hz = f32::NAN),
            FeaturesError::Band { .. }
        ));
        assert_eq!(
            refused(|config| config.pre_emphasis = 1.5),
            FeaturesError::PreEmphasis { found: 1.5 }
        );
        assert_eq!(
            refused(|config| config.energy_floor = 0.0),
            FeaturesError::EnergyFloor { found: 0.0 }
        );
    }

    #[test]
    fn more_bins_than_spectral_lines_leave_a_bin_deaf() {
        assert!(matches!(
            refused(|config| config.mel_bins = 256),
            FeaturesError::DeafMelBin {
                spacing_hz: 31.25,
                ..
            }
        ));
    }

    #[test]
    fn settings_survive_json_and_unknown_ones_are_refused() {
        let config = FbankConfig::default();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<FbankConfig>(&text).unwrap(), config);
        let text = text.replace("mel_bins", "mel_bands");
        assert!(serde_json::from_str::<FbankConfig>(&text).is_err());
    }
}
