//! What it costs to believe LLRs, prior by prior.

use serde::Serialize;

use super::Trials;
use super::curve::softplus;

/// Empirical cross-entropy at one prior, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CrossEntropy {
    /// The prior odds of one speaker, as a power of ten.
    pub prior_log10_odds: f64,
    /// Of the LLRs as given.
    pub given: f64,
    /// Of the best calibration that keeps their order.
    pub best: f64,
    /// Of LLRs that say nothing.
    pub neutral: f64,
}

impl Trials {
    /// Empirical cross-entropy at each of the priors.
    ///
    /// # Source
    /// Ramos and Gonzalez-Rodriguez, "Reliable support: measuring calibration of likelihood ratios",
    /// Forensic Science International 230, 2013, equation 7.
    pub fn cross_entropy(&self, prior_log10_odds: &[f64]) -> Vec<CrossEntropy> {
        let best = self.best_calibration();
        prior_log10_odds
            .iter()
            .map(|&log10_odds| {
                let odds = log10_odds * std::f64::consts::LN_10;
                let kinds = self.sorted.iter().map(|trial| trial.is_target());
                let given = self.sorted.iter().map(|trial| trial.llr).zip(kinds.clone());
                let best = best.iter().map(|pair| pair[1]).zip(kinds);
                CrossEntropy {
                    prior_log10_odds: log10_odds,
                    given: expected_cost(given, odds),
                    best: expected_cost(best, odds),
                    neutral: expected_cost([(0.0, true), (0.0, false)].into_iter(), odds),
                }
            })
            .collect()
    }
}

/// Mean cost in bits of `(LLR, is target)` at prior odds in natural logarithm.
fn expected_cost(llrs: impl Iterator<Item = (f64, bool)>, log_odds: f64) -> f64 {
    let (mut target, mut targets, mut other, mut others) = (0.0, 0.0, 0.0, 0.0);
    for (llr, is_target) in llrs {
        if is_target {
            target += softplus(-llr - log_odds);
            targets += 1.0;
        } else {
            other += softplus(llr + log_odds);
            others += 1.0;
        }
    }
    let prior = 1.0 / (1.0 + (-log_odds).exp());
    (prior * target / targets + (1.0 - prior) * other / others) / std::f64::consts::LN_2
}
