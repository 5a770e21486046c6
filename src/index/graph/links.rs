//! Who is linked to whom: the lowest level as one flat array, the sparse upper levels by row.

use std::collections::HashMap;

/// Links of every row on every level that it is on.
#[derive(Debug, Clone)]
pub(super) struct Links {
    /// Most links of a row on an upper level; twice as many on the lowest.
    connections: usize,
    /// `[N, 1 + 2 * connections]`: how many links a row has, then the rows it leads to.
    lowest: Vec<u32>,
    /// Links by level from 1, for the few rows that are above the lowest.
    upper: HashMap<u32, Vec<Vec<u32>>>,
    /// Row from which every search starts, with its highest level.
    entry: Option<(u32, usize)>,
}

impl Links {
    pub(super) fn new(connections: usize) -> Self {
        Self {
            connections,
            lowest: Vec::new(),
            upper: HashMap::new(),
            entry: None,
        }
    }

    fn stride(&self) -> usize {
        1 + self.room(0)
    }

    /// Most links of a row on `level`.
    pub(super) fn room(&self, level: usize) -> usize {
        if level == 0 {
            2 * self.connections
        } else {
            self.connections
        }
    }

    /// Rows that there is room for: those that came later are not linked.
    pub(super) fn rows(&self) -> usize {
        self.lowest.len() / self.stride()
    }

    /// Makes room for rows up to `rows`, which have no links yet.
    pub(super) fn extend_to(&mut self, rows: usize) {
        self.lowest.resize(rows * self.stride(), 0);
    }

    /// Where searches start, with its highest level; none before the first row.
    pub(super) fn entry(&self) -> Option<(u32, usize)> {
        self.entry
    }

    /// Puts a row on the levels up to `level`, and starts searches there if none is as high.
    pub(super) fn add(&mut self, row: u32, level: usize) {
        if level > 0 {
            self.upper.insert(row, vec![Vec::new(); level]);
        }
        if self.entry.is_none_or(|(_, highest)| level > highest) {
            self.entry = Some((row, level));
        }
    }

    /// Rows that `row` leads to on `level`.
    #[inline]
    pub(super) fn of(&self, row: u32, level: usize) -> &[u32] {
        let Some(above) = level.checked_sub(1) else {
            let start = row as usize * self.stride();
            let place = self.lowest.get(start..start + self.stride());
            return match place {
                Some([count, links @ ..]) => links.get(..*count as usize).unwrap_or_default(),
                Some([]) | None => &[],
            };
        };
        let levels = self.upper.get(&row);
        levels
            .and_then(|levels| levels.get(above))
            .map_or(&[], Vec::as_slice)
    }

    /// Sets the rows that `row` leads to on `level`; what exceeds the room is left out.
    pub(super) fn set(&mut self, row: u32, level: usize, links: &[u32]) {
        let links = links.get(..self.room(level)).unwrap_or(links);
        let Some(above) = level.checked_sub(1) else {
            let stride = self.stride();
            let start = row as usize * stride;
            if let Some([count, place @ ..]) = self.lowest.get_mut(start..start + stride) {
                *count = links.len() as u32;
                for (place, link) in place.iter_mut().zip(links) {
                    *place = *link;
                }
            }
            return;
        };
        let levels = self.upper.get_mut(&row);
        if let Some(level) = levels.and_then(|levels| levels.get_mut(above)) {
            *level = links.to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_kept_by_level_and_bounded() {
        let mut links = Links::new(2);
        links.extend_to(3);
        assert_eq!(links.entry(), None);
        links.add(0, 0);
        links.add(1, 2);
        links.add(2, 1);
        assert_eq!(links.entry(), Some((1, 2)));
        links.set(0, 0, &[1, 2, 1, 2, 1]);
        links.set(1, 1, &[2, 0, 0]);
        assert_eq!(links.of(0, 0), [1, 2, 1, 2]);
        assert_eq!(links.of(1, 1), [2, 0]);
        links.set(0, 0, &[2]);
        links.set(0, 1, &[1]);
        assert_eq!(links.of(0, 0), [2]);
        for (row, level) in [(0, 1), (1, 2), (2, 0), (9, 0), (9, 4)] {
            assert_eq!(links.of(row, level), &[] as &[u32]);
        }
    }
}
