//! Constrained complete linkage: which voices are held to be one speaker.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use super::graph::{LinkGraph, LinkedVoice};
use crate::domain::{LinkState, Llr, Sha256, VoiceId};

/// Ratios of pairs that no link holds.
pub trait PairRatios {
    /// The LLR of two voices, the same whichever is left; none where they cannot be scored, which
    /// counts as no support.
    fn llr(&self, left: &LinkedVoice, right: &LinkedVoice) -> Option<Llr>;
}

/// Links alone: a pair without a link does not support one speaker.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnlyTies;

impl PairRatios for OnlyTies {
    fn llr(&self, _left: &LinkedVoice, _right: &LinkedVoice) -> Option<Llr> {
        None
    }
}

/// Voices held to be one speaker.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its parts, ascending by their first voice. Voices of one core are joined by confirmed links,
    /// cores among themselves by ratios. Voices of a core ascend by id.
    pub cores: Vec<Vec<VoiceId>>,
    /// The least LLR between voices of any two cores; none for a single core.
    pub worst_llr: Option<Llr>,
}

impl Identity {
    /// Its voices, ascending by id.
    pub fn voices(&self) -> Vec<VoiceId> {
        let mut voices: Vec<VoiceId> = self.cores.iter().flatten().copied().collect();
        voices.sort_unstable();
        voices
    }

    /// The least id of its voices.
    pub fn first(&self) -> Option<VoiceId> {
        self.cores.first()?.first().copied()
    }
}

/// When voices are put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linkage {
    /// The LLR that the worst pair between two groups must have for them to merge.
    pub worst_llr: Llr,
}

/// Which voices are one speaker, by the first voice of each.
///
/// First what people confirmed contracts, the largest LLR first, unless this would put two voices
/// together that must be two: those that a person rejected, and those of one call whom nobody
/// confirmed. What could not contract is a contradiction, which
/// [`contradictions`](super::contradictions) names.
///
/// Then, of all pairs of groups that some link ties, the pair whose worst LLR is largest merges, as
/// long as that LLR is `worst_llr` or more; a pair that cannot be scored, or must be two speakers,
/// keeps its groups apart.
///
/// # Source
/// Complete linkage: Sørensen, "A method of establishing groups of equal amplitude in plant
/// sociology", 1948. Constraints: Davidson and Ravi, "Agglomerative hierarchical clustering with
/// constraints", PKDD 2005.
pub fn partition(graph: &LinkGraph, linkage: Linkage, ratios: &dyn PairRatios) -> Vec<Identity> {
    let mut run = Run::new(graph, linkage, ratios);
    run.contract();
    let cores = run.members.clone();
    run.merge();
    run.identities(&cores)
}

/// Groups kept apart for good.
const APART: f64 = f64::NEG_INFINITY;

/// A pair of groups that may merge. The larger is the better.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    worst: f64,
    /// Least voice of each group, the lesser first: no two pairs of groups share them.
    key: (VoiceId, VoiceId),
    groups: [u32; 2],
    versions: [u32; 2],
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_ratio = self.worst.total_cmp(&other.worst);
        by_ratio.then_with(|| other.key.cmp(&self.key))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

struct Run<'a> {
    graph: &'a LinkGraph,
    linkage: Linkage,
    ratios: &'a dyn PairRatios,
    /// Voices of each group, by the slot that the group is named by; empty for a group that is no more.
    members: Vec<Vec<u32>>,
    group_of: Vec<u32>,
    least: Vec<VoiceId>,
    versions: Vec<u32>,
    /// Worst LLR to each group that a link leads to.
    adjacent: Vec<HashMap<u32, f64>>,
    worst: Vec<Option<f64>>,
    heap: BinaryHeap<Candidate>,
}

impl<'a> Run<'a> {
    fn new(graph: &'a LinkGraph, linkage: Linkage, ratios: &'a dyn PairRatios) -> Self {
        let slots = graph.voices.len();
        let mut members = vec![Vec::new(); slots];
        for slot in graph.slots_by_id() {
            members[slot as usize] = vec![slot];
        }
        Self {
            graph,
            linkage,
            ratios,
            members,
            group_of: (0..slots as u32).collect(),
            least: graph.voices.iter().map(|voice| voice.id).collect(),
            versions: vec![0; slots],
            adjacent: vec![HashMap::new(); slots],
            worst: vec![None; slots],
            heap: BinaryHeap::new(),
        }
    }

    /// Puts together what people confirmed.
    fn contract(&mut self) {
        let mut confirmed = Vec::new();
        for slot in self.graph.slots_by_id() {
            for edge in &self.graph.neighbours[slot as usize] {
                let (id, other) = (self.graph.id(slot), self.graph.id(edge.to));
                if edge.state == LinkState::Confirmed && id < other {
                    confirmed.push((edge.llr, (id, other), slot, edge.to));
                }
            }
        }
        confirmed.sort_by(|left, right| {
            let by_ratio = right.0.total_cmp(&left.0);
            by_ratio.then_with(|| left.1.cmp(&right.1))
        });
        let mut calls: HashMap<u32, HashMap<Sha256, Vec<u32>>> = HashMap::new();
        for (_, _, left, right) in confirmed {
            let groups = [left, right].map(|slot| self.group_of[slot as usize]);
            let [left, right] = groups;
            if left == right || self.must_be_two(left, right, &mut calls) {
                continue;
            }
            let (into, from) = self.by_size(left, right);
            let moved = calls.remove(&from).unwrap_or_default();
            let kept = calls.entry(into).or_default();
            for (call, slots) in moved {
                kept.entry(call).or_default().extend(slots);
            }
            self.join(into, from);
        }
    }

    /// Whether some pair between two groups must be two speakers, found by way of the smaller.
    fn must_be_two(
        &self,
        left: u32,
        right: u32,
        calls: &mut HashMap<u32, HashMap<Sha256, Vec<u32>>>,
    ) -> bool {
        for group in [left, right] {
            calls.entry(group).or_insert_with(|| {
                let mut by_call: HashMap<Sha256, Vec<u32>> = HashMap::new();
                for &slot in &self.members[group as usize] {
                    let call = self.graph.voices[slot as usize].call;
                    by_call.entry(call).or_default().push(slot);
                }
                by_call
            });
        }
        let (large, small) = self.by_size(left, right);
        let of_large = calls.get(&large);
        self.members[small as usize].iter().any(|&slot| {
            let rejected = self.graph.neighbours[slot as usize].iter().any(|edge| {
                edge.state == LinkState::Rejected && self.group_of[edge.to as usize] == large
            });
            let call = self.graph.voices[slot as usize].call;
            let beside = of_large.and_then(|of_large| of_large.get(&call));
            let forbids = |other: &u32| self.graph.forbids(slot, *other);
            rejected || beside.is_some_and(|beside| beside.iter().any(forbids))
        })
    }

    /// Merges groups, best first.
    fn merge(&mut self) {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for slot in self.graph.slots_by_id() {
            let group = self.group_of[slot as usize];
            for edge in &self.graph.neighbours[slot as usize] {
                let other = self.group_of[edge.to as usize];
                if edge.state != LinkState::Rejected && group < other {
                    pairs.push((group, other));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        for (left, right) in pairs {
            let worst = self.worst_between(left, right);
            self.note(left, right, worst);
        }
        while let Some(best) = self.heap.pop() {
            let [left, right] = best.groups;
            let now = [left, right].map(|group| self.versions[group as usize]);
            if now == best.versions {
                self.unite(left, right, best.worst);
            }
        }
    }

    /// Makes one group of two, and works out how it stands to the groups around.
    fn unite(&mut self, left: u32, right: u32, worst: f64) {
        let (into, from) = self.by_size(left, right);
        let mut of_into = std::mem::take(&mut self.adjacent[into as usize]);
        let mut of_from = std::mem::take(&mut self.adjacent[from as usize]);
        of_into.remove(&from);
        of_from.remove(&into);
        let mut around: Vec<u32> = of_into.keys().chain(of_from.keys()).copied().collect();
        around.sort_unstable();
        around.dedup();
        let mut standing = Vec::with_capacity(around.len());
        for group in around {
            let one = of_into.get(&group).copied();
            let other = of_from.get(&group).copied();
            let one = one.unwrap_or_else(|| self.worst_unless_apart(into, group, other));
            let other = other.unwrap_or_else(|| self.worst_unless_apart(from, group, Some(one)));
            standing.push((group, one.min(other)));
        }
        let least = [left, right].map(|group| self.worst[group as usize]);
        let least = least.into_iter().flatten().fold(worst, f64::min);
        self.join(into, from);
        self.worst[into as usize] = Some(least);
        for (group, worst) in standing {
            self.adjacent[group as usize].remove(&from);
            self.note(into, group, worst);
        }
    }

    /// The worst pair of two groups, not looked for where the groups are apart already.
    fn worst_unless_apart(&self, left: u32, right: u32, known: Option<f64>) -> f64 {
        if known == Some(APART) {
            APART
        } else {
            self.worst_between(left, right)
        }
    }

    /// The least LLR between two groups; apart as soon as one pair does not support one speaker.
    fn worst_between(&self, left: u32, right: u32) -> f64 {
        let mut worst = f64::INFINITY;
        for &one in &self.members[left as usize] {
            for &other in &self.members[right as usize] {
                let llr = self.ratio(one, other);
                if llr.is_none_or(|llr| llr < self.linkage.worst_llr.0) {
                    return APART;
                }
                worst = llr.map_or(worst, |llr| llr.min(worst));
            }
        }
        worst
    }

    /// LLR of two voices; none where they must be two speakers, or cannot be scored.
    fn ratio(&self, left: u32, right: u32) -> Option<f64> {
        if self.graph.forbids(left, right) {
            return None;
        }
        if let Some(edge) = self.graph.edge(left, right) {
            return Some(edge.llr);
        }
        // The lesser id first, so that rounding cannot depend on who came first.
        let voices = [left, right].map(|slot| &self.graph.voices[slot as usize]);
        let [one, other] = if voices[0].id < voices[1].id {
            voices
        } else {
            [voices[1], voices[0]]
        };
        let llr = self.ratios.llr(one, other)?.0;
        llr.is_finite().then_some(llr)
    }

    fn note(&mut self, left: u32, right: u32, worst: f64) {
        self.adjacent[left as usize].insert(right, worst);
        self.adjacent[right as usize].insert(left, worst);
        if worst == APART {
            return;
        }
        let (one, other) = (self.least[left as usize], self.least[right as usize]);
        self.heap.push(Candidate {
            worst,
            key: (one.min(other), one.max(other)),
            groups: [left, right],
            versions: [left, right].map(|group| self.versions[group as usize]),
        });
    }

    fn by_size(&self, left: u32, right: u32) -> (u32, u32) {
        let size = |group: u32| self.members[group as usize].len();
        if size(left) >= size(right) {
            (left, right)
        } else {
            (right, left)
        }
    }

    fn join(&mut self, into: u32, from: u32) {
        let moved = std::mem::take(&mut self.members[from as usize]);
        for &slot in &moved {
            self.group_of[slot as usize] = into;
        }
        self.members[into as usize].extend(moved);
        let least = self.least[into as usize].min(self.least[from as usize]);
        self.least[into as usize] = least;
        self.versions[into as usize] += 1;
        self.versions[from as usize] += 1;
    }

    fn identities(&self, cores: &[Vec<u32>]) -> Vec<Identity> {
        let mut by_group: HashMap<u32, Vec<Vec<VoiceId>>> = HashMap::new();
        for core in cores {
            let Some(first) = core.first() else { continue };
            let mut ids: Vec<VoiceId> = core.iter().map(|slot| self.graph.id(*slot)).collect();
            ids.sort_unstable();
            let group = self.group_of[*first as usize];
            by_group.entry(group).or_default().push(ids);
        }
        let mut identities: Vec<Identity> = by_group
            .into_iter()
            .map(|(group, mut cores)| {
                cores.sort_unstable();
                Identity {
                    cores,
                    worst_llr: self.worst[group as usize].map(Llr),
                }
            })
            .collect();
        identities.sort_by_key(Identity::first);
        identities
    }
}

#[cfg(test)]
pub(crate) mod tests;
