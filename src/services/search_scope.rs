//! Which voices a search is about, and how they were looked through.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::gallery::BandHits;
use super::probes::Probe;
use crate::domain::{Against, Bandwidth, RecordingId, SearchMethod, SubjectId, VoiceId};
use crate::scoring::GallerySize;

/// Leaves the probe's own recording out, and keeps to what the search is against.
pub(super) fn acceptor(
    probe: &Probe,
    against: Against,
    enrolled: &Arc<HashMap<VoiceId, SubjectId>>,
) -> Arc<dyn Fn(VoiceId, RecordingId) -> bool + Send + Sync> {
    let own: HashSet<RecordingId> = probe.facts.recording_id.into_iter().collect();
    let enrolled = Arc::clone(enrolled);
    Arc::new(move |voice_id, recording_id| {
        !own.contains(&recording_id)
            && match against {
                Against::All => true,
                Against::Subjects => enrolled.contains_key(&voice_id),
                Against::Archive => !enrolled.contains_key(&voice_id),
            }
    })
}

/// How many voices were searched, by bandwidth: the probe's own and what the search is not against
/// are no part of the gallery.
pub(super) fn gallery_size(bands: &[BandHits]) -> GallerySize {
    let mut size = GallerySize::default();
    for band in bands {
        match band.bandwidth {
            Bandwidth::Narrowband => size.narrowband += band.hits.searched as u64,
            Bandwidth::Wideband => size.wideband += band.hits.searched as u64,
        }
    }
    size
}

/// Exact if every part was; otherwise HNSW with the lowest recall.
pub(super) fn method_of(bands: &[BandHits]) -> SearchMethod {
    bands
        .iter()
        .map(|band| band.hits.method)
        .fold(SearchMethod::Exact, |whole, part| match (whole, part) {
            (SearchMethod::Exact, part) => part,
            (whole, SearchMethod::Exact) => whole,
            (
                SearchMethod::Hnsw { recall_at_10: left },
                SearchMethod::Hnsw {
                    recall_at_10: right,
                },
            ) => SearchMethod::Hnsw {
                recall_at_10: left.min(right),
            },
        })
}
