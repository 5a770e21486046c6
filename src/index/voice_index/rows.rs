//! The rows of an index: which to search, what the caller knows them by, and what a snapshot keeps.

use std::sync::Arc;

use super::VoiceIndex;
use crate::domain::{ModelId, VoiceId};
use crate::index::Selection;

/// The voices of an index at one moment, for writing them down while the index goes on changing.
#[derive(Debug, Clone)]
pub struct Outline {
    pub(in crate::index) model: ModelId,
    pub(in crate::index) dimensions: usize,
    /// Live rows, their voices and tags, in order.
    pub(in crate::index) rows: Vec<(u32, VoiceId, u32)>,
    numbering: Arc<()>,
}

impl Outline {
    /// How many voices there were.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl VoiceIndex {
    /// Values `[D]` of a voice; none when it is not there.
    pub fn values_of(&self, id: VoiceId) -> Option<&[f32]> {
        self.matrix.row_of(id).map(|row| self.matrix.row(row))
    }

    /// Every voice, to leave some of them out.
    pub fn select_all(&self) -> Selection<'_> {
        Selection::all(&self.matrix)
    }

    /// What the caller said it knows the voice by; none when it is not there.
    pub fn tag_of(&self, id: VoiceId) -> Option<u32> {
        self.matrix.row_of(id).and_then(|row| self.matrix.tag(row))
    }

    /// The voices as they are now.
    pub fn outline(&self) -> Outline {
        let live = self.matrix.live();
        Outline {
            model: self.model.clone(),
            dimensions: self.dimensions(),
            rows: live
                .filter_map(|(row, id)| Some((u32::try_from(row).ok()?, id, self.matrix.tag(row)?)))
                .collect(),
            numbering: Arc::clone(&self.numbering),
        }
    }

    /// Appends the values of a part of an outline's voices to `values`, as they were when the outline
    /// was made; whether the index still has them: not once its rows got other numbers.
    pub fn values_at(
        &self,
        outline: &Outline,
        part: std::ops::Range<usize>,
        values: &mut Vec<f32>,
    ) -> bool {
        if !Arc::ptr_eq(&outline.numbering, &self.numbering) {
            return false;
        }
        let rows = outline.rows.get(part).unwrap_or_default();
        rows.iter()
            .for_each(|(row, ..)| values.extend_from_slice(self.matrix.row(*row as usize)));
        true
    }
}
