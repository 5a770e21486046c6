//! The exact scan: every live row is scored, or shown by a bound to be none of the best.

use std::ops::Range;

use super::codes::Probe;
use super::dot::Kernel;
use super::matrix::Matrix;
use super::shares::in_shares;
use super::top_k::TopK;
use super::{IndexConfig, Query, Selection};

/// Rows bounded in one go: 48 KiB of 192 codes each stay near while several probes are compared
/// with them.
const BLOCK_ROWS: usize = 256;

/// Cosine similarity: rounding can carry the product of two unit-norm vectors a little beyond 1.
#[inline]
pub(super) fn score(kernel: Kernel, left: &[f32], right: &[f32]) -> f32 {
    kernel.dot(left, right).clamp(-1.0, 1.0)
}

/// The best `top_k` rows for each probe. Threads share the rows; what they find does not depend on
/// how many they are, since the order of hits is total.
pub(super) fn scan(
    matrix: &Matrix,
    kernel: Kernel,
    config: &IndexConfig,
    probes: &[&[f32]],
    query: &Query<'_>,
) -> Vec<TopK> {
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
    for scan in scans {
        for (best, found) in whole.iter_mut().zip(scan) {
            best.merge(found);
        }
    }
    whole
}

fn scan_rows(
    matrix: &Matrix,
    kernel: Kernel,
    range: Range<usize>,
    probes: &[&[f32]],
    query: &Query<'_>,
) -> Vec<TopK> {
    let capacity = query.top_k.min(matrix.live_rows());
    let mut found: Vec<TopK> = probes.iter().map(|_| TopK::new(capacity)).collect();
    if capacity == 0 {
        return found;
    }
    let coded: Vec<Probe> = probes.iter().map(|probe| Probe::new(probe)).collect();
    let mut bounds = [0.0f32; BLOCK_ROWS];
    for start in range.clone().step_by(BLOCK_ROWS) {
        let rows = start..(start + BLOCK_ROWS).min(range.end);
        if query.among.is_some_and(|among| has_none(among, &rows)) {
            continue;
        }
        let bounds = &mut bounds[..rows.len()];
        let scanned = probes.iter().zip(&coded).zip(&mut found);
        for ((probe, coded), best) in scanned {
            let codes = matrix.codes();
            codes.upper_bounds(kernel, coded, rows.start, bounds);
            for (row, bound) in rows.clone().zip(&*bounds) {
                // Scores are at least -1, whatever the rounding.
                if !best.may_enter(bound.max(-1.0)) || !query.takes(row) {
                    continue;
                }
                let Some(id) = matrix.live_id(row) else {
                    continue;
                };
                let score = score(kernel, probe, matrix.row(row));
                if best.may_enter(score) {
                    best.offer(id, score);
                }
            }
        }
    }
    found
}

/// Whether none of a block's rows is selected. Blocks begin at a multiple of 64 rows.
fn has_none(among: &Selection<'_>, rows: &Range<usize>) -> bool {
    rows.clone().step_by(64).all(|row| among.word(row) == 0)
}
