//! Where the scores of the training trials lie.

use super::weights::Weighed;
use crate::domain::ScoreHistogram;

/// Range of scores that is shown; what lies outside counts at its ends.
const RANGE: [f64; 2] = [-0.3, 1.0];

/// Bins over that range, 0.025 wide.
const BINS: usize = 52;

/// Shares of both kinds by score; each sums to 1.
pub(super) fn histogram(weighed: &[Weighed]) -> ScoreHistogram {
    let [low, high] = RANGE;
    let mut shares = [vec![0.0; BINS], vec![0.0; BINS]];
    for each in weighed {
        let place = (each.trial.llr - low) / (high - low) * BINS as f64;
        let bin = (place.max(0.0) as usize).min(BINS - 1);
        let [targets, others] = &mut shares;
        let shares = if each.trial.is_target() {
            targets
        } else {
            others
        };
        if let Some(share) = shares.get_mut(bin) {
            *share += each.weight;
        }
    }
    let [targets, non_targets] = shares;
    ScoreHistogram {
        range: RANGE,
        targets: rounded(targets),
        non_targets: rounded(non_targets),
    }
}

/// To a millionth: what is finer is no more than the order of additions.
fn rounded(shares: Vec<f64>) -> Vec<f64> {
    shares
        .into_iter()
        .map(|share| (share * 1e6).round() / 1e6)
        .collect()
}
