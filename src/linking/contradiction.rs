//! Decisions that do not go together, for people to settle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::graph::LinkGraph;
use crate::domain::{LinkState, Sha256, VoiceId};

/// Decisions that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Contradiction {
    /// Two voices were rejected as one speaker, and a chain of confirmed links says that they are.
    RejectedAndConfirmed {
        /// The chain, from one of the rejected voices to the other.
        path: Vec<VoiceId>,
    },
    /// A chain of confirmed links makes one speaker of two who speak in one call, and nobody confirmed
    /// just that.
    TwoInOneCall {
        /// The chain, from one of the voices of the call to the other.
        path: Vec<VoiceId>,
    },
    /// Two voices of one call were confirmed to be one speaker. It stands, and should be looked at:
    /// either the call was cut up wrongly, or the decision is wrong.
    ConfirmedInOneCall {
        /// Both voices, the lesser id first.
        path: Vec<VoiceId>,
    },
}

impl Contradiction {
    /// The voices that it is about, in the order of the chain.
    pub fn path(&self) -> &[VoiceId] {
        match self {
            Self::RejectedAndConfirmed { path }
            | Self::TwoInOneCall { path }
            | Self::ConfirmedInOneCall { path } => path,
        }
    }

    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RejectedAndConfirmed { .. } => "rejected_and_confirmed",
            Self::TwoInOneCall { .. } => "two_in_one_call",
            Self::ConfirmedInOneCall { .. } => "confirmed_in_one_call",
        }
    }

    /// Whether the partition had to set a decision aside.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::RejectedAndConfirmed { .. } | Self::TwoInOneCall { .. } => true,
            Self::ConfirmedInOneCall { .. } => false,
        }
    }
}

/// Every contradiction of a graph, in a fixed order. The partition is defined all the same: see
/// [`partition`](super::partition).
pub fn contradictions(graph: &LinkGraph) -> Vec<Contradiction> {
    let mut found = BTreeSet::new();
    for component in confirmed_components(graph) {
        let mut calls: BTreeMap<Sha256, Vec<u32>> = BTreeMap::new();
        for &slot in &component {
            let call = graph.voices[slot as usize].call;
            calls.entry(call).or_default().push(slot);
        }
        let members: BTreeSet<u32> = component.iter().copied().collect();
        for &slot in &component {
            for edge in &graph.neighbours[slot as usize] {
                let ordered = graph.id(slot) < graph.id(edge.to);
                let inside = members.contains(&edge.to);
                if edge.state == LinkState::Rejected && ordered && inside {
                    let path = chain(graph, slot, edge.to);
                    found.insert(Contradiction::RejectedAndConfirmed { path });
                }
            }
        }
        for speakers in calls.values() {
            for (place, &left) in speakers.iter().enumerate() {
                for &right in speakers.iter().skip(place + 1) {
                    found.extend(in_one_call(graph, left, right));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// What is wrong with two voices of one call that confirmed links join; nothing where they are the
/// same place of the same bytes, or where the rejected pair is told already.
fn in_one_call(graph: &LinkGraph, left: u32, right: u32) -> Option<Contradiction> {
    if !graph.voices[left as usize].speaks_beside(&graph.voices[right as usize]) {
        return None;
    }
    match graph.edge(left, right).map(|edge| edge.state) {
        Some(LinkState::Confirmed) => {
            let mut path = vec![graph.id(left), graph.id(right)];
            path.sort_unstable();
            Some(Contradiction::ConfirmedInOneCall { path })
        }
        Some(LinkState::Rejected) => None,
        Some(LinkState::Proposed) | None => {
            let (from, to) = if graph.id(left) < graph.id(right) {
                (left, right)
            } else {
                (right, left)
            };
            let path = chain(graph, from, to);
            Some(Contradiction::TwoInOneCall { path })
        }
    }
}

/// Voices joined by confirmed links, two or more, by ascending id.
fn confirmed_components(graph: &LinkGraph) -> Vec<Vec<u32>> {
    let mut seen = BTreeSet::new();
    let mut components = Vec::new();
    for slot in graph.slots_by_id() {
        if !seen.insert(slot) {
            continue;
        }
        let mut component = vec![slot];
        let mut at = 0;
        while let Some(&next) = component.get(at) {
            for to in confirmed(graph, next) {
                if seen.insert(to) {
                    component.push(to);
                }
            }
            at += 1;
        }
        if component.len() > 1 {
            component.sort_unstable_by_key(|slot| graph.id(*slot));
            components.push(component);
        }
    }
    components
}

/// Neighbours by confirmed links, by ascending id.
fn confirmed(graph: &LinkGraph, slot: u32) -> Vec<u32> {
    let edges = graph.neighbours[slot as usize].iter();
    let confirmed = edges.filter(|edge| edge.state == LinkState::Confirmed);
    let mut neighbours: Vec<u32> = confirmed.map(|edge| edge.to).collect();
    neighbours.sort_unstable_by_key(|slot| graph.id(*slot));
    neighbours
}

/// The shortest chain of confirmed links; of equal ones that of the lesser ids. Both ends where there
/// is none.
fn chain(graph: &LinkGraph, from: u32, to: u32) -> Vec<VoiceId> {
    let mut came_from: BTreeMap<u32, u32> = BTreeMap::from([(from, from)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(slot) = waiting.pop_front() {
        if slot == to {
            break;
        }
        for next in confirmed(graph, slot) {
            came_from.entry(next).or_insert_with(|| {
                waiting.push_back(next);
                slot
            });
        }
    }
    let mut path = vec![graph.id(to)];
    let mut at = to;
    while let Some(&before) = came_from.get(&at).filter(|before| **before != at) {
        path.push(graph.id(before));
        at = before;
    }
    if at != from {
        path.push(graph.id(from));
    }
    path.reverse();
    path
}
