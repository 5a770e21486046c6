//! How often voices of two people reach a score: the non-target survival function.

/// Below this rate nothing is claimed: no set of trials that was used is large enough.
const MIN_FMR: f64 = 1e-9;

/// False match rate by score: a table measured on non-target trials, log-linear between its points.
/// Above its last point it goes on with the slope of its last quarter, since the tail of cosine
/// scores of different speakers falls at least exponentially; docs/method.md says where that begins for
/// the shipped calibration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Survival {
    /// Scores ascending with ln FMR descending.
    points: Vec<(f64, f64)>,
}

impl Survival {
    /// From `[score, FMR]` pairs, ascending in score and strictly descending in rate, at least two.
    pub(super) fn new(table: &[[f64; 2]]) -> Option<Self> {
        let ordered = table.windows(2).all(|pair| match pair {
            [left, right] => left[0] < right[0] && left[1] > right[1],
            _ => false,
        });
        let sound = table
            .iter()
            .all(|[score, fmr]| score.is_finite() && *fmr > 0.0 && *fmr <= 1.0);
        if table.len() < 2 || !ordered || !sound {
            return None;
        }
        Some(Self {
            points: table
                .iter()
                .map(|[score, fmr]| (*score, fmr.ln()))
                .collect(),
        })
    }

    /// Whether rates at `score` were measured; beyond the last point they are drawn on.
    pub(super) fn reaches(&self, score: f64) -> bool {
        self.points.last().is_some_and(|last| score <= last.0)
    }

    /// Share of non-target trials that reach `score`.
    pub(super) fn fmr(&self, score: f64) -> f64 {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return 1.0;
        };
        if score <= first.0 {
            return 1.0;
        }
        let log_fmr = if score >= last.0 {
            let from = self.points.get(self.points.len() * 3 / 4).unwrap_or(first);
            let from = if from.0 < last.0 { from } else { first };
            line(*from, *last, score)
        } else {
            let upper = self.points.partition_point(|point| point.0 <= score);
            match (
                self.points.get(upper.wrapping_sub(1)),
                self.points.get(upper),
            ) {
                (Some(left), Some(right)) => line(*left, *right, score),
                _ => last.1,
            }
        };
        log_fmr.exp().clamp(MIN_FMR, 1.0)
    }
}

fn line(left: (f64, f64), right: (f64, f64), at: f64) -> f64 {
    let slope = (right.1 - left.1) / (right.0 - left.0);
    right.1 + slope * (at - right.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_gives_its_own_points_and_falls_beyond_them() {
        let survival = Survival::new(&[[0.0, 0.5], [0.2, 0.1], [0.4, 0.001]]).unwrap();
        assert!((survival.fmr(0.2) - 0.1).abs() < 1e-12);
        assert!((survival.fmr(0.4) - 0.001).abs() < 1e-12);
        assert_eq!(survival.fmr(-1.0), 1.0);
        assert!(survival.fmr(0.5) < 0.001);
        assert!(survival.fmr(1.0) >= MIN_FMR);
    }

    #[test]
    fn an_unordered_table_is_refused() {
        assert!(Survival::new(&[[0.0, 0.5]]).is_none());
        assert!(Survival::new(&[[0.0, 0.5], [0.0, 0.1]]).is_none());
        assert!(Survival::new(&[[0.0, 0.1], [0.1, 0.5]]).is_none());
        assert!(Survival::new(&[[0.0, 0.5], [0.1, 0.0]]).is_none());
    }

    proptest! {
        #[test]
        fn a_higher_score_is_never_reached_more_often(a in -1f64..1.0, b in -1f64..1.0) {
            let survival = Survival::new(&[[0.0, 0.9], [0.1, 0.3], [0.4, 0.01]]).unwrap();
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(survival.fmr(low) >= survival.fmr(high));
        }
    }
}
