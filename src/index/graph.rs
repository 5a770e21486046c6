//! The HNSW graph: it proposes rows, which are rescored exactly.
//!
//! What of `hnsw_rs` is used is chosen by what can go wrong in it. Rows go in one after the other,
//! so that the graph is the same on every machine and with any number of cores. Its own filter is
//! not used: it can empty the list of candidates and then panic. More than 256 links end the
//! process, so they are bounded here. A row can lose every link that leads to it; each row is
//! searched for after the build, and what is not found is scanned exactly for ever after.
//!
//! # Source
//! Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical
//! navigable small world graphs", IEEE TPAMI 42(4), 2020, algorithms 1, 2, 4 and 5.

use std::ops::Range;

use hnsw_rs::prelude::{Distance, Hnsw};

use super::IndexConfig;
use super::dot::Kernel;
use super::matrix::Matrix;

/// Most levels that the library keeps.
const MAX_LEVELS: usize = 16;

/// Links: one has no logarithm to scale levels with, and the library counts up to 255.
const CONNECTIONS: std::ops::RangeInclusive<usize> = 4..=128;

/// Rows whose own search one thread checks before the next thread is worth starting.
const CHECKS_PER_THREAD: usize = 256;

/// Breadth of the first search of a row for itself.
const NARROW: usize = 16;

/// `1 - cosine` for unit-norm vectors. The library asserts that no distance is negative.
#[derive(Debug, Clone, Copy)]
struct CosineDistance(Kernel);

impl Distance<f32> for CosineDistance {
    fn eval(&self, left: &[f32], right: &[f32]) -> f32 {
        (1.0 - self.0.dot(left, right)).max(0.0)
    }
}

/// A graph over the rows that a matrix had when it was built.
pub(super) struct Graph {
    links: Hnsw<'static, f32, CosineDistance>,
    ef_search: usize,
    /// Rows from here on came later.
    rows: usize,
    /// Rows that the graph does not find, ascending.
    hidden: Vec<usize>,
    /// Recall at 10 as measured after the build.
    recall_at_10: f64,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("rows", &self.rows)
            .field("hidden", &self.hidden.len())
            .field("recall_at_10", &self.recall_at_10)
            .finish_non_exhaustive()
    }
}

impl Graph {
    /// Links the live rows and finds out which of them are hidden. The recall is not yet measured.
    pub(super) fn build(matrix: &Matrix, kernel: Kernel, config: &IndexConfig) -> Self {
        let links = Hnsw::new(
            config
                .max_connections
                .clamp(*CONNECTIONS.start(), *CONNECTIONS.end()),
            matrix.live_rows(),
            MAX_LEVELS,
            config.ef_construction.max(1),
            CosineDistance(kernel),
        );
        for (row, _) in matrix.live() {
            links.insert((matrix.row(row), row));
        }
        let mut graph = Self {
            links,
            ef_search: config.ef_search.max(1),
            rows: matrix.rows(),
            hidden: Vec::new(),
            recall_at_10: 0.0,
        };
        graph.hidden = graph.not_found(matrix);
        graph
    }

    /// Keeps the recall that was measured through the whole search.
    pub(super) fn with_recall(self, recall_at_10: f64) -> Self {
        Self {
            recall_at_10,
            ..self
        }
    }

    /// Recall at 10 as measured after the build.
    pub(super) fn recall_at_10(&self) -> f64 {
        self.recall_at_10
    }

    /// How many rows the graph does not find.
    pub(super) fn hidden(&self) -> usize {
        self.hidden.len()
    }

    /// How many rows of `matrix` came after the build.
    pub(super) fn tail(&self, matrix: &Matrix) -> usize {
        matrix.rows().saturating_sub(self.rows)
    }

    /// Rows to rescore for a probe: those that the graph proposes, those that it does not find and
    /// those that came after it. Each row comes once; removed ones are among them.
    pub(super) fn candidates(&self, matrix: &Matrix, probe: &[f32], top_k: usize) -> Vec<usize> {
        let mut rows = self.proposed(probe, top_k);
        rows.extend_from_slice(&self.hidden);
        rows.extend(self.rows..matrix.rows());
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn proposed(&self, probe: &[f32], top_k: usize) -> Vec<usize> {
        self.nearest(probe, self.ef_search.max(top_k.saturating_mul(2)))
    }

    fn nearest(&self, probe: &[f32], breadth: usize) -> Vec<usize> {
        let breadth = breadth.min(self.rows.max(1));
        let found = self.links.search(probe, breadth, breadth);
        found.into_iter().map(|neighbour| neighbour.d_id).collect()
    }

    /// Whether a search for `values` finds `row`. A broader search visits all that a narrower one
    /// does, and nearly every row is found by the narrow one.
    fn finds(&self, row: usize, values: &[f32]) -> bool {
        self.nearest(values, NARROW).contains(&row) || self.proposed(values, 1).contains(&row)
    }

    /// Live rows up to [`Graph::rows`] that a search for themselves does not propose, ascending.
    fn not_found(&self, matrix: &Matrix) -> Vec<usize> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = cores.min(self.rows.div_ceil(CHECKS_PER_THREAD)).max(1);
        let share = self.rows.div_ceil(threads);
        let check = |range: Range<usize>| -> Vec<usize> {
            range
                .filter(|row| matrix.live_id(*row).is_some())
                .filter(|row| !self.finds(*row, matrix.row(*row)))
                .collect()
        };
        let ranges: Vec<Range<usize>> = (0..threads)
            .map(|number| (number * share).min(self.rows)..((number + 1) * share).min(self.rows))
            .collect();
        std::thread::scope(|scope| {
            let check = &check;
            let running: Vec<_> = ranges
                .into_iter()
                .map(|range| (range.clone(), scope.spawn(move || check(range))))
                .collect();
            // A check that failed says nothing of its rows: they are scanned exactly.
            running
                .into_iter()
                .flat_map(|(range, thread)| thread.join().unwrap_or_else(|_| range.collect()))
                .collect()
        })
    }
}
