//! Search over one model's unit-norm embeddings: an exact scan, and an HNSW graph whose candidates
//! are rescored exactly.
//!
//! The index is derived: it can be rebuilt from the store, and [`snapshot`] only saves the time.
//! [`VoiceIndex`] is a plain struct: searching takes `&self` and may run in many threads at once,
//! changing takes `&mut self`, so a service puts it behind one `RwLock`, and a change is visible to
//! the next search.
//!
//! Invariant: scores and order depend on the embeddings alone, not on the order of insertion, the
//! number of threads or the instruction set.
//! Invariant: no I/O except in [`snapshot`], no clock, no randomness.

mod codes;
mod dot;
mod error;
mod exact;
mod graph;
mod matrix;
mod selection;
mod shares;
pub mod snapshot;
#[cfg(test)]
mod synthetic;
mod top_k;
mod vectors;
mod voice_index;

use serde::{Deserialize, Serialize};

pub use error::{IndexError, SnapshotError};
pub use selection::Selection;
pub use voice_index::{Outline, VoiceIndex};

use crate::domain::{Score, SearchMethod, VoiceId};

/// How an index is built and searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IndexConfig {
    /// Up to so many voices [`Mode::Auto`] scans exactly.
    pub exact_limit: usize,
    /// Threads that share one exact scan; 1 scans in the caller's thread.
    pub threads: usize,
    /// An exact scan uses another thread for each so many voices.
    pub voices_per_thread: usize,
    /// Links a voice keeps on each level of the graph, 4 to 128; twice as many on the lowest.
    pub max_connections: usize,
    /// Candidates looked at for each voice while the graph is built.
    pub ef_construction: usize,
    /// Threads that build the graph; 0 takes every core. The graph is the same with any number.
    pub build_threads: usize,
    /// Candidates that the graph proposes for exact rescoring; at least twice `top_k` is used.
    pub ef_search: usize,
    /// Fraction of removed rows, 0 to 1, above which the rows are packed and the graph is dropped.
    pub compact_above: f64,
}

impl Default for IndexConfig {
    fn default() -> Self {
        Self {
            exact_limit: 1_000_000,
            threads: 1,
            voices_per_thread: 50_000,
            max_connections: 16,
            ef_construction: 200,
            build_threads: 0,
            ef_search: 256,
            compact_above: 0.25,
        }
    }
}

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Exact up to the configured number of voices; above it through the graph where one is built.
    #[default]
    Auto,
    /// Every voice is scored.
    Exact,
    /// Through the graph; the first such search builds it, which takes minutes for large indexes.
    Hnsw,
}

/// What is asked of an index.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// How many hits at most, from 1.
    pub top_k: usize,
    /// How to search.
    pub mode: Mode,
    /// Which voices may be among the hits; none for all.
    pub among: Option<&'a Selection<'a>>,
}

impl Query<'_> {
    #[inline]
    fn takes(&self, row: usize) -> bool {
        self.among.is_none_or(|among| among.has(row))
    }
}

/// One voice that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Voice.
    pub voice_id: VoiceId,
    /// Cosine similarity in [-1, 1].
    pub score: Score,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hits {
    /// Best first: by score descending, then by voice id ascending.
    pub hits: Vec<Hit>,
    /// How they were found. A graph that offers too few acceptable candidates is answered by an
    /// exact scan, and this says so.
    pub method: SearchMethod,
    /// Voices of the index that the query is about: the size of the gallery for this question.
    pub searched: usize,
}

/// What a check of an index found.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// Voices in the index.
    pub points: usize,
    /// Voices that find themselves; less than `points` means a defect.
    pub self_found: usize,
    /// Recall at 10 of the graph against the exact scan; none where there is no graph.
    pub recall_at_10: Option<f64>,
    /// Voices that the graph would have lost and that are scanned exactly instead.
    pub hidden: usize,
    /// Voices that came after the graph was built and are scanned exactly.
    pub tail: usize,
    /// Removed rows that wait for packing.
    pub tombstones: usize,
}

impl CheckReport {
    /// Both together; of two recalls the lower.
    pub fn and(&self, other: &Self) -> Self {
        let recalls = [self.recall_at_10, other.recall_at_10];
        Self {
            points: self.points + other.points,
            self_found: self.self_found + other.self_found,
            recall_at_10: recalls.into_iter().flatten().reduce(f64::min),
            hidden: self.hidden + other.hidden,
            tail: self.tail + other.tail,
            tombstones: self.tombstones + other.tombstones,
        }
    }
}
