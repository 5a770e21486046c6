//! How often a rule is wrong, from what people decided on its alerts.

use crate::domain::DispositionCounts;

/// The 97.5 % point of the standard normal distribution: two-sided 95 %.
const Z_95: f64 = 1.959_963_984_540_054;

/// The share of a rule's decided alerts that were false, duplicates left out, with an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FalseRate {
    /// Alerts that were accepted or false.
    pub decided: u64,
    /// The share that was false, 0 to 1.
    pub rate: f64,
    /// Between which bounds the rate lies with 95 % confidence.
    pub interval: [f64; 2],
}

/// The false rate of a rule; none where nothing was decided.
///
/// It speaks of the alerts that people looked at. Where they look first at what seems right, or at
/// what seems wrong, it is that selection's rate.
pub fn false_rate(counts: &DispositionCounts) -> Option<FalseRate> {
    let decided = counts.accepted.checked_add(counts.wrong)?;
    (decided > 0).then(|| FalseRate {
        decided,
        rate: counts.wrong as f64 / decided as f64,
        interval: wilson(counts.wrong, decided),
    })
}

/// The score interval of a proportion at 95 %: `events` of `trials`, at least one trial.
///
/// # Source
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
/// (1927), 209-212; in the form of Brown, Cai and DasGupta, Statistical Science 16 (2001), eq. (4).
fn wilson(events: u64, trials: u64) -> [f64; 2] {
    let (n, p) = (trials as f64, events as f64 / trials as f64);
    let z2 = Z_95 * Z_95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(accepted: u64, wrong: u64) -> DispositionCounts {
        DispositionCounts {
            accepted,
            wrong,
            ..DispositionCounts::default()
        }
    }

    /// Values of scipy 1.17.1, `binomtest(wrong, decided).proportion_ci(method="wilson")`.
    #[test]
    fn the_interval_is_that_of_another_implementation() {
        for (accepted, wrong, low, high) in [
            (9, 1, 0.017_876_213_095_072_896, 0.404_150_026_795_238_5),
            (90, 10, 0.055_229_137_060_675_08, 0.174_365_661_504_913_45),
            (0, 3, 0.438_502_968_244_954_6, 1.0),
            (5, 0, 0.0, 0.434_482_464_783_174_76),
        ] {
            let found = false_rate(&counts(accepted, wrong)).unwrap();
            assert!((found.interval[0] - low).abs() < 1e-9, "{found:?}");
            assert!((found.interval[1] - high).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn without_a_decision_there_is_no_rate() {
        let undecided = DispositionCounts {
            duplicate: 3,
            undecided: 9,
            ..DispositionCounts::default()
        };
        assert_eq!(false_rate(&undecided), None);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_rate(accepted in 0u64..1_000_000, wrong in 0u64..1_000_000) {
            prop_assume!(accepted + wrong > 0);
            let found = false_rate(&counts(accepted, wrong)).unwrap();
            let [low, high] = found.interval;
            prop_assert!(0.0 <= low && low <= found.rate + 1e-12);
            prop_assert!(found.rate <= high + 1e-12 && high <= 1.0);
        }
    }
}
