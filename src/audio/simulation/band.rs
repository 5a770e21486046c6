//! A band and nothing beside it.

use std::f64::consts::PI;

use super::SimulationError;
use crate::domain::SampleRate;

/// Length of the filter, in seconds: its edges fall by 60 dB within 250 Hz.
const FILTER_S: f64 = 0.016;

/// The samples between two frequencies, without delay.
///
/// # Source
/// Windowed sinc with a Blackman window: Oppenheim and Schafer, "Discrete-Time Signal Processing",
/// third edition, section 7.5.
pub(super) fn pass(
    samples: &[f32],
    rate: SampleRate,
    low_hz: f32,
    high_hz: f32,
) -> Result<Vec<f32>, SimulationError> {
    let maximum_hz = rate.hz() as f32 / 2.0;
    if high_hz > maximum_hz {
        return Err(SimulationError::Band {
            high_hz,
            rate,
            maximum_hz,
        });
    }
    let filter = taps(f64::from(rate.hz()), f64::from(low_hz), f64::from(high_hz));
    let half = filter.len() / 2;
    let mut padded = vec![0.0; half];
    padded.extend_from_slice(samples);
    padded.resize(samples.len() + 2 * half, 0.0);
    Ok(padded
        .windows(filter.len())
        .map(|window| window.iter().zip(&filter).map(|(x, tap)| x * tap).sum())
        .collect())
}

/// An odd number of taps, symmetric around the middle.
fn taps(rate_hz: f64, low_hz: f64, high_hz: f64) -> Vec<f32> {
    let half = (FILTER_S * rate_hz / 2.0).round() as i64;
    let low_pass = |edge_hz: f64, n: i64| {
        let turns = 2.0 * edge_hz / rate_hz;
        if n == 0 {
            turns
        } else {
            (PI * turns * n as f64).sin() / (PI * n as f64)
        }
    };
    (-half..=half)
        .map(|n| {
            let phase = PI * n as f64 / (half + 1) as f64;
            let blackman = 0.42 + 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos();
            (blackman * (low_pass(high_hz, n) - low_pass(low_hz, n))) as f32
        })
        .collect()
}
