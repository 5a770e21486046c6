//! Errors of a search in a list of known speakers.

use std::collections::BTreeSet;

use serde::Serialize;

/// One search: who spoke, and the best score of each speaker in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The speaker, by number.
    pub speaker: u32,
    /// `(speaker, score)` of those in the list.
    pub candidates: Vec<(u32, f64)>,
}

/// Errors of a list at one threshold. Rates are fractions from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Identification {
    /// Speakers in the list.
    pub listed: usize,
    /// Searches for somebody in it.
    pub mated: usize,
    /// Searches for somebody who is not.
    pub non_mated: usize,
    /// The largest share of searches for strangers that may name anybody.
    pub fpir_at_most: f64,
    /// The share that did at the threshold.
    pub fpir: f64,
    /// The lowest threshold that keeps it.
    pub threshold: f64,
    /// Share of the searches for somebody in the list that did not name him.
    pub fnir: f64,
}

/// Errors at the lowest threshold at which no more than `fpir_at_most` of the searches for strangers
/// name anybody. Nothing if one of the two kinds of search is missing.
///
/// # Source
/// ISO/IEC 19795-1:2021, clauses 3.29 and 3.30: false-negative and false-positive identification
/// rate; a candidate is named at or above the threshold, whatever its rank.
pub fn identify(probes: &[Probe], fpir_at_most: f64) -> Option<Identification> {
    let is_mated = |probe: &&Probe| {
        probe
            .candidates
            .iter()
            .any(|(who, _)| *who == probe.speaker)
    };
    let mated: Vec<&Probe> = probes.iter().filter(is_mated).collect();
    let strangers: Vec<&Probe> = probes.iter().filter(|probe| !is_mated(probe)).collect();
    if mated.is_empty() || strangers.is_empty() {
        return None;
    }
    let listed: BTreeSet<u32> = probes
        .iter()
        .flat_map(|probe| probe.candidates.iter().map(|(who, _)| *who))
        .collect();
    let mut highest: Vec<f64> = strangers
        .iter()
        .map(|probe| {
            let scores = probe.candidates.iter().map(|(_, score)| *score);
            scores.fold(f64::NEG_INFINITY, f64::max)
        })
        .collect();
    highest.sort_by(|left, right| right.total_cmp(left));
    let allowed = (fpir_at_most * strangers.len() as f64 + 1e-9).floor() as usize;
    // Just above the best score of the first stranger who is one too many.
    let threshold = highest
        .get(allowed)
        .map_or(f64::NEG_INFINITY, |score| score.next_up());
    let named = highest.iter().filter(|score| **score >= threshold).count();
    let missed = mated
        .iter()
        .filter(|probe| {
            !probe
                .candidates
                .iter()
                .any(|(who, score)| *who == probe.speaker && *score >= threshold)
        })
        .count();
    Some(Identification {
        listed: listed.len(),
        mated: mated.len(),
        non_mated: strangers.len(),
        fpir_at_most,
        fpir: named as f64 / strangers.len() as f64,
        threshold,
        fnir: missed as f64 / mated.len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn probe(speaker: u32, scores: &[(u32, f64)]) -> Probe {
        Probe {
            speaker,
            candidates: scores.to_vec(),
        }
    }

    fn probes() -> Vec<Probe> {
        vec![
            probe(1, &[(1, 5.0), (2, 0.0)]),
            probe(2, &[(1, 3.0), (2, 1.0)]),
            probe(8, &[(1, 2.0), (2, -1.0)]),
            probe(9, &[(1, -3.0), (2, -2.0)]),
        ]
    }

    #[test]
    fn errors_are_those_counted_by_hand() {
        let half = identify(&probes(), 0.5).unwrap();
        assert_eq!((half.listed, half.mated, half.non_mated), (2, 2, 2));
        // One of two strangers may name somebody: the threshold lies just above -2.
        assert_eq!((half.fpir, half.fnir), (0.5, 0.0));
        assert!(half.threshold > -2.0 && half.threshold < -1.999);
        // None may: just above 2, where speaker 2 is missed.
        let none = identify(&probes(), 0.0).unwrap();
        assert_eq!((none.fpir, none.fnir), (0.0, 0.5));
        let all = identify(&probes(), 1.0).unwrap();
        assert_eq!((all.fpir, all.fnir), (1.0, 0.0));
    }

    #[test]
    fn without_strangers_there_is_no_rate() {
        assert_eq!(identify(&probes()[..2], 0.1), None);
        assert_eq!(identify(&probes()[2..], 0.1), None);
    }

    proptest! {
        #[test]
        fn fewer_false_names_cost_misses_whatever_the_order(
            scores in prop::collection::vec((0u32..6, -9i32..9, -9i32..9), 4..40),
            low in 0.0f64..1.0,
            more in 0.0f64..1.0,
        ) {
            let made: Vec<Probe> = scores
                .iter()
                .map(|&(who, a, b)| probe(who, &[(0, f64::from(a)), (1, f64::from(b))]))
                .collect();
            let mut turned = made.clone();
            turned.reverse();
            let strict = identify(&made, low);
            prop_assert_eq!(strict, identify(&turned, low));
            if let (Some(strict), Some(lax)) = (strict, identify(&made, (low + more).min(1.0))) {
                prop_assert!(strict.fpir <= low + 1e-9);
                prop_assert!(strict.threshold >= lax.threshold);
                prop_assert!(strict.fnir >= lax.fnir);
            }
        }
    }
}
