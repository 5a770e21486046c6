//! The exact scan: every live row is scored, or shown by a bound to be none of the best.

use std::ops::Range;

use super::codes::Probe;
use super::dot::Kernel;
use super::matrix::Matrix;
use super::shares::in_shares;
use super::top_k::TopK;
use super::{IndexConfig, Query};

/// Rows bounded in one go: 48 KiB of 192 codes each stay near while several probes are compared
/// with them.
const BLOCK_ROWS: usize = 256;

/// Cosine similarity: rounding can carry the product of two unit-norm vectors a little beyond 1.
#[inline]
pub(super) fn score(kernel: Kernel, left: &[f32], right: &[f32]) -> f32 {
    kernel.dot(left, right).clamp(-1.0, 1.0)
}

/// What a scan found.
#[derive(Debug)]
pub(super) struct Scan {
    /// The best rows of each probe.
    pub(super) best: Vec<TopK>,
    /// Live rows that the query accepts.
    pub(super) accepted: usize,
}

impl Scan {
    fn merge(&mut self, other: Self) {
        self.accepted += other.accepted;
        for (best, found) in self.best.iter_mut().zip(other.best) {
            best.merge(found);
        }
    }
}

/// The best `top_k` rows for each probe. Threads share the rows; what they find does not depend on
/// how many they are, since the order of hits is total.
pub(super) fn scan(
    matrix: &Matrix,
    kernel: Kernel,
    config: &IndexConfig,
    probes: &[&[f32]],
    query: &Query<'_>,
) -> Scan {
    let rows = matrix.rows();
    let wanted = rows / config.voices_per_thread.max(1);
    let threads = wanted.clamp(1, config.threads.max(1));
    if threads == 1 {
        return scan_rows(matrix, kernel, 0..rows, probes, query);
    }
    let share = rows.div_ceil(threads).next_multiple_of(BLOCK_ROWS);
    let starts: Vec<usize> = (0..rows).step_by(share.max(1)).collect();
    let scans = in_shares(&starts, threads, |starts| {
        let ranges = starts.iter().map(|start| *start..(start + share).min(rows));
        ranges
            .map(|range| scan_rows(matrix, kernel, range, probes, query))
            .collect()
    });
    let mut scans = scans.into_iter();
    let first = scans.next();
    let mut whole = first.unwrap_or_else(|| scan_rows(matrix, kernel, 0..0, probes, query));
    scans.for_each(|scan| whole.merge(scan));
    whole
}

fn scan_rows(
    matrix: &Matrix,
    kernel: Kernel,
    range: Range<usize>,
    probes: &[&[f32]],
    query: &Query<'_>,
) -> Scan {
    let capacity = query.top_k.min(matrix.live_rows());
    let best = probes.iter().map(|_| TopK::new(capacity)).collect();
    let mut scan = Scan { best, accepted: 0 };
    if capacity == 0 {
        return scan;
    }
    let coded: Vec<Probe> = probes.iter().map(|probe| Probe::new(probe)).collect();
    let mut bounds = [0.0f32; BLOCK_ROWS];
    let mut ids = [None; BLOCK_ROWS];
    for start in range.clone().step_by(BLOCK_ROWS) {
        let rows = start..(start + BLOCK_ROWS).min(range.end);
        for (id, row) in ids.iter_mut().zip(rows.clone()) {
            *id = matrix.live_id(row).filter(|id| query.accepts(*id));
            scan.accepted += usize::from(id.is_some());
        }
        let bounds = &mut bounds[..rows.len()];
        let scanned = probes.iter().zip(&coded).zip(&mut scan.best);
        for ((probe, coded), best) in scanned {
            let codes = matrix.codes();
            codes.upper_bounds(kernel, coded, rows.start, bounds);
            for ((row, bound), id) in rows.clone().zip(&*bounds).zip(&ids) {
                // Scores are at least -1, whatever the rounding.
                if !best.may_enter(bound.max(-1.0)) {
                    continue;
                }
                let Some(id) = *id else { continue };
                let score = score(kernel, probe, matrix.row(row));
                if best.may_enter(score) {
                    best.offer(id, score);
                }
            }
        }
    }
    scan
}
