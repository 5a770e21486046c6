//! One model's voices: inserting, removing, searching, checking.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::dot::Kernel;
use super::exact::{scan, score};
use super::graph::Graph;
use super::matrix::{Matrix, Packing};
use super::top_k::TopK;
use super::{CheckReport, Hits, IndexConfig, IndexError, Mode, Query};
use crate::domain::{Embedding, ModelId, Score, SearchMethod, VoiceId};

/// Neighbours that recall is measured with.
const RECALL_DEPTH: usize = 10;

/// Voices that recall is measured on: 3,200 neighbours give it to better than 0.01.
const RECALL_PROBES: usize = 320;

/// Voices that an exact check searches for; every voice at some millions would take hours.
const EXACT_CHECK_PROBES: usize = 256;

/// The searchable embeddings of one model, one for each voice.
///
/// Searching takes `&self` and may run in many threads at once; changing takes `&mut self`. Put it
/// behind an `RwLock` to share it. A change is visible to the next search.
#[derive(Debug)]
pub struct VoiceIndex {
    config: IndexConfig,
    model: ModelId,
    kernel: Kernel,
    matrix: Matrix,
    /// How often rows were renumbered.
    renumbered: u64,
    graph: RwLock<Option<Arc<Graph>>>,
    /// Held while a graph is built, so that two searches do not build two.
    building: Mutex<()>,
}

impl VoiceIndex {
    /// An empty index of `model`, whose embeddings have `dimensions` values.
    pub fn new(config: IndexConfig, model: ModelId, dimensions: usize) -> Self {
        Self::from_matrix(config, model, Matrix::new(dimensions))
    }

    pub(super) fn from_matrix(config: IndexConfig, model: ModelId, matrix: Matrix) -> Self {
        Self {
            config,
            model,
            kernel: Kernel::detect(),
            matrix,
            renumbered: 0,
            graph: RwLock::new(None),
            building: Mutex::new(()),
        }
    }

    /// Sets [`IndexConfig::ef_search`], to measure what breadth a recall needs. A graph built before
    /// may not find with a narrower search what it found then; build it again to be sure.
    pub fn set_ef_search(&mut self, ef_search: usize) {
        self.config.ef_search = ef_search;
    }

    pub(super) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// The model whose embeddings it holds.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Values of each embedding.
    pub fn dimensions(&self) -> usize {
        self.matrix.dimensions()
    }

    /// Voices that can be found.
    pub fn len(&self) -> usize {
        self.matrix.live_rows()
    }

    /// Whether no voice can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the voice can be found.
    pub fn contains(&self, id: VoiceId) -> bool {
        self.matrix.row_of(id).is_some()
    }

    /// Adds a voice, or gives it another embedding. With a built graph, it is scanned exactly until
    /// the graph is built again.
    ///
    /// # Errors
    /// The embedding is of another model or length, or there is no row left.
    pub fn insert(&mut self, id: VoiceId, embedding: &Embedding) -> Result<(), IndexError> {
        self.fits(embedding)?;
        if self
            .matrix
            .row_of(id)
            .is_some_and(|row| self.matrix.row(row) == embedding.values())
        {
            return Ok(());
        }
        let rows = self.matrix.rows();
        self.matrix
            .insert(id, embedding.values())
            .ok_or(IndexError::Full { rows })?;
        self.pack();
        Ok(())
    }

    /// Removes a voice; whether it was there.
    pub fn remove(&mut self, id: VoiceId) -> bool {
        let removed = self.matrix.remove(id);
        self.pack();
        removed
    }

    fn pack(&mut self) {
        match self.matrix.pack_if_above(self.config.compact_above) {
            Packing::Kept => {}
            // The graph names rows by their old numbers.
            Packing::Renumbered => {
                self.renumbered += 1;
                self.set_graph(None);
            }
        }
    }

    /// The voices most like `probe`.
    ///
    /// # Errors
    /// The probe is of another model or length, or `top_k` is 0.
    pub fn search(&self, probe: &Embedding, query: &Query<'_>) -> Result<Hits, IndexError> {
        self.fits(probe)?;
        if query.top_k == 0 {
            return Err(IndexError::NothingAsked);
        }
        let graph = match query.mode {
            Mode::Exact => None,
            Mode::Auto if self.len() <= self.config.exact_limit => None,
            Mode::Auto => self.graph(),
            Mode::Hnsw => Some(self.build_graph()),
        };
        let found = graph.and_then(|graph| self.search_graph(&graph, probe.values(), query));
        Ok(found.unwrap_or_else(|| self.search_exact(probe.values(), query)))
    }

    /// The voices most like each of `probes`, by an exact scan that reads the embeddings once.
    ///
    /// # Errors
    /// A probe is of another model or length, or `top_k` is 0.
    pub fn search_many(
        &self,
        probes: &[&Embedding],
        query: &Query<'_>,
    ) -> Result<Vec<Hits>, IndexError> {
        probes.iter().try_for_each(|probe| self.fits(probe))?;
        if query.top_k == 0 {
            return Err(IndexError::NothingAsked);
        }
        let values: Vec<&[f32]> = probes.iter().map(|probe| probe.values()).collect();
        Ok(self.scan(&values, query))
    }

    /// Values `[D]` of a voice; none when it is not there.
    pub fn values_of(&self, id: VoiceId) -> Option<&[f32]> {
        self.matrix.row_of(id).map(|row| self.matrix.row(row))
    }

    /// Score of a probe with one voice, as a search gives it; none when the voice is not there.
    ///
    /// # Errors
    /// The probe is of another model or length.
    pub fn score_with(&self, probe: &Embedding, id: VoiceId) -> Result<Option<Score>, IndexError> {
        self.fits(probe)?;
        let values = self.values_of(id);
        Ok(values.map(|values| Score(score(self.kernel, probe.values(), values))))
    }

    fn search_exact(&self, probe: &[f32], query: &Query<'_>) -> Hits {
        let none = Hits {
            hits: Vec::new(),
            method: SearchMethod::Exact,
            searched: 0,
        };
        self.scan(&[probe], query).pop().unwrap_or(none)
    }

    fn scan(&self, probes: &[&[f32]], query: &Query<'_>) -> Vec<Hits> {
        let scan = scan(&self.matrix, self.kernel, &self.config, probes, query);
        let searched = scan.accepted;
        let hits = scan.best.into_iter().map(TopK::into_hits);
        hits.map(|hits| Hits {
            hits,
            method: SearchMethod::Exact,
            searched,
        })
        .collect()
    }

    /// Hits among what the graph proposes; none when it proposes fewer than are asked for and there
    /// are, as with a narrow filter.
    fn search_graph(&self, graph: &Graph, probe: &[f32], query: &Query<'_>) -> Option<Hits> {
        let searched = match query.accept {
            None => self.len(),
            Some(accept) => self.matrix.live().filter(|(_, id)| accept(*id)).count(),
        };
        let wanted = query.top_k.min(searched);
        let mut best = TopK::new(wanted.max(1));
        for row in graph.candidates(&self.matrix, probe, self.breadth(query.top_k)) {
            if let Some(id) = self.matrix.live_id(row)
                && query.accepts(id)
            {
                best.offer(id, score(self.kernel, probe, self.matrix.row(row)));
            }
        }
        let hits = best.into_hits();
        let method = SearchMethod::Hnsw {
            recall_at_10: graph.recall_at_10(),
        };
        (hits.len() == wanted).then_some(Hits {
            hits,
            method,
            searched,
        })
    }

    /// Whether [`VoiceIndex::rebuild_graph`] would make searches faster: the index is above
    /// [`IndexConfig::exact_limit`] and has no graph, or one that a tenth of the rows came after.
    pub fn wants_graph(&self) -> bool {
        self.len() > self.config.exact_limit
            && self
                .graph()
                .is_none_or(|graph| graph.tail(&self.matrix) > self.matrix.rows() / 10)
    }

    /// The graph, built if there is none.
    fn build_graph(&self) -> Arc<Graph> {
        let _one_at_a_time = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        match self.graph() {
            Some(graph) => graph,
            None => self.new_graph(),
        }
    }

    /// The same voices without a graph, to build one from while this index is searched and changed.
    pub fn copy(&self) -> Self {
        let mut copy =
            Self::from_matrix(self.config.clone(), self.model.clone(), self.matrix.clone());
        copy.renumbered = self.renumbered;
        copy
    }

    /// Takes the graph of a [`VoiceIndex::copy`] of this index; voices that came after the copy are
    /// scanned exactly. Whether it could be taken: not if rows have been renumbered since.
    pub fn adopt_graph(&self, copy: &Self) -> bool {
        let same = self.model == copy.model && self.renumbered == copy.renumbered;
        let graph = copy.graph().filter(|_| same);
        let adopted = graph.is_some();
        if adopted {
            self.set_graph(graph);
        }
        adopted
    }

    /// Builds the graph anew, over every voice. Takes minutes for large indexes: behind a lock,
    /// build it in a [`VoiceIndex::copy`] and have it adopted.
    pub fn rebuild_graph(&self) {
        let _one_at_a_time = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        self.new_graph();
    }

    fn new_graph(&self) -> Arc<Graph> {
        let graph = Graph::build(&self.matrix, self.kernel, &self.config);
        let recall = self.recall(&graph);
        let graph = Arc::new(graph.with_recall(recall));
        self.set_graph(Some(Arc::clone(&graph)));
        graph
    }

    fn graph(&self) -> Option<Arc<Graph>> {
        self.graph
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_graph(&self, graph: Option<Arc<Graph>>) {
        *self.graph.write().unwrap_or_else(PoisonError::into_inner) = graph;
    }

    /// Checks that every voice finds itself, and measures the recall of the graph. An index above
    /// [`IndexConfig::exact_limit`] without a graph builds it first.
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
    fn breadth(&self, top_k: usize) -> usize {
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
            accept: None,
        };
        let hits = self.search_exact(values, &query).hits;
        let own = score(self.kernel, values, values);
        hits.iter()
            .any(|hit| Some(hit.voice_id) == self.matrix.live_id(row))
            || hits.last().is_some_and(|hit| hit.score.0 >= own)
    }

    /// Share of the true [`RECALL_DEPTH`] nearest that the graph finds, over voices taken evenly
    /// from the index; a voice does not count as its own neighbour.
    fn recall(&self, graph: &Graph) -> f64 {
        let step = self.len().div_ceil(RECALL_PROBES).max(1);
        let query = Query {
            top_k: RECALL_DEPTH + 1,
            mode: Mode::Exact,
            accept: None,
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

    fn fits(&self, embedding: &Embedding) -> Result<(), IndexError> {
        if embedding.model() != &self.model {
            return Err(IndexError::OtherModel {
                expected: self.model.clone(),
                found: embedding.model().clone(),
            });
        }
        if embedding.values().len() != self.dimensions() {
            return Err(IndexError::OtherLength {
                expected: self.dimensions(),
                found: embedding.values().len(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
