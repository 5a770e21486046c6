//! Only what a change touches is worked out anew.

use std::collections::HashMap;

use super::graph::LinkGraph;
use super::linkage::{Identity, Linkage, PairRatios, partition};
use crate::domain::VoiceId;

/// What came of working out a region.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// The groups of the region; everything around it stays as it is.
    Stands(Vec<Identity>),
    /// The region has to take in these of the groups around it, by their places.
    Grows(Vec<usize>),
}

/// Works out the groups of a region.
///
/// `graph` holds the voices of the region after the change, those of `around`, and the links among
/// them. `around` are all groups outside that a link leads to which nobody rejected, as a full run
/// left them, untouched by the change. The region is made of whole groups and of voices that the
/// change added.
///
/// The answer is exact. In a full run, the merges within any union of its final groups are those of a
/// run on that union alone, in the same order, since each was the best of all pairs and so the best
/// of fewer. So the run on region and surroundings, as long as it mixes the two in no group, merges
/// the surroundings just as before; interleaved by ratio with the merges of everything farther away,
/// which no link ties to the region, it is the full run.
pub fn settle(
    graph: &LinkGraph,
    around: &[Vec<VoiceId>],
    linkage: Linkage,
    ratios: &dyn PairRatios,
) -> Settled {
    let mut outside: HashMap<VoiceId, usize> = HashMap::new();
    for (place, group) in around.iter().enumerate() {
        outside.extend(group.iter().map(|voice| (*voice, place)));
    }
    let mut stands = Vec::new();
    let mut mixed = Vec::new();
    for identity in partition(graph, linkage, ratios) {
        let voices = identity.cores.iter().flatten();
        let places: Vec<Option<usize>> = voices.map(|id| outside.get(id).copied()).collect();
        let taken = places.iter().flatten();
        if places.iter().all(Option::is_none) {
            stands.push(identity);
        } else if places.iter().any(Option::is_none) {
            mixed.extend(taken);
        }
    }
    if mixed.is_empty() {
        return Settled::Stands(stands);
    }
    mixed.sort_unstable();
    mixed.dedup();
    Settled::Grows(mixed)
}
