//! The partition of a whole graph, kept in step with what changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::graph::{GraphError, LinkGraph, LinkedVoice, Tie};
use super::linkage::{Identity, Linkage, PairRatios, partition};
use super::region::{Settled, settle};
use crate::domain::VoiceId;

/// What a change did to the groups that it touched.
#[derive(Debug, Clone, PartialEq)]
pub struct Touched {
    /// Groups as they were.
    pub before: Vec<Identity>,
    /// Groups as they are.
    pub after: Vec<Identity>,
}

/// Groups of a graph, by their first voice, kept in memory.
#[derive(Debug, Clone)]
pub struct Identities {
    graph: LinkGraph,
    linkage: Linkage,
    groups: BTreeMap<VoiceId, Identity>,
    group_of: HashMap<VoiceId, VoiceId>,
}

impl Identities {
    /// Groups of a graph by a full run.
    pub fn new(graph: LinkGraph, linkage: Linkage, ratios: &dyn PairRatios) -> Self {
        let mut identities = Self {
            linkage,
            groups: BTreeMap::new(),
            group_of: HashMap::new(),
            graph,
        };
        for identity in partition(&identities.graph, linkage, ratios) {
            identities.put(identity);
        }
        identities
    }

    /// The graph.
    pub fn graph(&self) -> &LinkGraph {
        &self.graph
    }

    /// Every group by its first voice, single voices too.
    pub fn partition(&self) -> Vec<Identity> {
        self.groups.values().cloned().collect()
    }

    /// Adds a link, or gives the link of a pair another ratio or state.
    ///
    /// # Errors
    /// As [`LinkGraph::tie`]; nothing is changed then.
    pub fn tie(&mut self, tie: Tie, ratios: &dyn PairRatios) -> Result<Touched, GraphError> {
        self.graph.tie(tie)?;
        Ok(self.work_out([tie.left, tie.right], ratios))
    }

    /// Adds a voice with its links.
    ///
    /// # Errors
    /// The voice is there already, or a link is none; nothing is changed then.
    pub fn insert(
        &mut self,
        voice: LinkedVoice,
        ties: &[Tie],
        ratios: &dyn PairRatios,
    ) -> Result<Touched, GraphError> {
        self.graph.insert(voice)?;
        for tie in ties {
            if let Err(error) = self.graph.tie(*tie) {
                self.graph.remove(voice.id);
                return Err(error);
            }
        }
        Ok(self.work_out([voice.id], ratios))
    }

    /// Takes a voice out with its links.
    pub fn remove(&mut self, id: VoiceId, ratios: &dyn PairRatios) -> Touched {
        self.graph.remove(id);
        self.work_out([id], ratios)
    }

    fn work_out(
        &mut self,
        changed: impl IntoIterator<Item = VoiceId>,
        ratios: &dyn PairRatios,
    ) -> Touched {
        // Groups of the region by their first voices, and voices that have no group yet.
        let mut region: BTreeSet<VoiceId> = BTreeSet::new();
        let mut new: Vec<VoiceId> = Vec::new();
        for id in changed {
            match self.group_of.get(&id) {
                Some(group) => {
                    region.insert(*group);
                }
                None => new.push(id),
            }
        }
        loop {
            let groups = region.iter().filter_map(|first| self.groups.get(first));
            let mut inside: BTreeSet<VoiceId> = groups.flat_map(Identity::voices).collect();
            inside.extend(new.iter().copied());
            let around = self.around(&inside);
            let outside = around.iter().flatten().copied();
            let part = self.graph.part(inside.iter().copied().chain(outside));
            match settle(&part, &around, self.linkage, ratios) {
                Settled::Stands(after) => return self.replace(&region, after),
                Settled::Grows(places) => {
                    let grown = places.into_iter().filter_map(|place| around.get(place));
                    let firsts: Vec<VoiceId> =
                        grown.filter_map(|group| group.first().copied()).collect();
                    region.extend(firsts);
                }
            }
        }
    }

    /// Groups outside that a link leads to which nobody rejected.
    fn around(&self, inside: &BTreeSet<VoiceId>) -> Vec<Vec<VoiceId>> {
        let tied = inside.iter().flat_map(|id| self.graph.tied_to(*id));
        let firsts: BTreeSet<VoiceId> = tied
            .filter(|id| !inside.contains(id))
            .filter_map(|id| self.group_of.get(&id).copied())
            .collect();
        let groups = firsts.iter().filter_map(|first| self.groups.get(first));
        groups.map(Identity::voices).collect()
    }

    fn replace(&mut self, region: &BTreeSet<VoiceId>, after: Vec<Identity>) -> Touched {
        let mut before = Vec::new();
        for first in region {
            if let Some(group) = self.groups.remove(first) {
                for voice in group.voices() {
                    self.group_of.remove(&voice);
                }
                before.push(group);
            }
        }
        for identity in &after {
            self.put(identity.clone());
        }
        Touched { before, after }
    }

    fn put(&mut self, identity: Identity) {
        let Some(first) = identity.first() else {
            return;
        };
        for voice in identity.voices() {
            self.group_of.insert(voice, first);
        }
        self.groups.insert(first, identity);
    }
}

#[cfg(test)]
mod tests;
