//! Cepstral mean normalisation, here of log mel energies.

use ndarray::{Array2, Axis};

/// Subtracts from each bin of `[T, D]` its mean over the utterance; nothing happens when `T` is 0.
///
/// The mean is accumulated in f64: in f32 an hour of frames would lose the last digits.
pub fn subtract_mean(features: &mut Array2<f32>) {
    let frames = features.nrows();
    if frames == 0 {
        return;
    }
    let mut sums = vec![0.0_f64; features.ncols()];
    for frame in features.axis_iter(Axis(0)) {
        for (sum, &value) in sums.iter_mut().zip(frame) {
            *sum += f64::from(value);
        }
    }
    let means: Vec<f32> = sums
        .iter()
        .map(|sum| (sum / frames as f64) as f32)
        .collect();
    for mut frame in features.axis_iter_mut(Axis(0)) {
        for (value, mean) in frame.iter_mut().zip(&means) {
            *value -= mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_frames_have_no_mean() {
        let mut features = Array2::<f32>::zeros((0, 80));
        subtract_mean(&mut features);
        assert_eq!(features.dim(), (0, 80));
    }

    proptest! {
        #[test]
        fn means_vanish_and_a_constant_offset_makes_no_difference(
            values in prop::collection::vec(-16f32..16.0, 60),
            offset in -8f32..8.0,
        ) {
            let plain = Array2::from_shape_vec((20, 3), values).unwrap();
            let mut shifted = &plain + offset;
            let mut plain = plain;
            subtract_mean(&mut plain);
            subtract_mean(&mut shifted);
            for (a, b) in plain.iter().zip(&shifted) {
                prop_assert!((a - b).abs() < 1e-5);
            }
            for bin in plain.axis_iter(Axis(1)) {
                prop_assert!(bin.mean().unwrap().abs() < 1e-5);
            }
        }
    }
}
