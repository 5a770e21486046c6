//! The embeddings as one flat row-major matrix `[N, D]` f32, with the voice of each row.

use std::collections::HashMap;

use super::codes::Codes;
use crate::domain::VoiceId;

/// Fewer removed rows than this are never packed: packing moves the whole matrix.
const MIN_TOMBSTONES_TO_PACK: usize = 64;

/// Rows, live and removed. A row keeps its number until the matrix is packed.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    dimensions: usize,
    values: Vec<f32>,
    codes: Codes,
    ids: Vec<VoiceId>,
    live: Vec<bool>,
    row_of: HashMap<VoiceId, u32>,
}

/// What packing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Rows keep their numbers.
    Kept,
    /// Rows have new numbers.
    Renumbered,
}

impl Matrix {
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            values: Vec::new(),
            codes: Codes::new(dimensions),
            ids: Vec::new(),
            live: Vec::new(),
            row_of: HashMap::new(),
        }
    }

    /// From whole rows; none when an id comes twice or the lengths do not fit.
    pub(super) fn from_rows(
        dimensions: usize,
        values: Vec<f32>,
        ids: Vec<VoiceId>,
    ) -> Option<Self> {
        let count = u32::try_from(ids.len()).ok()?;
        if ids.len().checked_mul(dimensions)? != values.len() {
            return None;
        }
        let row_of: HashMap<VoiceId, u32> = ids.iter().copied().zip(0..count).collect();
        let live = vec![true; ids.len()];
        let mut codes = Codes::new(dimensions);
        values
            .chunks_exact(dimensions.max(1))
            .for_each(|row| codes.push(row));
        (row_of.len() == ids.len()).then_some(Self {
            dimensions,
            values,
            codes,
            ids,
            live,
            row_of,
        })
    }

    /// Length of a row.
    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Rows, live and removed.
    pub(super) fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Live rows.
    pub(super) fn live_rows(&self) -> usize {
        self.row_of.len()
    }

    /// Removed rows that still take room.
    pub(super) fn tombstones(&self) -> usize {
        self.rows() - self.live_rows()
    }

    /// The live row of a voice.
    pub(super) fn row_of(&self, id: VoiceId) -> Option<usize> {
        self.row_of.get(&id).map(|row| *row as usize)
    }

    /// The voice of a row if the row is live.
    #[inline]
    pub(super) fn live_id(&self, row: usize) -> Option<VoiceId> {
        match self.live.get(row) {
            Some(true) => self.ids.get(row).copied(),
            Some(false) | None => None,
        }
    }

    /// Live rows and their voices, in order.
    pub(super) fn live(&self) -> impl Iterator<Item = (usize, VoiceId)> + '_ {
        (0..self.rows()).filter_map(|row| self.live_id(row).map(|id| (row, id)))
    }

    /// Values `[D]` of a row; empty beyond the last.
    #[inline]
    pub(super) fn row(&self, row: usize) -> &[f32] {
        self.block(row, row + 1)
    }

    /// Values `[end - start, D]`; empty when the range is not in the matrix.
    #[inline]
    pub(super) fn block(&self, start: usize, end: usize) -> &[f32] {
        self.values
            .get(start * self.dimensions..end * self.dimensions)
            .unwrap_or_default()
    }

    /// The rows in eight bits.
    pub(super) fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Appends a row; a row that the voice had before becomes a tombstone. None when rows run out.
    pub(super) fn insert(&mut self, id: VoiceId, values: &[f32]) -> Option<()> {
        let row = u32::try_from(self.rows())
            .ok()
            .filter(|row| *row < u32::MAX)?;
        self.remove(id);
        self.values.extend_from_slice(values);
        self.codes.push(values);
        self.ids.push(id);
        self.live.push(true);
        self.row_of.insert(id, row);
        Some(())
    }

    /// Makes the voice's row a tombstone; whether there was one.
    pub(super) fn remove(&mut self, id: VoiceId) -> bool {
        let Some(row) = self.row_of.remove(&id) else {
            return false;
        };
        if let Some(live) = self.live.get_mut(row as usize) {
            *live = false;
        }
        true
    }

    /// Packs the live rows when more than the fraction `above` of all are tombstones.
    pub(super) fn pack_if_above(&mut self, above: f64) -> Packing {
        let tombstones = self.tombstones();
        let many = tombstones as f64 > above * self.rows() as f64;
        if !many || tombstones < MIN_TOMBSTONES_TO_PACK {
            return Packing::Kept;
        }
        self.pack();
        Packing::Renumbered
    }

    fn pack(&mut self) {
        let live: Vec<(usize, VoiceId)> = self.live().collect();
        for (to, (from, _)) in live.iter().enumerate() {
            let start = from * self.dimensions;
            self.values
                .copy_within(start..start + self.dimensions, to * self.dimensions);
        }
        self.values.truncate(live.len() * self.dimensions);
        self.values
            .shrink_to(self.values.len() + self.values.len() / 2);
        self.codes.keep(live.iter().map(|(row, _)| *row));
        self.ids = live.iter().map(|(_, id)| *id).collect();
        self.live = vec![true; live.len()];
        self.row_of = self.ids.iter().copied().zip(0..).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> VoiceId {
        VoiceId(Uuid::from_u128(number))
    }

    #[test]
    fn packing_keeps_every_live_row_with_its_voice() {
        let mut matrix = Matrix::new(2);
        for number in 0..200u16 {
            matrix
                .insert(id(number.into()), &[f32::from(number), 1.0])
                .unwrap();
        }
        for number in (0..200).step_by(2) {
            assert!(matrix.remove(id(number)));
            assert!(!matrix.remove(id(number)));
        }
        assert_eq!(matrix.pack_if_above(0.6), Packing::Kept);
        assert_eq!(matrix.pack_if_above(0.25), Packing::Renumbered);
        assert_eq!((matrix.rows(), matrix.tombstones()), (100, 0));
        for number in (1..200u16).step_by(2) {
            let row = matrix.row_of(id(number.into())).unwrap();
            assert_eq!(matrix.row(row), [f32::from(number), 1.0]);
            assert_eq!(matrix.live_id(row), Some(id(number.into())));
        }
    }

    #[test]
    fn rows_with_an_id_twice_or_of_another_length_are_refused() {
        assert!(Matrix::from_rows(1, vec![1.0, 1.0], vec![id(1), id(1)]).is_none());
        assert!(Matrix::from_rows(2, vec![1.0, 1.0], vec![id(1), id(2)]).is_none());
        assert!(Matrix::from_rows(2, vec![1.0, 0.0], vec![id(1)]).is_some());
    }
}
