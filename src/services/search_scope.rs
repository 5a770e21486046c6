//! Which voices a search is about, and how they were looked through.

use std::collections::HashMap;

use super::gallery::{BandHits, GalleryScope};
use crate::domain::{Against, Bandwidth, RecordingId, SearchMethod, SubjectId, VoiceId};
use crate::scoring::GallerySize;

/// Leaves the probe's own recording out, and keeps to what the search is against.
pub(super) fn narrowed(
    mut scope: GalleryScope,
    own: Option<RecordingId>,
    against: Against,
    enrolled: &HashMap<VoiceId, SubjectId>,
) -> GalleryScope {
    scope.not_recordings.extend(own);
    match against {
        Against::All => {}
        Against::Subjects => {
            let ids = enrolled.keys().copied();
            scope.voices = Some(match scope.voices {
                None => ids.collect(),
                Some(only) => ids.filter(|id| only.contains(id)).collect(),
            });
        }
        Against::Archive => scope.not_voices.extend(enrolled.keys()),
    }
    scope
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
