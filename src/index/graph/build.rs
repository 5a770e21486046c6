//! Linking rows into the graph, batch after batch.
//!
//! The rows of a batch look for their neighbours in the graph as it was before the batch, and among
//! the rows of the batch before them; what they found is then linked. So threads share the work, and
//! the graph depends neither on how many they are nor on which of them is faster.
//!
//! # Source
//! Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical
//! navigable small world graphs", IEEE TPAMI 42(4), 2020: algorithms 1, 2 and 4, without extending
//! candidates and without keeping pruned ones.

use super::links::Links;
use super::search::{Near, Scratch, Walk};
use crate::index::codes::Codes;
use crate::index::dot::Kernel;
use crate::index::shares::in_shares;

/// Rows whose neighbours are looked for at once: enough to keep threads busy, few enough that
/// comparing them with one another costs little beside the search of the graph.
const BATCH_ROWS: usize = 256;

/// A batch is at most this share of the rows that are linked already, so that the first rows find
/// each other.
const BATCH_SHARE: usize = 8;

/// Rows that one thread looks for before the next is worth starting.
const ROWS_PER_THREAD: usize = 32;

/// Most levels above the lowest: at 4 links more are reached by one row in 4^16.
const MAX_LEVEL: usize = 16;

/// How a graph is built.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Links of a row on an upper level.
    pub(super) connections: usize,
    /// Candidates looked at for each row.
    pub(super) breadth: usize,
    /// Threads that share the work.
    pub(super) threads: usize,
}

/// The neighbours that a row has found, by level from the lowest.
struct Found {
    row: u32,
    levels: Vec<Vec<Near>>,
}

/// A link back to a row that has been found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Back {
    level: usize,
    to: u32,
    from: Near,
}

/// Links `rows`, which ascend and are not linked yet.
pub(super) fn link(links: &mut Links, codes: &Codes, kernel: Kernel, rows: &[u32], plan: Plan) {
    let mut linked = links.rows();
    links.extend_to(codes.rows());
    let mut rest = rows;
    while !rest.is_empty() {
        let size = (linked / BATCH_SHARE).clamp(1, BATCH_ROWS).min(rest.len());
        let (batch, after) = rest.split_at(size);
        link_batch(links, codes, kernel, batch, plan);
        linked += size;
        rest = after;
    }
}

fn link_batch(links: &mut Links, codes: &Codes, kernel: Kernel, batch: &[u32], plan: Plan) {
    let walk = Walk {
        links,
        codes,
        kernel,
    };
    let places: Vec<usize> = (0..batch.len()).collect();
    let threads = threads_for(batch.len(), plan);
    let found: Vec<Found> = in_shares(&places, threads, |places| {
        let mut scratch = Scratch::default();
        let find = |place: &usize| neighbours(&walk, batch, *place, plan, &mut scratch);
        places.iter().filter_map(find).collect()
    });
    let mut back = Vec::new();
    for Found { row, levels } in &found {
        links.add(*row, levels.len() - 1);
        for (level, near) in levels.iter().enumerate() {
            let rows: Vec<u32> = near.iter().map(|near| near.row()).collect();
            links.set(*row, level, &rows);
            back.extend(near.iter().map(|near| Back {
                level,
                to: near.row(),
                from: Near::new(near.score(), *row),
            }));
        }
    }
    back.sort_unstable();
    let groups: Vec<&[Back]> = back
        .chunk_by(|left, right| (left.level, left.to) == (right.level, right.to))
        .collect();
    let walk = Walk {
        links,
        codes,
        kernel,
    };
    let threads = threads_for(groups.len(), plan);
    let changed: Vec<(&Back, Vec<u32>)> = in_shares(&groups, threads, |groups| {
        let mut chooser = Chooser::new(walk);
        groups
            .iter()
            .filter_map(|group| Some((group.first()?, chooser.with_links_back(group))))
            .collect()
    });
    for (Back { level, to, .. }, rows) in changed {
        links.set(to.to_owned(), *level, &rows);
    }
}

fn threads_for(items: usize, plan: Plan) -> usize {
    plan.threads.min(items / ROWS_PER_THREAD).max(1)
}

/// Whom the row at `place` of the batch is linked to, in the graph and among those before it.
fn neighbours(
    walk: &Walk<'_>,
    batch: &[u32],
    place: usize,
    plan: Plan,
    scratch: &mut Scratch,
) -> Option<Found> {
    let (before, row) = (batch.get(..place)?, *batch.get(place)?);
    let highest = level_of(row, plan.connections);
    let probe = walk.codes.probe_of(row as usize)?;
    let mut scores = Vec::new();
    walk.codes.scores(walk.kernel, &probe, before, &mut scores);
    let mates: Vec<(usize, Near)> = before
        .iter()
        .zip(scores)
        .map(|(mate, score)| (level_of(*mate, plan.connections), Near::new(score, *mate)))
        .collect();
    let mut levels = vec![Vec::new(); highest + 1];
    let top = walk.links.entry().map_or(0, |(_, top)| top);
    let mut entries: Vec<Near> = walk
        .descend(&probe, highest.min(top), scratch)
        .into_iter()
        .collect();
    let mut chooser = Chooser::new(*walk);
    for level in (0..=highest).rev() {
        let mut candidates = if level > top || entries.is_empty() {
            Vec::new()
        } else {
            entries = walk.nearest(&probe, &entries, plan.breadth, level, scratch);
            entries.clone()
        };
        let mates = mates.iter().filter(|(highest, _)| *highest >= level);
        candidates.extend(mates.map(|(_, near)| *near));
        candidates.sort_unstable_by_key(|near| std::cmp::Reverse(*near));
        candidates.truncate(plan.breadth);
        if let Some(place) = levels.get_mut(level) {
            *place = chooser.choose(&candidates, plan.connections);
        }
    }
    Some(Found { row, levels })
}

/// The highest level of a row, which thins out by the number of links.
///
/// # Source
/// Malkov and Yashunin 2020, section 4: `floor(-ln(u) / ln(M))`, with `u` from the row's number by
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn level_of(row: u32, connections: usize) -> usize {
    let mut mixed = (u64::from(row) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    // In whole numbers, so that no logarithm of a machine's own decides: a level is gained each
    // time that the next digit to the base M is zero.
    let base = connections as u64;
    let mut level = 0;
    while level < MAX_LEVEL && mixed.is_multiple_of(base) {
        mixed /= base;
        level += 1;
    }
    level
}

/// Chooses links that lead in different directions.
struct Chooser<'a> {
    walk: Walk<'a>,
    scores: Vec<f32>,
    kept: Vec<u32>,
}

impl<'a> Chooser<'a> {
    fn new(walk: Walk<'a>) -> Self {
        Self {
            walk,
            scores: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Of `candidates`, best first, those that are nearer to the row than to any that is kept.
    ///
    /// # Source
    /// Malkov and Yashunin 2020, algorithm 4.
    fn choose(&mut self, candidates: &[Near], room: usize) -> Vec<Near> {
        let Walk { codes, kernel, .. } = self.walk;
        let mut chosen: Vec<Near> = Vec::with_capacity(room);
        self.kept.clear();
        for near in candidates {
            if chosen.len() >= room {
                break;
            }
            if !self.kept.is_empty() {
                let Some(probe) = codes.probe_of(near.row() as usize) else {
                    continue;
                };
                codes.scores(kernel, &probe, &self.kept, &mut self.scores);
                if self.scores.iter().any(|score| *score > near.score()) {
                    continue;
                }
            }
            chosen.push(*near);
            self.kept.push(near.row());
        }
        chosen
    }

    /// The links of a row with those of `back`, thinned out where there is no room for all.
    fn with_links_back(&mut self, back: &[Back]) -> Vec<u32> {
        let Some(Back { level, to, .. }) = back.first().copied() else {
            return Vec::new();
        };
        let Walk {
            links,
            codes,
            kernel,
        } = self.walk;
        let present = links.of(to, level);
        let room = links.room(level);
        if present.len() + back.len() <= room {
            let added = back.iter().map(|back| back.from.row());
            return present.iter().copied().chain(added).collect();
        }
        let mut candidates: Vec<Near> = back.iter().map(|back| back.from).collect();
        if let Some(probe) = codes.probe_of(to as usize) {
            codes.scores(kernel, &probe, present, &mut self.scores);
            let present = present.iter().zip(&self.scores);
            candidates.extend(present.map(|(row, score)| Near::new(*score, *row)));
        }
        candidates.sort_unstable_by_key(|near| std::cmp::Reverse(*near));
        let chosen = self.choose(&candidates, room);
        chosen.into_iter().map(Near::row).collect()
    }
}
