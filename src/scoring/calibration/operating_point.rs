//! From which ratio on how few look-alikes are to be expected.

use super::Calibration;
use crate::domain::{Bandwidth, Llr, OperatingPoint, OperatingThreshold};

/// Halvings of the range of ratios: some 30 nats by 2^-60 is below what a number can hold.
const HALVINGS: u32 = 60;

/// Voices that were searched, by bandwidth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GallerySize {
    /// Narrowband voices.
    pub narrowband: u64,
    /// Wideband voices.
    pub wideband: u64,
}

impl GallerySize {
    /// Without these voices.
    #[must_use]
    pub fn without(mut self, voices: &[Bandwidth]) -> Self {
        for band in voices {
            let count = match band {
                Bandwidth::Narrowband => &mut self.narrowband,
                Bandwidth::Wideband => &mut self.wideband,
            };
            *count = count.saturating_sub(1);
        }
        self
    }
}

impl Calibration {
    /// The least ratio from which on no more than `expected` voices of other people are expected in
    /// a gallery; none where the bounds of the calibration allow no ratio that does.
    pub fn threshold(&self, expected: f64, probe: Bandwidth, gallery: GallerySize) -> Option<Llr> {
        let conditions = [&self.narrowband, &self.mixed, &self.wideband];
        let bounds = conditions.iter().flat_map(|one| [one.llr_min, one.llr_max]);
        let (mut below, mut reaching) = bounds
            .fold((0.0, 0.0), |(low, high): (f64, f64), bound| {
                (low.min(bound), high.max(bound))
            });
        let suffices = |llr: f64| {
            self.expected_false(Llr(llr), probe, gallery.narrowband, gallery.wideband) <= expected
        };
        if suffices(below) {
            return Some(Llr(below));
        }
        if !suffices(reaching) {
            return None;
        }
        for _ in 0..HALVINGS {
            let middle = (below + reaching) / 2.0;
            if suffices(middle) {
                reaching = middle;
            } else {
                below = middle;
            }
        }
        Some(Llr(reaching))
    }

    /// Operating points in a gallery, the most lenient first.
    pub fn thresholds(
        &self,
        points: &[OperatingPoint],
        probe: Bandwidth,
        gallery: GallerySize,
    ) -> Vec<OperatingThreshold> {
        let mut thresholds: Vec<OperatingThreshold> = points
            .iter()
            .map(|point| {
                let llr = self.threshold(point.expected_false, probe, gallery);
                OperatingThreshold {
                    name: point.name.clone(),
                    expected_false: point.expected_false,
                    log10_lr: llr.map(Llr::log10),
                    extrapolated: llr.is_some_and(|llr| {
                        self.is_extrapolated(llr, probe, gallery.narrowband, gallery.wideband)
                    }),
                }
            })
            .collect();
        thresholds.sort_by(|left, right| right.expected_false.total_cmp(&left.expected_false));
        thresholds
    }
}

/// The strictest of `points`, the most lenient first, that a candidate reaches.
pub fn strictest_reached(points: &[OperatingThreshold], expected_false: f64) -> Option<&str> {
    points
        .iter()
        .rev()
        .find(|point| expected_false <= point.expected_false)
        .map(|point| point.name.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::calibration;
    use super::*;

    const NARROWBAND: Bandwidth = Bandwidth::Narrowband;

    fn points() -> Vec<OperatingPoint> {
        [("strict", 0.01), ("screening", 1.0), ("review", 0.1)]
            .map(|(name, expected_false)| OperatingPoint {
                name: name.to_owned(),
                expected_false,
            })
            .to_vec()
    }

    fn gallery(narrowband: u64, wideband: u64) -> GallerySize {
        GallerySize {
            narrowband,
            wideband,
        }
    }

    #[test]
    fn points_come_from_the_most_lenient_and_ask_for_more_and_more() {
        let found = calibration().thresholds(&points(), NARROWBAND, gallery(20, 5));
        let names: Vec<&str> = found.iter().map(|point| point.name.as_str()).collect();
        assert_eq!(names, ["screening", "review", "strict"]);
        let ratios: Vec<f64> = found.iter().map(|point| point.log10_lr.unwrap()).collect();
        assert!(
            ratios.windows(2).all(|pair| pair[0] < pair[1]),
            "{ratios:?}"
        );
    }

    #[test]
    fn what_the_bounds_do_not_support_is_not_claimed() {
        let of = |voices| calibration().threshold(0.01, NARROWBAND, gallery(voices, 0));
        assert!(of(100).is_some());
        assert_eq!(of(1_000_000_000), None);
    }

    #[test]
    fn in_a_gallery_smaller_than_the_point_every_ratio_does() {
        let lowest = calibration().threshold(5.0, NARROWBAND, gallery(3, 2));
        assert_eq!(lowest, Some(Llr(-4.0)));
    }

    #[test]
    fn what_lies_beyond_the_measured_rates_says_so() {
        // The table ends at one in a thousand.
        let found = calibration().thresholds(&points(), NARROWBAND, gallery(500, 0));
        let extrapolated: Vec<bool> = found.iter().map(|point| point.extrapolated).collect();
        assert_eq!(extrapolated, [false, true, true]);
        let calibration = calibration();
        assert!(!calibration.is_extrapolated(Llr(0.0), NARROWBAND, 500, 0));
        assert!(calibration.is_extrapolated(Llr(3.0), NARROWBAND, 500, 0));
        assert!(!calibration.is_extrapolated(Llr(3.0), NARROWBAND, 0, 0));
    }

    #[test]
    fn a_candidate_is_at_the_strictest_point_that_it_reaches() {
        let found = calibration().thresholds(&points(), NARROWBAND, gallery(100, 0));
        assert_eq!(strictest_reached(&found, 0.005), Some("strict"));
        assert_eq!(strictest_reached(&found, 0.1), Some("review"));
        assert_eq!(strictest_reached(&found, 0.9), Some("screening"));
        assert_eq!(strictest_reached(&found, 1.1), None);
        assert_eq!(strictest_reached(&[], 0.0), None);
    }

    proptest! {
        #[test]
        fn a_larger_ratio_is_never_expected_of_more_voices(
            a in -6f64..12.0, b in -6f64..12.0, narrowband in 0u64..100_000, wideband in 0u64..100_000,
        ) {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            let expected =
                |llr| calibration().expected_false(Llr(llr), NARROWBAND, narrowband, wideband);
            prop_assert!(expected(high) <= expected(low));
        }

        #[test]
        fn a_threshold_gives_back_no_more_than_its_point_and_less_would_not_do(
            point in 1e-4f64..100.0, narrowband in 0u64..100_000, wideband in 0u64..100_000,
        ) {
            let calibration = calibration();
            let found = calibration.threshold(point, NARROWBAND, gallery(narrowband, wideband));
            let expected =
                |llr| calibration.expected_false(Llr(llr), NARROWBAND, narrowband, wideband);
            match found {
                None => prop_assert!(expected(9.0) > point),
                Some(llr) => {
                    prop_assert!(expected(llr.0) <= point);
                    prop_assert!(llr.0 <= -4.0 || expected(llr.0 - 1e-6) > point);
                }
            }
        }
    }
}
