//! Walking the graph towards a probe, by scores of eight-bit codes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::links::Links;
use crate::index::codes::{Codes, Probe};
use crate::index::dot::Kernel;

/// A row and its score, packed so that they compare as one number: the greater is the nearer, and
/// of equal scores the lower row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Near(u64);

impl Near {
    #[inline]
    pub(super) fn new(score: f32, row: u32) -> Self {
        let bits = score.to_bits();
        // The usual order of IEEE 754 numbers as whole ones: negative ones turn round.
        let ordered = if bits >> 31 == 0 {
            bits | 1 << 31
        } else {
            !bits
        };
        Self(u64::from(ordered) << 32 | u64::from(!row))
    }

    #[inline]
    pub(super) fn row(self) -> u32 {
        !(self.0 as u32)
    }

    #[inline]
    pub(super) fn score(self) -> f32 {
        let ordered = (self.0 >> 32) as u32;
        let bits = if ordered >> 31 == 1 {
            ordered & !(1 << 31)
        } else {
            !ordered
        };
        f32::from_bits(bits)
    }
}

/// What one thread needs to search with, kept from search to search.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// A bit for each row.
    visited: Vec<u64>,
    /// Rows whose bit is set.
    marked: Vec<u32>,
    rows: Vec<u32>,
    scores: Vec<f32>,
    open: BinaryHeap<Near>,
    best: BinaryHeap<Reverse<Near>>,
}

impl Scratch {
    fn begin(&mut self, rows: usize) {
        for row in self.marked.drain(..) {
            if let Some(word) = self.visited.get_mut(row as usize / 64) {
                *word = 0;
            }
        }
        self.visited.resize(rows.div_ceil(64), 0);
        self.open.clear();
        self.best.clear();
    }

    /// Whether the row has not been seen in this search.
    #[inline]
    fn visit(visited: &mut [u64], marked: &mut Vec<u32>, row: u32) -> bool {
        let Some(word) = visited.get_mut(row as usize / 64) else {
            return false;
        };
        let bit = 1 << (row % 64);
        let new = *word & bit == 0;
        if new {
            *word |= bit;
            marked.push(row);
        }
        new
    }
}

/// A graph that can be walked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) links: &'a Links,
    pub(super) codes: &'a Codes,
    pub(super) kernel: Kernel,
}

impl Walk<'_> {
    /// The rows nearest to `probe` on `level` that a walk from `entries` finds, at most `breadth`,
    /// best first.
    ///
    /// # Source
    /// Malkov and Yashunin 2020, algorithm 2.
    pub(super) fn nearest(
        &self,
        probe: &Probe,
        entries: &[Near],
        breadth: usize,
        level: usize,
        scratch: &mut Scratch,
    ) -> Vec<Near> {
        scratch.begin(self.links.rows());
        let Scratch {
            visited,
            marked,
            rows,
            scores,
            open,
            best,
        } = scratch;
        for entry in entries {
            if Scratch::visit(visited, marked, entry.row()) {
                open.push(*entry);
                best.push(Reverse(*entry));
            }
        }
        while let Some(near) = open.pop() {
            let full = best.len() >= breadth;
            if full && best.peek().is_some_and(|Reverse(worst)| near < *worst) {
                break;
            }
            let links = self.links.of(near.row(), level).iter();
            rows.clear();
            rows.extend(links.filter(|row| Scratch::visit(visited, marked, **row)));
            self.codes.scores(self.kernel, probe, rows, scores);
            for (row, score) in rows.iter().zip(&*scores) {
                let near = Near::new(*score, *row);
                let full = best.len() >= breadth;
                if full && best.peek().is_some_and(|Reverse(worst)| near < *worst) {
                    continue;
                }
                open.push(near);
                best.push(Reverse(near));
                if full {
                    best.pop();
                }
            }
        }
        let mut found: Vec<Near> = best.drain().map(|Reverse(near)| near).collect();
        found.sort_unstable_by_key(|near| Reverse(*near));
        found.truncate(breadth);
        found
    }

    /// The row nearest to `probe` that a walk down from the top reaches above `level`, on which the
    /// search goes on; none in an empty graph.
    pub(super) fn descend(
        &self,
        probe: &Probe,
        level: usize,
        scratch: &mut Scratch,
    ) -> Option<Near> {
        let (row, highest) = self.links.entry()?;
        self.codes
            .scores(self.kernel, probe, &[row], &mut scratch.scores);
        let mut near = Near::new(scratch.scores.first().copied()?, row);
        for level in (level + 1..=highest).rev() {
            let found = self.nearest(probe, &[near], 1, level, scratch);
            near = found.first().copied().unwrap_or(near);
        }
        Some(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_rows_order_by_score_and_then_row(
            left in (-2.0f32..2.0, any::<u32>()),
            right in (-2.0f32..2.0, any::<u32>()),
        ) {
            let near = |(score, row): (f32, u32)| Near::new(score, row);
            let expected = left.0.total_cmp(&right.0).then(right.1.cmp(&left.1));
            prop_assert_eq!(near(left).cmp(&near(right)), expected);
            prop_assert_eq!((near(left).score(), near(left).row()), left);
        }
    }
}
