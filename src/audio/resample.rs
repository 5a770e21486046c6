//! One channel to another sample rate.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};
use thiserror::Error;

use crate::domain::SampleRate;

/// What has a bearing on the numbers; goes into the provenance of an analysis.
pub const RESAMPLER_VERSION: &str = "rubato-5 fft bh2 short-side-1024";

/// Fewest samples on the slower side of one transform.
///
/// The filter is as long as this at the lower rate. Its pass band then reaches to 0.97 of the lower
/// Nyquist frequency, and everything from that frequency on is gone.
const SHORT_SIDE_SAMPLES: u64 = 1024;

/// Highest rate on either side, in Hz: the transform grows with it.
const MAX_RATE_HZ: u32 = 768_000;

/// Why there is no resampler between two rates.
#[derive(Debug, Error)]
pub enum ResampleError {
    /// A rate is too high.
    #[error("sample rate {found} is above the maximum of {maximum} Hz")]
    RateTooHigh {
        /// The rate.
        found: SampleRate,
        /// The limit, in Hz.
        maximum: u32,
    },
    /// The filter cannot be built.
    #[error("there is no filter from {from} to {to}: {reason}")]
    NoFilter {
        /// Rate of the input.
        from: SampleRate,
        /// Rate of the output.
        to: SampleRate,
        /// What the filter's author says.
        reason: String,
    },
}

/// A streaming band-limited resampler of one channel.
///
/// The delay of the filter is taken out: input sample `n` is at output time `n * to / from`, and
/// `N` input samples give exactly `N * to / from` output samples, rounded half up. How the input is
/// cut into pushes makes no difference to any bit of the output.
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
    filter: Option<Filter>,
    samples_in: u64,
    samples_out: u64,
}

/// The transform, its partly filled input and its output.
struct Filter {
    fft: Fft<f32>,
    input: Vec<f32>,
    filled: usize,
    output: Vec<f32>,
    /// Output samples of the filter's delay that are still to be dropped.
    to_drop: usize,
}

impl Resampler {
    /// A resampler from one rate to another; equal rates pass samples through untouched.
    ///
    /// # Errors
    /// When a rate is above 768 kHz.
    pub fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        if let Some(found) = [from, to].into_iter().find(|rate| rate.hz() > MAX_RATE_HZ) {
            return Err(ResampleError::RateTooHigh {
                found,
                maximum: MAX_RATE_HZ,
            });
        }
        let filter = if from == to {
            None
        } else {
            Some(Filter::new(from, to)?)
        };
        Ok(Self {
            from,
            to,
            filter,
            samples_in: 0,
            samples_out: 0,
        })
    }

    /// Takes input samples and appends the output samples that are ready.
    pub fn push(&mut self, input: &[f32], output: &mut Vec<f32>) {
        self.samples_in += input.len() as u64;
        let before = output.len();
        match &mut self.filter {
            None => output.extend_from_slice(input),
            Some(filter) => filter.push(input, output),
        }
        self.samples_out += (output.len() - before) as u64;
        // Output may run ahead of the input by the roundness of the last sample only.
        debug_assert!(self.samples_out <= self.expected() + 1);
    }

    /// Appends the rest of the output; the next push starts a new signal.
    pub fn finish(&mut self, output: &mut Vec<f32>) {
        let missing = self.expected().saturating_sub(self.samples_out);
        if let Some(filter) = &mut self.filter {
            filter.flush(usize::try_from(missing).unwrap_or(usize::MAX), output);
        }
        (self.samples_in, self.samples_out) = (0, 0);
    }

    /// Output samples that belong to the input so far.
    fn expected(&self) -> u64 {
        let (from, to) = (u128::from(self.from.hz()), u128::from(self.to.hz()));
        let samples = (u128::from(self.samples_in) * to * 2 + from) / (2 * from);
        u64::try_from(samples).unwrap_or(u64::MAX)
    }
}

impl Filter {
    fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        let (from_hz, to_hz) = (u64::from(from.hz()), u64::from(to.hz()));
        let divisor = greatest_common_divisor(from_hz, to_hz);
        let (step_in, step_out) = (from_hz / divisor, to_hz / divisor);
        // An even number of steps puts the middle of the filter on a whole sample on both sides.
        let steps = SHORT_SIDE_SAMPLES
            .div_ceil(step_in.min(step_out))
            .next_multiple_of(2);
        let chunk = usize::try_from(steps * step_in).unwrap_or(usize::MAX);
        let fft = Fft::new_custom(
            from_hz as usize,
            to_hz as usize,
            chunk,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|error| ResampleError::NoFilter {
            from,
            to,
            reason: error.to_string(),
        })?;
        let (size_in, size_out) = (fft.input_frames_next(), fft.output_frames_next());
        let to_drop = fft.output_delay();
        Ok(Self {
            fft,
            input: vec![0.0; size_in],
            filled: 0,
            output: vec![0.0; size_out],
            to_drop,
        })
    }

    fn push(&mut self, mut input: &[f32], output: &mut Vec<f32>) {
        while !input.is_empty() {
            let room = self.input.get_mut(self.filled..).unwrap_or_default();
            let (now, later) = input.split_at(room.len().min(input.len()));
            if let Some(target) = room.get_mut(..now.len()) {
                target.copy_from_slice(now);
            }
            self.filled += now.len();
            input = later;
            if self.filled == self.input.len() {
                self.run(usize::MAX, output);
            }
        }
    }

    /// Gives `missing` more samples with silence as input, and starts anew.
    fn flush(&mut self, mut missing: usize, output: &mut Vec<f32>) {
        while missing > 0 {
            if let Some(rest) = self.input.get_mut(self.filled..) {
                rest.fill(0.0);
            }
            missing -= self.run(missing, output);
        }
        self.fft.reset();
        self.filled = 0;
        self.to_drop = self.fft.output_delay();
    }

    /// Transforms the input buffer and appends at most `limit` samples; gives their number.
    fn run(&mut self, limit: usize, output: &mut Vec<f32>) -> usize {
        let (size_in, size_out) = (self.input.len(), self.output.len());
        self.filled = 0;
        let input = SequentialSlice::new(&self.input, 1, size_in);
        let target = SequentialSlice::new_mut(&mut self.output, 1, size_out);
        let (Ok(input), Ok(mut target)) = (input, target) else {
            return limit;
        };
        // Both buffers have the sizes that the transform asked for, its only condition.
        if self
            .fft
            .process_into_buffer(&input, &mut target, None)
            .is_err()
        {
            return limit;
        }
        let dropped = self.to_drop.min(size_out);
        self.to_drop -= dropped;
        let ready = self.output.get(dropped..).unwrap_or_default();
        let count = ready.len().min(limit);
        output.extend_from_slice(ready.get(..count).unwrap_or_default());
        count
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests;
