//! Speech as a channel would have passed it on: band, level, coder, noise and loss.
//!
//! Conditions are made with it that backends and calibrations are trained on and judged in. Each
//! step is a function of samples, parameters and a seed alone, so a condition can be made again
//! anywhere. The coders here are those of G.711; others run as ffmpeg's in `transcode`.

mod band;
mod g711;
mod noise;
mod step;

use thiserror::Error;

pub use step::Step;

use super::resample::{ResampleError, Resampler};
use crate::domain::SampleRate;

/// Why a step cannot be taken.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// There is no such step, or its numbers are outside of what it takes.
    #[error("step {found:?}, expected {expected}")]
    Step {
        /// The step as it was written.
        found: String,
        /// What would be one.
        expected: &'static str,
    },
    /// A band ends above what the signal can hold.
    #[error("band up to {high_hz} Hz in a signal of {rate}, expected at most {maximum_hz} Hz")]
    Band {
        /// Upper edge.
        high_hz: f32,
        /// Rate of the signal.
        rate: SampleRate,
        /// Half the rate.
        maximum_hz: f32,
    },
    /// There is nothing that noise could be measured against, or no noise.
    #[error("{what} is silent, so there is no ratio to noise")]
    Silent {
        /// The signal or the noise.
        what: &'static str,
    },
    /// The rate cannot be made.
    #[error(transparent)]
    Resample(#[from] ResampleError),
}

/// Samples of one channel from -1 to 1, at a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The samples.
    pub samples: Vec<f32>,
    /// Their rate.
    pub rate: SampleRate,
}

impl Signal {
    /// The signal after `step`. Noise and losses follow `seed` and nothing else.
    ///
    /// # Errors
    /// The step does not fit the signal.
    pub fn after(self, step: &Step, seed: u64) -> Result<Self, SimulationError> {
        let Self { mut samples, rate } = self;
        match step {
            Step::Rate(to) => {
                let mut resampler = Resampler::new(rate, *to)?;
                let mut resampled = Vec::new();
                resampler.push(&samples, &mut resampled);
                resampler.finish(&mut resampled);
                return Ok(Self {
                    samples: resampled,
                    rate: *to,
                });
            }
            Step::Band { low_hz, high_hz } => {
                samples = band::pass(&samples, rate, *low_hz, *high_hz)?;
            }
            Step::ALaw => samples.iter_mut().for_each(|x| *x = g711::a_law(*x)),
            Step::MuLaw => samples.iter_mut().for_each(|x| *x = g711::mu_law(*x)),
            Step::Gain { db } => {
                let factor = 10f32.powf(db / 20.0);
                samples.iter_mut().for_each(|x| *x *= factor);
            }
            Step::Clip { dbfs } => {
                let most = 10f32.powf(dbfs / 20.0);
                samples.iter_mut().for_each(|x| *x = x.clamp(-most, most));
            }
            Step::White { snr_db } => noise::add_white(&mut samples, rate, *snr_db, seed)?,
            Step::Loss { percent } => noise::lose(&mut samples, rate, *percent, seed),
        }
        Ok(Self { samples, rate })
    }

    /// The signal with `noise` under it, repeated or cut to its length, `snr_db` below its speech.
    ///
    /// # Errors
    /// One of the two is silent.
    pub fn over(mut self, noise: &[f32], snr_db: f32) -> Result<Self, SimulationError> {
        noise::add(
            &mut self.samples,
            self.rate,
            noise.iter().copied().cycle(),
            noise,
            snr_db,
        )?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
