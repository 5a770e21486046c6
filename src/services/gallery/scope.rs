//! Searching the gallery, all of it or a part.

use std::collections::HashSet;
use std::sync::Arc;

use super::state::{BANDS, State};
use super::{Gallery, poisoned};
use crate::domain::{Bandwidth, Embedding, RecordingId, VoiceId};
use crate::index::{Hits, Mode, Query, Selection};
use crate::services::{ServiceError, off_executor};

/// Hits among the voices of one measured bandwidth.
#[derive(Debug, Clone)]
pub(in crate::services) struct BandHits {
    pub(in crate::services) bandwidth: Bandwidth,
    pub(in crate::services) hits: Hits,
}

/// Which voices of the gallery a search is about: all of them that no part of this leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::services) struct GalleryScope {
    /// Only voices of this bandwidth.
    pub(in crate::services) bandwidth: Option<Bandwidth>,
    /// Only voices of these recordings.
    pub(in crate::services) recordings: Option<HashSet<RecordingId>>,
    /// No voices of these recordings.
    pub(in crate::services) not_recordings: HashSet<RecordingId>,
    /// Only these voices.
    pub(in crate::services) voices: Option<HashSet<VoiceId>>,
    /// None of these voices.
    pub(in crate::services) not_voices: HashSet<VoiceId>,
}

impl GalleryScope {
    /// Whether a voice is in it.
    pub(in crate::services) fn takes(
        &self,
        id: VoiceId,
        recording: RecordingId,
        band: Bandwidth,
    ) -> bool {
        self.bandwidth.is_none_or(|only| only == band)
            && self
                .recordings
                .as_ref()
                .is_none_or(|only| only.contains(&recording))
            && !self.not_recordings.contains(&recording)
            && self.voices.as_ref().is_none_or(|only| only.contains(&id))
            && !self.not_voices.contains(&id)
    }
}

/// What is searched for.
#[derive(Debug, Clone)]
pub(in crate::services) struct GalleryQuery {
    pub(in crate::services) embedding: Embedding,
    pub(in crate::services) top_k: usize,
    pub(in crate::services) mode: Mode,
    pub(in crate::services) scope: Arc<GalleryScope>,
}

impl State {
    /// The voices of one bandwidth that a scope takes.
    fn selection(&self, band: Bandwidth, scope: &GalleryScope) -> Selection<'_> {
        let mut selection = self.index(band).select_all();
        if let Some(voices) = &scope.voices {
            selection.keep_only(voices.iter().copied());
        }
        for id in &scope.not_voices {
            selection.leave_out(*id);
        }
        let numbers = |ids: &HashSet<RecordingId>| -> Vec<u32> {
            ids.iter()
                .filter_map(|id| self.recordings().number_of(*id))
                .collect()
        };
        if let Some(recordings) = &scope.recordings {
            let mut taken = vec![false; self.recordings().len()];
            for number in numbers(recordings) {
                if let Some(place) = taken.get_mut(number as usize) {
                    *place = true;
                }
            }
            selection.keep_tags(|tag| taken.get(tag as usize).copied().unwrap_or(false));
        }
        match numbers(&scope.not_recordings).as_slice() {
            [] => {}
            [one] => selection.keep_tags(|tag| tag != *one),
            several => {
                let several: HashSet<u32> = several.iter().copied().collect();
                selection.keep_tags(|tag| !several.contains(&tag));
            }
        }
        selection
    }
}

impl Gallery {
    /// The best voices of each bandwidth, apart, since their scores mean different things.
    pub(in crate::services) async fn search(
        self: &Arc<Self>,
        query: GalleryQuery,
    ) -> Result<Vec<BandHits>, ServiceError> {
        let gallery = Arc::clone(self);
        let found = off_executor(move || {
            gallery.search_bands(&query.embedding, query.top_k, query.mode, &query.scope)
        })
        .await??;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// As [`Gallery::search`] for several compensated probes, each row of the gallery read once for
    /// all of them; always exact.
    pub(in crate::services) async fn search_many(
        self: &Arc<Self>,
        probes: Vec<Embedding>,
        top_k: usize,
        scope: Arc<GalleryScope>,
    ) -> Result<Vec<Vec<BandHits>>, ServiceError> {
        let gallery = Arc::clone(self);
        off_executor(move || gallery.search_compensated(&probes, top_k, Mode::Exact, &scope))
            .await?
    }

    fn search_bands(
        &self,
        probe: &Embedding,
        top_k: usize,
        mode: Mode,
        scope: &GalleryScope,
    ) -> Result<Vec<Vec<BandHits>>, ServiceError> {
        let probes = [self.compensated(probe)?];
        self.search_compensated(&probes, top_k, mode, scope)
    }

    fn search_compensated(
        &self,
        probes: &[Embedding],
        top_k: usize,
        mode: Mode,
        scope: &GalleryScope,
    ) -> Result<Vec<Vec<BandHits>>, ServiceError> {
        let state = self.read().map_err(poisoned)?;
        let mut found = vec![Vec::new(); probes.len()];
        let wanted = |band: &Bandwidth| {
            !state.index(*band).is_empty() && scope.bandwidth.is_none_or(|only| only == *band)
        };
        for bandwidth in BANDS.into_iter().filter(wanted) {
            let selection = state.selection(bandwidth, scope);
            let query = Query {
                top_k,
                mode,
                among: Some(&selection),
            };
            let index = state.index(bandwidth);
            let hits = match probes {
                [probe] => vec![index.search(probe, &query)?],
                several => index.search_many(&several.iter().collect::<Vec<_>>(), &query)?,
            };
            for ((found, probe), mut hits) in found.iter_mut().zip(probes).zip(hits) {
                // The index sums in an order of its own; what is said of a voice is what comparing
                // the two gives, to the last bit.
                for hit in &mut hits.hits {
                    if let Some(values) = state.values_of(hit.voice_id) {
                        hit.score = probe.cosine_with(values);
                    }
                }
                found.push(BandHits { bandwidth, hits });
            }
        }
        Ok(found)
    }
}
