//! What a change of links touches, read in the unit of work of the change and worked out anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Group, LinkEdge, LinkState, VoiceId, VoicePlacement};
use crate::linking::{GraphError, Identity, LinkGraph, LinkedVoice, Settled, settle};
use crate::services::{ServiceError, Services, off_executor};
use crate::store::Reader;

use super::ratios::Ratios;

/// A region that was worked out.
pub(super) struct Region {
    /// Groups of it as they are stored.
    pub(super) stored: Vec<Group>,
    /// Groups of it as they are to be, single voices too.
    pub(super) identities: Vec<Identity>,
    /// Voices of it and of what lies around, with their links.
    pub(super) graph: LinkGraph,
    /// Where its voices speak, by voice.
    pub(super) placements: BTreeMap<VoiceId, VoicePlacement>,
}

/// Voices of a region and the groups around it.
struct Extent {
    inside: BTreeSet<VoiceId>,
    stored: Vec<Group>,
    around: Vec<Vec<VoiceId>>,
}

impl Services {
    /// Works out the groups that a change of the links of some voices touches.
    pub(super) async fn region(
        &self,
        reader: &mut dyn Reader,
        touched: &[VoiceId],
    ) -> Result<Region, ServiceError> {
        let calibration = self.calibration().await?;
        let mut inside: BTreeSet<VoiceId> = touched.iter().copied().collect();
        loop {
            let extent = extent(reader, inside).await?;
            let outside = extent.around.iter().flatten();
            let all: Vec<VoiceId> = extent.inside.iter().chain(outside).copied().collect();
            let placements: BTreeMap<VoiceId, VoicePlacement> = reader
                .voice_placements(&all)
                .await?
                .into_iter()
                .map(|placement| (placement.voice_id, placement))
                .collect();
            let edges = reader.link_edges(&all).await?;
            let scored = reader.scored_voices(&all, self.analyser.model_id()).await?;
            let analyser = std::sync::Arc::clone(&self.analyser);
            let calibration = std::sync::Arc::clone(&calibration);
            let linkage = self.linkage();
            let voices: Vec<LinkedVoice> = placements.values().map(linked).collect();
            let Extent {
                inside: now_inside,
                stored,
                around,
            } = extent;
            let (settled, graph, around) = off_executor(move || {
                let ratios = Ratios::new(analyser, calibration, scored);
                let graph = graph_of(voices, &edges, &ratios)?;
                let settled = settle(&graph, &around, linkage, &ratios);
                Ok::<_, GraphError>((settled, graph, around))
            })
            .await?
            .map_err(|error| broken(&error))?;
            match settled {
                Settled::Stands(identities) => {
                    return Ok(Region {
                        stored,
                        identities,
                        graph,
                        placements,
                    });
                }
                Settled::Grows(places) => {
                    let grown = places.into_iter().filter_map(|place| around.get(place));
                    inside = now_inside;
                    inside.extend(grown.flatten().copied());
                }
            }
        }
    }
}

/// Whole groups of the voices, whatever confirmed links lead to, and the groups around.
async fn extent(
    reader: &mut dyn Reader,
    mut inside: BTreeSet<VoiceId>,
) -> Result<Extent, ServiceError> {
    loop {
        let voices: Vec<VoiceId> = inside.iter().copied().collect();
        let stored = reader.groups_of_voices(&voices).await?;
        let members = stored.iter().flat_map(|group| &group.members);
        let mut all: BTreeSet<VoiceId> = members.map(|member| member.voice_id).collect();
        all.extend(&inside);
        let voices: Vec<VoiceId> = all.iter().copied().collect();
        let edges = reader.link_edges(&voices).await?;
        // Contradictions are told along chains of confirmed links, which may leave the group.
        let confirmed = edges
            .iter()
            .filter(|edge| edge.state == LinkState::Confirmed);
        all.extend(confirmed.flat_map(|edge| [edge.left, edge.right]));
        if all != inside {
            inside = all;
            continue;
        }
        let around = around(reader, &inside, &edges).await?;
        return Ok(Extent {
            inside,
            stored,
            around,
        });
    }
}

/// Groups outside that a link leads to which nobody rejected; single voices too.
async fn around(
    reader: &mut dyn Reader,
    inside: &BTreeSet<VoiceId>,
    edges: &[LinkEdge],
) -> Result<Vec<Vec<VoiceId>>, ServiceError> {
    let open = edges
        .iter()
        .filter(|edge| edge.state != LinkState::Rejected);
    let ends = open.flat_map(|edge| [edge.left, edge.right]);
    let mut single: BTreeSet<VoiceId> = ends.filter(|voice| !inside.contains(voice)).collect();
    let voices: Vec<VoiceId> = single.iter().copied().collect();
    let mut around = Vec::new();
    for group in reader.groups_of_voices(&voices).await? {
        let voices: Vec<VoiceId> = group.members.iter().map(|member| member.voice_id).collect();
        voices.iter().for_each(|voice| {
            single.remove(voice);
        });
        around.push(voices);
    }
    around.extend(single.into_iter().map(|voice| vec![voice]));
    Ok(around)
}

/// A voice as a node of the graph.
pub(super) fn linked(placement: &VoicePlacement) -> LinkedVoice {
    LinkedVoice {
        id: placement.voice_id,
        call: placement.sha256,
        place: placement.place,
    }
}

/// A graph of voices and of those links that have both ends in it.
pub(super) fn graph_of(
    voices: Vec<LinkedVoice>,
    edges: &[LinkEdge],
    ratios: &Ratios,
) -> Result<LinkGraph, GraphError> {
    let mut graph = LinkGraph::new(voices, [])?;
    for edge in edges {
        if graph.contains(edge.left) && graph.contains(edge.right) {
            graph.tie(ratios.tie(edge))?;
        }
    }
    Ok(graph)
}

/// Stored links make no graph: the database was changed from outside.
pub(super) fn broken(error: &GraphError) -> ServiceError {
    ServiceError::Interrupted {
        detail: format!("stored links make no graph: {error}"),
    }
}
