//! The embeddings as rows `[N, D]`, in f32 and in eight bits, with the voice and the tag of each.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::codes::Codes;
use super::vectors::Vectors;
use crate::domain::VoiceId;

/// Fewer removed rows than this are never packed: packing moves the whole matrix.
const MIN_TOMBSTONES_TO_PACK: usize = 64;

/// Rows, live and removed. A row keeps its number until the matrix is packed.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    vectors: Vectors,
    codes: Codes,
    ids: Vec<VoiceId>,
    /// What the caller knows each row by.
    tags: Vec<u32>,
    /// A bit for each row, set while it is live.
    live: Vec<u64>,
    live_rows: usize,
    /// Rows by the hash of their voice: four bytes a voice, since the voices are in `ids`.
    row_of: HashTable<u32>,
    hasher: DefaultHashBuilder,
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
            vectors: Vectors::new(dimensions),
            codes: Codes::new(dimensions),
            ids: Vec::new(),
            tags: Vec::new(),
            live: Vec::new(),
            live_rows: 0,
            row_of: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// From whole rows; none when an id comes twice or the lengths do not fit.
    pub(super) fn from_rows(
        vectors: Vectors,
        codes: Codes,
        ids: Vec<VoiceId>,
        tags: Vec<u32>,
    ) -> Option<Self> {
        let count = ids.len();
        u32::try_from(count).ok().filter(|rows| *rows < u32::MAX)?;
        if vectors.rows() != count || tags.len() != count || !codes.fits(count) {
            return None;
        }
        let mut matrix = Self {
            codes,
            tags,
            live: Vec::with_capacity(count.div_ceil(64)),
            row_of: HashTable::with_capacity(count),
            ..Self::new(vectors.dimensions())
        };
        matrix.vectors = vectors;
        matrix.ids = ids;
        for row in 0..count {
            let id = *matrix.ids.get(row)?;
            if matrix.row_of(id).is_some() {
                return None;
            }
            matrix.set_live(row);
            matrix.note_row(id, row as u32);
        }
        Some(matrix)
    }

    /// Length of a row.
    pub(super) fn dimensions(&self) -> usize {
        self.vectors.dimensions()
    }

    /// Rows, live and removed.
    pub(super) fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Live rows.
    pub(super) fn live_rows(&self) -> usize {
        self.live_rows
    }

    /// Removed rows that still take room.
    pub(super) fn tombstones(&self) -> usize {
        self.rows() - self.live_rows()
    }

    /// The live row of a voice.
    pub(super) fn row_of(&self, id: VoiceId) -> Option<usize> {
        let hash = self.hasher.hash_one(id);
        let found = self.row_of.find(hash, |row| self.is_row_of(*row, id));
        found.map(|row| *row as usize)
    }

    fn is_row_of(&self, row: u32, id: VoiceId) -> bool {
        self.ids.get(row as usize) == Some(&id)
    }

    /// The voice of a row if the row is live.
    #[inline]
    pub(super) fn live_id(&self, row: usize) -> Option<VoiceId> {
        if self.is_live(row) {
            self.ids.get(row).copied()
        } else {
            None
        }
    }

    #[inline]
    fn is_live(&self, row: usize) -> bool {
        let word = self.live.get(row / 64).copied().unwrap_or(0);
        word >> (row % 64) & 1 == 1
    }

    /// A bit for each row, set while it is live.
    pub(super) fn live_words(&self) -> &[u64] {
        &self.live
    }

    /// What the caller knows the row by; none beyond the last.
    #[inline]
    pub(super) fn tag(&self, row: usize) -> Option<u32> {
        self.tags.get(row).copied()
    }

    /// Gives a row another tag.
    pub(super) fn set_tag(&mut self, row: usize, tag: u32) {
        if let Some(place) = self.tags.get_mut(row) {
            *place = tag;
        }
    }

    /// Live rows and their voices, in order.
    pub(super) fn live(&self) -> impl Iterator<Item = (usize, VoiceId)> + '_ {
        (0..self.rows()).filter_map(|row| self.live_id(row).map(|id| (row, id)))
    }

    /// Values `[D]` of a row; empty beyond the last.
    #[inline]
    pub(super) fn row(&self, row: usize) -> &[f32] {
        self.vectors.row(row)
    }

    /// The rows in eight bits.
    pub(super) fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Appends a row; a row that the voice had before becomes a tombstone. None when rows run out.
    pub(super) fn insert(&mut self, id: VoiceId, tag: u32, values: &[f32]) -> Option<()> {
        let row = u32::try_from(self.rows())
            .ok()
            .filter(|row| *row < u32::MAX)?;
        self.remove(id);
        self.vectors.push(values);
        self.codes.push(values);
        self.ids.push(id);
        self.tags.push(tag);
        self.set_live(row as usize);
        self.note_row(id, row);
        Some(())
    }

    fn set_live(&mut self, row: usize) {
        if self.live.len() <= row / 64 {
            self.live.resize(row / 64 + 1, 0);
        }
        if let Some(word) = self.live.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
        self.live_rows += 1;
    }

    fn note_row(&mut self, id: VoiceId, row: u32) {
        let (ids, hasher) = (&self.ids, &self.hasher);
        let hash_of = |row: &u32| ids.get(*row as usize).map_or(0, |id| hasher.hash_one(id));
        self.row_of.insert_unique(hasher.hash_one(id), row, hash_of);
    }

    /// Makes the voice's row a tombstone; whether there was one.
    pub(super) fn remove(&mut self, id: VoiceId) -> bool {
        let hash = self.hasher.hash_one(id);
        let ids = &self.ids;
        let entry = self
            .row_of
            .find_entry(hash, |row| ids.get(*row as usize) == Some(&id));
        let Ok(entry) = entry else {
            return false;
        };
        let (row, _) = entry.remove();
        if let Some(word) = self.live.get_mut(row as usize / 64) {
            *word &= !(1 << (row % 64));
        }
        self.live_rows -= 1;
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
        let rows = || live.iter().map(|(row, _)| *row);
        self.vectors.keep(rows());
        self.codes.keep(rows());
        self.tags = rows().filter_map(|row| self.tag(row)).collect();
        self.ids = live.iter().map(|(_, id)| *id).collect();
        self.live.clear();
        self.live_rows = 0;
        self.row_of = HashTable::with_capacity(live.len());
        for (row, (_, id)) in live.iter().enumerate() {
            self.set_live(row);
            self.note_row(*id, row as u32);
        }
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
                .insert(id(number.into()), number.into(), &[f32::from(number), 1.0])
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
            assert_eq!(matrix.tag(row), Some(number.into()));
        }
    }

    #[test]
    fn rows_with_an_id_twice_or_of_another_length_are_refused() {
        let from_rows = |dimensions: usize, values: &[f32], ids: &[u128]| {
            let mut codes = Codes::new(dimensions);
            let rows = values.chunks_exact(dimensions);
            rows.for_each(|row| codes.push(row));
            let vectors = Vectors::of_values(dimensions, values.to_vec());
            let tags = vec![7; values.len() / dimensions];
            let ids = ids.iter().map(|number| id(*number)).collect();
            Matrix::from_rows(vectors, codes, ids, tags)
        };
        assert!(from_rows(1, &[1.0, 1.0], &[1, 1]).is_none());
        assert!(from_rows(2, &[1.0, 1.0], &[1, 2]).is_none());
        let whole = from_rows(2, &[1.0, 0.0], &[1]).unwrap();
        assert_eq!((whole.live_rows(), whole.row_of(id(1))), (1, Some(0)));
        assert_eq!(whole.tag(0), Some(7));
    }
}
