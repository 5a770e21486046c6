//! Intervals by drawing speakers anew.

use serde::Serialize;

use super::{Costs, Figures, Intervals, Trials};

/// `[low, high]`: 95 % of the draws lie between.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(into = "[f64; 2]")]
pub struct Interval {
    /// 2.5 % of the draws lie below.
    pub low: f64,
    /// 2.5 % lie above.
    pub high: f64,
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

/// SplitMix64.
///
/// # Source
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
pub(in crate::evaluation) struct Numbers(u64);

impl Numbers {
    pub(in crate::evaluation) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below `bound`.
    pub(in crate::evaluation) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The high half of the product: even to one in 2^64 / bound.
        ((u128::from(mixed) * bound as u128) >> 64) as usize
    }

    /// A number above 0 and below 1.
    fn uniform(&mut self) -> f64 {
        const STEPS: usize = 1 << 52;
        (self.below(STEPS) as f64 + 0.5) / STEPS as f64
    }

    /// A normal number of mean 0 and variance 1.
    ///
    /// # Source
    /// Box and Muller, "A note on the generation of random normal deviates", Annals of Mathematical
    /// Statistics 29, 1958.
    pub(in crate::evaluation) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Draws as many speakers as there are, with replacement. A trial of one speaker counts as often as
/// that speaker was drawn, one of two as often as their pairs: trials that share a speaker stay
/// together, so the interval does not shrink with their number. Draws without one of the two kinds
/// are left out.
///
/// # Source
/// Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentile
/// interval); Poh and Bengio, "Estimating the confidence interval of expected performance curve in
/// biometric authentication using joint bootstrap", ICASSP 2007 (by user).
pub(super) fn intervals(trials: &Trials, costs: Costs, draws: usize, seed: u64) -> Intervals {
    let mut numbers = Numbers::seeded(seed);
    let count = trials.speakers.len();
    let mut drawn: Vec<Figures> = Vec::new();
    for _ in 0..draws {
        let mut times = vec![0u32; count];
        for _ in 0..count {
            if let Some(times) = times.get_mut(numbers.below(count)) {
                *times += 1;
            }
        }
        let times_of = |speaker: u32| {
            let place = trials.speakers.binary_search(&speaker).ok();
            f64::from(
                place
                    .and_then(|place| times.get(place))
                    .copied()
                    .unwrap_or(0),
            )
        };
        let curve = trials.curve(|trial| {
            let [left, right] = trial.speakers;
            if trial.is_target() {
                times_of(left)
            } else {
                times_of(left) * times_of(right)
            }
        });
        if curve.is_sound() {
            drawn.push(curve.figures(costs));
        }
    }
    let of = |figure: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = drawn.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
            // Without draws there is nothing to bound it by.
            values.get(place).copied().unwrap_or(f64::NAN)
        };
        Interval {
            low: at(0.025),
            high: at(0.975),
        }
    };
    Intervals {
        eer: of(|figures| figures.eer),
        min_dcf: of(|figures| figures.min_dcf),
        fnmr_at_fmr_0_001: of(|figures| figures.fnmr_at_fmr_0_001),
        cllr: of(|figures| figures.cllr),
        min_cllr: of(|figures| figures.min_cllr),
    }
}
