//! Which voices of an index a search is about.

use super::matrix::Matrix;
use crate::domain::VoiceId;

/// Voices of one index, a bit for each row.
///
/// It borrows the index, so that no row gets another number while it is in use.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    matrix: &'a Matrix,
    words: Vec<u64>,
}

impl<'a> Selection<'a> {
    /// Every voice.
    pub(super) fn all(matrix: &'a Matrix) -> Self {
        Self {
            matrix,
            words: matrix.live_words().to_vec(),
        }
    }

    /// Leaves the voice out, where it is there.
    pub fn leave_out(&mut self, id: VoiceId) {
        if let Some((word, bit)) = self.place(id)
            && let Some(word) = self.words.get_mut(word)
        {
            *word &= !bit;
        }
    }

    /// Keeps only those of `ids` that were selected before.
    pub fn keep_only(&mut self, ids: impl IntoIterator<Item = VoiceId>) {
        let mut kept = vec![0u64; self.words.len()];
        for (word, bit) in ids.into_iter().filter_map(|id| self.place(id)) {
            if let (Some(kept), Some(present)) = (kept.get_mut(word), self.words.get(word)) {
                *kept |= present & bit;
            }
        }
        self.words = kept;
    }

    /// Leaves out every voice whose tag `keep` refuses. It is asked once for each selected voice.
    pub fn keep_tags(&mut self, keep: impl Fn(u32) -> bool) {
        for (words, word) in self.words.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                let row = words * 64 + bit as usize;
                if !self.matrix.tag(row).is_some_and(&keep) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// How many voices are selected.
    pub fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    fn place(&self, id: VoiceId) -> Option<(usize, u64)> {
        self.matrix
            .row_of(id)
            .map(|row| (row / 64, 1 << (row % 64)))
    }

    /// Whether it was made from `matrix`.
    pub(super) fn is_of(&self, matrix: &Matrix) -> bool {
        std::ptr::eq(self.matrix, matrix)
    }

    /// Whether the row is selected.
    #[inline]
    pub(super) fn has(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// A bit for each of the 64 rows that begin at the multiple of 64 at or below `row`.
    #[inline]
    pub(super) fn word(&self, row: usize) -> u64 {
        self.words.get(row / 64).copied().unwrap_or(0)
    }
}
