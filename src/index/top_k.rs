//! The best few hits of many, in an order that does not depend on how they came.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Hit;
use crate::domain::{Score, VoiceId};

/// A hit that orders by rank: the better one is the lesser, so that a max-heap has the worst on top.
#[derive(Debug, Clone, Copy)]
struct Ranked(Hit);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = other.0.score.0.total_cmp(&self.0.score.0);
        by_score.then_with(|| self.0.voice_id.cmp(&other.0.voice_id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

/// Keeps the best `capacity` hits by score descending, then voice id ascending.
#[derive(Debug)]
pub(super) struct TopK {
    capacity: usize,
    heap: BinaryHeap<Ranked>,
    /// Score below which nothing can enter.
    floor: f32,
}

impl TopK {
    /// Room for `capacity` hits; the caller bounds it by the number of voices.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            heap: BinaryHeap::new(),
            floor: f32::NEG_INFINITY,
        }
    }

    /// Whether a hit of this score might enter. Cheap: it spares the tests that come after it.
    #[inline]
    pub(super) fn may_enter(&self, score: f32) -> bool {
        score >= self.floor
    }

    /// Takes the hit if it is among the best so far.
    pub(super) fn offer(&mut self, voice_id: VoiceId, score: f32) {
        self.heap.push(Ranked(Hit {
            voice_id,
            score: Score(score),
        }));
        if self.heap.len() > self.capacity {
            self.heap.pop();
        }
        if self.heap.len() == self.capacity
            && let Some(worst) = self.heap.peek()
        {
            self.floor = worst.0.score.0;
        }
    }

    /// Takes what another has kept.
    pub(super) fn merge(&mut self, other: Self) {
        for Ranked(hit) in other.heap {
            self.offer(hit.voice_id, hit.score.0);
        }
    }

    /// Best first.
    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.heap
            .into_sorted_vec()
            .into_iter()
            .map(|Ranked(hit)| hit)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn the_best_are_kept_in_order_however_they_come(
            scores in prop::collection::vec(-3i8..3, 0..40),
            capacity in 1usize..12,
            cut in 0usize..40,
        ) {
            let all: Vec<(VoiceId, f32)> = scores
                .iter()
                .enumerate()
                .map(|(number, score)| (VoiceId(Uuid::from_u128(number as u128)), f32::from(*score)))
                .collect();
            let mut expected = all.clone();
            expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            expected.truncate(capacity);

            let cut = cut.min(all.len());
            let mut parts = [TopK::new(capacity), TopK::new(capacity)];
            for (id, score) in &all[..cut] {
                parts[0].offer(*id, *score);
            }
            for (id, score) in all[cut..].iter().rev() {
                if parts[1].may_enter(*score) {
                    parts[1].offer(*id, *score);
                }
            }
            let [mut first, second] = parts;
            first.merge(second);
            let found: Vec<(VoiceId, f32)> =
                first.into_hits().iter().map(|hit| (hit.voice_id, hit.score.0)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
