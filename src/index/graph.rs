//! The HNSW graph: it proposes rows by their eight-bit codes, which are rescored exactly.
//!
//! The graph is the same on every machine and with any number of threads; so are its proposals. A
//! row can lose every link that leads to it; each row is searched for after the build, and what is
//! not found is scanned exactly for ever after. Rows that cannot be coded are not linked, and are
//! scanned like those that come after the build.
//!
//! # Source
//! Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical
//! navigable small world graphs", IEEE TPAMI 42(4), 2020, algorithms 1, 2, 4 and 5.

mod build;
mod links;
mod search;

use build::Plan;
use links::Links;
use search::{Scratch, Walk};

use super::IndexConfig;
use super::codes::Probe;
use super::dot::Kernel;
use super::matrix::Matrix;
use super::shares::in_shares;

/// Links: one has no logarithm to scale levels with, and more than 128 only cost.
const CONNECTIONS: std::ops::RangeInclusive<usize> = 4..=128;

/// Rows whose own search one thread checks before the next thread is worth starting.
const CHECKS_PER_THREAD: usize = 256;

/// Breadth of the first search of a row for itself.
const NARROW: usize = 16;

/// A graph over the rows that a matrix had when it was built.
#[derive(Debug)]
pub(super) struct Graph {
    links: Links,
    kernel: Kernel,
    /// Rows from here on came later.
    rows: usize,
    /// Rows that the graph does not find, ascending.
    hidden: Vec<usize>,
    /// Recall at 10 as measured after the build.
    recall_at_10: f64,
}

impl Graph {
    /// Links the live rows and finds out which of them are hidden. The recall is not yet measured.
    pub(super) fn build(matrix: &Matrix, kernel: Kernel, config: &IndexConfig) -> Self {
        let plan = Plan {
            connections: config
                .max_connections
                .clamp(*CONNECTIONS.start(), *CONNECTIONS.end()),
            breadth: config.ef_construction.max(1),
            threads: threads(config),
        };
        let codes = matrix.codes();
        let mut links = Links::new(plan.connections);
        let coded = matrix.live().map(|(row, _)| row);
        let coded: Vec<u32> = coded
            .filter(|row| *row < codes.rows())
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        build::link(&mut links, codes, kernel, &coded, plan);
        let mut graph = Self {
            links,
            kernel,
            rows: codes.rows(),
            hidden: Vec::new(),
            recall_at_10: 0.0,
        };
        graph.hidden = graph.not_found(matrix, config.ef_search, plan.threads);
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

    /// Rows to rescore for a probe: `breadth` that the graph proposes, those that it does not find
    /// and those that came after it. Each row comes once; removed ones are among them.
    pub(super) fn candidates(&self, matrix: &Matrix, probe: &[f32], breadth: usize) -> Vec<usize> {
        let scratch = &mut Scratch::default();
        let mut rows = self.nearest(matrix, &Probe::new(probe), breadth, scratch);
        rows.extend_from_slice(&self.hidden);
        rows.extend(self.rows..matrix.rows());
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn nearest(
        &self,
        matrix: &Matrix,
        probe: &Probe,
        breadth: usize,
        scratch: &mut Scratch,
    ) -> Vec<usize> {
        let walk = Walk {
            links: &self.links,
            codes: matrix.codes(),
            kernel: self.kernel,
        };
        let entry: Vec<_> = walk.descend(probe, 0, scratch).into_iter().collect();
        let breadth = breadth.clamp(1, self.rows.max(1));
        let found = walk.nearest(probe, &entry, breadth, 0, scratch);
        found.into_iter().map(|near| near.row() as usize).collect()
    }

    /// Whether a search for a row's own values finds it. A broader search visits all that a narrower
    /// one does, and nearly every row is found by the narrow one.
    fn finds(&self, matrix: &Matrix, row: usize, breadth: usize, scratch: &mut Scratch) -> bool {
        let probe = Probe::new(matrix.row(row));
        [NARROW.min(breadth), breadth].into_iter().any(|breadth| {
            let found = self.nearest(matrix, &probe, breadth, scratch);
            found.contains(&row)
        })
    }

    /// Live rows up to [`Graph::rows`] that a search for themselves does not propose, ascending.
    fn not_found(&self, matrix: &Matrix, breadth: usize, threads: usize) -> Vec<usize> {
        let live = matrix.live().map(|(row, _)| row);
        let rows: Vec<usize> = live.take_while(|row| *row < self.rows).collect();
        let threads = threads.min(rows.len().div_ceil(CHECKS_PER_THREAD));
        in_shares(&rows, threads, |rows| {
            let mut scratch = Scratch::default();
            let lost = |row: &&usize| !self.finds(matrix, **row, breadth, &mut scratch);
            rows.iter().filter(lost).copied().collect()
        })
    }
}

fn threads(config: &IndexConfig) -> usize {
    if config.build_threads > 0 {
        return config.build_threads;
    }
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
