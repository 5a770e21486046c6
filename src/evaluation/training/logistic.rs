//! Logistic regression of one score.

use super::weights::{Effective, Weighed};

/// Steps after which the search ends; it needs about ten.
const MAX_STEPS: usize = 200;
/// Length of the gradient at which it ends. The weights of each kind sum to 1.
const MIN_GRADIENT: f64 = 1e-12;
/// Halvings of a step that does not lessen the loss.
const MAX_HALVINGS: usize = 60;

/// `LLR = slope * score + intercept`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub slope: f64,
    pub intercept: f64,
}

impl Line {
    /// The line of least loss; the loss is convex, and bounded since no label is 0 or 1.
    ///
    /// # Source
    /// Labels: Platt 1999, section 2.2, with speakers and pairs of speakers in the place of
    /// examples, since trials of the same speakers are not independent.
    pub(super) fn fit(weighed: &[Weighed], effective: &Effective) -> Self {
        let labels = [
            1.0 / (effective.pairs + 2.0),
            (effective.speakers + 1.0) / (effective.speakers + 2.0),
        ];
        let first = weighed.first().map(|each| each.trial.llr);
        if weighed.iter().all(|each| Some(each.trial.llr) == first) {
            // Equal scores say nothing.
            return Self {
                slope: 0.0,
                intercept: 0.0,
            };
        }
        // About the mean the two directions hardly pull on each other.
        let total: f64 = weighed.iter().map(|each| each.weight).sum();
        let mean = weighed
            .iter()
            .map(|each| each.weight * each.trial.llr)
            .sum::<f64>()
            / total;
        let loss = Loss {
            weighed,
            labels,
            mean,
        };
        let mut at = [1.0, 0.0];
        for _ in 0..MAX_STEPS {
            let Some(next) = loss.newton_step(at) else {
                break;
            };
            at = next;
        }
        let [slope, level] = at;
        Self {
            slope,
            intercept: level - slope * mean,
        }
    }
}

struct Loss<'a> {
    weighed: &'a [Weighed],
    /// Of two speakers and of one.
    labels: [f64; 2],
    mean: f64,
}

impl Loss<'_> {
    fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let [other, same] = self.labels;
        self.weighed.iter().map(move |each| {
            let label = if each.trial.is_target() { same } else { other };
            (each.trial.llr - self.mean, label, each.weight)
        })
    }

    /// Cross-entropy, in nats.
    fn value(&self, [slope, level]: [f64; 2]) -> f64 {
        self.rows()
            .map(|(score, label, weight)| {
                let z = slope * score + level;
                // ln(1 + e^z) - label * z, without overflow.
                weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - label * z)
            })
            .sum()
    }

    /// The next point; none at the end of the way.
    fn newton_step(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let [slope, level] = at;
        let (mut gradient, mut curvature) = ([0.0; 2], [0.0; 3]);
        for (score, label, weight) in self.rows() {
            let p = 1.0 / (1.0 + (-(slope * score + level)).exp());
            let (pull, bend) = (weight * (p - label), weight * p * (1.0 - p));
            gradient = [gradient[0] + pull * score, gradient[1] + pull];
            curvature = [
                curvature[0] + bend * score * score,
                curvature[1] + bend * score,
                curvature[2] + bend,
            ];
        }
        if gradient[0].hypot(gradient[1]) < MIN_GRADIENT {
            return None;
        }
        let [a, b, c] = curvature;
        let determinant = a * c - b * b;
        // Far out, only the gradient says where to go.
        let step = if determinant > f64::MIN_POSITIVE {
            [
                (c * gradient[0] - b * gradient[1]) / determinant,
                (a * gradient[1] - b * gradient[0]) / determinant,
            ]
        } else {
            gradient
        };
        let here = self.value(at);
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let next = [slope - length * step[0], level - length * step[1]];
            if self.value(next) < here {
                return Some(next);
            }
            length /= 2.0;
        }
        None
    }
}
