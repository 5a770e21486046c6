//! Whether an index answers as it should: every voice finds itself, the graph finds what the scan
//! finds.

use std::collections::HashSet;

use super::VoiceIndex;
use crate::domain::VoiceId;
use crate::index::exact::score;
use crate::index::graph::Graph;
use crate::index::{CheckReport, Hits, IndexError, Mode, Query};

/// Neighbours that recall is measured with.
const RECALL_DEPTH: usize = 10;

/// Voices that recall is measured on: 3,200 neighbours give it to better than 0.01.
const RECALL_PROBES: usize = 320;

/// Voices that an exact check searches for; every voice at some millions would take hours.
const EXACT_CHECK_PROBES: usize = 256;

impl VoiceIndex {
    /// Checks that every voice finds itself, and measures the recall of the graph. An index above
    /// [`exact_limit`](crate::index::IndexConfig::exact_limit) without a graph builds it first.
    ///
    /// # Errors
    /// None at present: the signature leaves room for indexes that lie elsewhere.
    pub fn check(&self) -> Result<CheckReport, IndexError> {
        let graph = match self.graph() {
            None if self.len() > self.config.exact_limit => Some(self.build_graph()),
            present => present,
        };
        let self_found = match &graph {
            Some(graph) => self.found_by(|row| self.graph_finds(graph, row)),
            None => {
                let step = self.len().div_ceil(EXACT_CHECK_PROBES).max(1);
                self.found_by(|row| {
                    self.row_is_sound(row) && (row % step != 0 || self.scan_finds(row))
                })
            }
        };
        Ok(CheckReport {
            points: self.len(),
            self_found,
            recall_at_10: graph.as_ref().map(|graph| self.recall(graph)),
            hidden: graph.as_ref().map_or(0, |graph| graph.hidden()),
            tail: graph.as_ref().map_or(0, |graph| graph.tail(&self.matrix)),
            tombstones: self.matrix.tombstones(),
        })
    }

    fn found_by(&self, finds: impl Fn(usize) -> bool) -> usize {
        self.matrix.live().filter(|(row, _)| finds(*row)).count()
    }

    fn graph_finds(&self, graph: &Graph, row: usize) -> bool {
        let candidates = graph.candidates(&self.matrix, self.matrix.row(row), self.breadth(1));
        self.row_is_sound(row) && candidates.binary_search(&row).is_ok()
    }

    /// How many candidates the graph proposes for a query.
    pub(super) fn breadth(&self, top_k: usize) -> usize {
        self.config.ef_search.max(top_k.saturating_mul(2))
    }

    /// Whether the row's voice leads back to it, and its vector to a cosine of 1 with itself.
    fn row_is_sound(&self, row: usize) -> bool {
        let values = self.matrix.row(row);
        self.matrix
            .live_id(row)
            .and_then(|id| self.matrix.row_of(id))
            == Some(row)
            && (self.kernel.dot(values, values) - 1.0).abs() < 1e-2
    }

    /// Whether the row's voice is the best hit of its own embedding, alone or with its equals.
    fn scan_finds(&self, row: usize) -> bool {
        let values = self.matrix.row(row);
        let query = Query {
            top_k: RECALL_DEPTH,
            mode: Mode::Exact,
            among: None,
        };
        let hits = self.search_exact(values, &query).hits;
        let own = score(self.kernel, values, values);
        hits.iter()
            .any(|hit| Some(hit.voice_id) == self.matrix.live_id(row))
            || hits.last().is_some_and(|hit| hit.score.0 >= own)
    }

    /// Share of the true [`RECALL_DEPTH`] nearest that the graph finds, over voices taken evenly
    /// from the index; a voice does not count as its own neighbour.
    pub(super) fn recall(&self, graph: &Graph) -> f64 {
        let step = self.len().div_ceil(RECALL_PROBES).max(1);
        let query = Query {
            top_k: RECALL_DEPTH + 1,
            mode: Mode::Exact,
            among: None,
        };
        let (mut found, mut expected) = (0usize, 0usize);
        for (row, own) in self.matrix.live().step_by(step) {
            let probe = self.matrix.row(row);
            let others = |hits: &Hits| -> HashSet<VoiceId> {
                let ids = hits
                    .hits
                    .iter()
                    .map(|hit| hit.voice_id)
                    .filter(|id| *id != own);
                ids.take(RECALL_DEPTH).collect()
            };
            let truth = others(&self.search_exact(probe, &query));
            let proposed = self
                .search_graph(graph, probe, &query)
                .map(|hits| others(&hits));
            expected += truth.len();
            found += proposed.map_or(0, |proposed| proposed.intersection(&truth).count());
        }
        if expected == 0 {
            1.0
        } else {
            found as f64 / expected as f64
        }
    }
}
