//! The values of the rows `[N, D]` f32: the first ones in a file that is mapped into memory, where
//! the index comes from a snapshot, the later ones in memory of its own.

use std::sync::Arc;

use memmap2::Mmap;

/// Values of rows, row after row.
#[derive(Debug, Clone)]
pub(super) struct Vectors {
    dimensions: usize,
    /// Whole rows as little-endian f32, which is what this machine reads.
    mapped: Option<Arc<Mmap>>,
    owned: Vec<f32>,
}

impl Vectors {
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            mapped: None,
            owned: Vec::new(),
        }
    }

    /// From values in memory.
    #[cfg(test)]
    pub(super) fn of_values(dimensions: usize, owned: Vec<f32>) -> Self {
        Self {
            dimensions,
            mapped: None,
            owned,
        }
    }

    /// From a mapped file; none where it does not hold whole rows that this machine reads in place.
    pub(super) fn of_map(dimensions: usize, mapped: Mmap) -> Option<Self> {
        let values = bytemuck::try_cast_slice::<u8, f32>(&mapped).ok()?;
        let whole = values.len().is_multiple_of(dimensions.max(1));
        (whole && cfg!(target_endian = "little")).then(|| Self {
            dimensions,
            mapped: Some(Arc::new(mapped)),
            owned: Vec::new(),
        })
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn mapped(&self) -> &[f32] {
        let bytes = self.mapped.as_deref().map(|mapped| &mapped[..]);
        bytes
            .and_then(|bytes| bytemuck::try_cast_slice(bytes).ok())
            .unwrap_or_default()
    }

    /// Rows in all.
    pub(super) fn rows(&self) -> usize {
        (self.mapped().len() + self.owned.len()) / self.dimensions.max(1)
    }

    /// Values `[D]` of a row; empty beyond the last.
    #[inline]
    pub(super) fn row(&self, row: usize) -> &[f32] {
        let mapped = self.mapped();
        let start = row * self.dimensions;
        let (from, start) = match start.checked_sub(mapped.len()) {
            None => (mapped, start),
            Some(start) => (self.owned.as_slice(), start),
        };
        from.get(start..start + self.dimensions).unwrap_or_default()
    }

    pub(super) fn push(&mut self, row: &[f32]) {
        self.owned.extend_from_slice(row);
    }

    /// Keeps the rows named, which ascend, as the first ones. What was mapped is mapped no longer.
    pub(super) fn keep(&mut self, rows: impl Iterator<Item = usize>) {
        if self.mapped.is_some() {
            let mut kept = Vec::new();
            rows.for_each(|row| kept.extend_from_slice(self.row(row)));
            self.mapped = None;
            self.owned = kept;
            return;
        }
        let mut end = 0;
        for from in rows {
            let start = from * self.dimensions;
            self.owned.copy_within(start..start + self.dimensions, end);
            end += self.dimensions;
        }
        self.owned.truncate(end);
        self.owned.shrink_to(end + end / 2);
    }
}
