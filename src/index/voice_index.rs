//! One model's voices: inserting, removing, searching, checking.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::dot::Kernel;
use super::exact::{scan, score};
use super::graph::Graph;
use super::matrix::{Matrix, Packing};
use super::top_k::TopK;
use super::{Hits, IndexConfig, IndexError, Mode, Query, Selection};
use crate::domain::{Embedding, ModelId, SearchMethod, VoiceId};

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
    /// Another one whenever rows get other numbers.
    numbering: Arc<()>,
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
            numbering: Arc::default(),
            graph: RwLock::new(None),
            building: Mutex::new(()),
        }
    }

    /// Sets [`IndexConfig::ef_search`], to measure what breadth a recall needs. A graph built before
    /// may not find with a narrower search what it found then; build it again to be sure.
    pub fn set_ef_search(&mut self, ef_search: usize) {
        self.config.ef_search = ef_search;
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

    /// Adds a voice, or gives it another embedding. The tag is a number that the caller knows it by,
    /// and that [`Selection::keep_tags`] asks about. With a built graph, the voice is scanned exactly
    /// until the graph is built again.
    ///
    /// # Errors
    /// The embedding is of another model or length, or there is no row left.
    pub fn insert(
        &mut self,
        id: VoiceId,
        tag: u32,
        embedding: &Embedding,
    ) -> Result<(), IndexError> {
        self.fits(embedding)?;
        if let Some(row) = self.matrix.row_of(id)
            && self.matrix.row(row) == embedding.values()
        {
            self.matrix.set_tag(row, tag);
            return Ok(());
        }
        let rows = self.matrix.rows();
        self.matrix
            .insert(id, tag, embedding.values())
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
                self.numbering = Arc::default();
                self.set_graph(None);
            }
        }
    }

    /// The voices most like `probe`.
    ///
    /// # Errors
    /// The probe is of another model or length, `top_k` is 0, or the selection is of another index.
    pub fn search(&self, probe: &Embedding, query: &Query<'_>) -> Result<Hits, IndexError> {
        self.fits(probe)?;
        self.is_asked(query)?;
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
    /// A probe is of another model or length, `top_k` is 0, or the selection is of another index.
    pub fn search_many(
        &self,
        probes: &[&Embedding],
        query: &Query<'_>,
    ) -> Result<Vec<Hits>, IndexError> {
        probes.iter().try_for_each(|probe| self.fits(probe))?;
        self.is_asked(query)?;
        let values: Vec<&[f32]> = probes.iter().map(|probe| probe.values()).collect();
        Ok(self.scan(&values, query))
    }

    fn is_asked(&self, query: &Query<'_>) -> Result<(), IndexError> {
        if query.top_k == 0 {
            return Err(IndexError::NothingAsked);
        }
        match query.among {
            Some(among) if !among.is_of(&self.matrix) => Err(IndexError::OtherSelection),
            Some(_) | None => Ok(()),
        }
    }

    /// Voices that the query is about.
    fn searched(&self, query: &Query<'_>) -> usize {
        query.among.map_or(self.len(), Selection::count)
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
        let searched = self.searched(query);
        let found = scan(&self.matrix, self.kernel, &self.config, probes, query);
        found
            .into_iter()
            .map(|best| Hits {
                hits: best.into_hits(),
                method: SearchMethod::Exact,
                searched,
            })
            .collect()
    }

    /// Hits among what the graph proposes; none when it proposes fewer than are asked for and there
    /// are, as with a narrow filter.
    fn search_graph(&self, graph: &Graph, probe: &[f32], query: &Query<'_>) -> Option<Hits> {
        let searched = self.searched(query);
        let wanted = query.top_k.min(searched);
        let mut best = TopK::new(wanted.max(1));
        for row in graph.candidates(&self.matrix, probe, self.breadth(query.top_k)) {
            if query.takes(row)
                && let Some(id) = self.matrix.live_id(row)
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
        copy.numbering = Arc::clone(&self.numbering);
        copy
    }

    /// Takes the graph of a [`VoiceIndex::copy`] of this index; voices that came after the copy are
    /// scanned exactly. Whether it could be taken: not if rows have been renumbered since.
    pub fn adopt_graph(&self, copy: &Self) -> bool {
        let same = Arc::ptr_eq(&self.numbering, &copy.numbering);
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

mod checking;
mod rows;
#[cfg(test)]
mod tests;

pub use rows::Outline;
