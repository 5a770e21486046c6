//! Who is held to be one speaker, in the graph of a case: confirmed links, and identity groups.

use std::collections::{BTreeMap, BTreeSet};

use super::case_graph::{Builder, GraphCut, GraphEdge, case_node, voice_label, voice_node};
use super::{ServiceError, Services};
use crate::domain::{CaseId, Group, LinkEdge, LinkState, VoiceId};
use crate::graph::{EdgeKind, Node, NodeKind};
use crate::store::Reader;

/// Most confirmed links that a graph shows, those of the largest ratios.
const MAX_LINKS: usize = 120;
/// Most other cases that are drawn for one group.
const MAX_CASES_OF_GROUP: usize = 60;

impl Services {
    /// Draws what ties the voices of a graph to other voices: each confirmed link as an edge to the
    /// other voice and its case, and each group as a node beside its voices and its other cases.
    ///
    /// The two are told apart, since a group may stand on ratios alone.
    pub(super) async fn draw_speakers(
        &self,
        reader: &mut dyn Reader,
        graph: &mut Builder,
        cut: &mut GraphCut,
    ) -> Result<(), ServiceError> {
        let voices: Vec<VoiceId> = graph
            .nodes
            .keys()
            .filter(|node| node.kind == NodeKind::Voice)
            .map(|node| VoiceId(node.id))
            .collect();
        let mut confirmed = confirmed_links(reader, &voices).await?;
        cut.links_total = confirmed.len() as u64;
        confirmed.truncate(MAX_LINKS);
        for link in confirmed {
            cut.links_shown += u64::from(self.draw_link(reader, graph, &link).await?);
        }
        for group in reader.groups_of_voices(&voices).await? {
            self.draw_group(reader, graph, &group, &voices).await?;
        }
        Ok(())
    }

    /// Draws a confirmed link, and the voice at its far end; not where that voice is gone.
    async fn draw_link(
        &self,
        reader: &mut dyn Reader,
        graph: &mut Builder,
        link: &LinkEdge,
    ) -> Result<bool, ServiceError> {
        let ends = [link.left, link.right];
        for id in ends {
            let node = node_of(id);
            if graph.nodes.contains_key(&node) {
                continue;
            }
            let Some(voice) = reader.voice(id, self.clock.now()).await? else {
                return Ok(false);
            };
            let Some(recording) = reader.recording(voice.recording_id).await? else {
                return Ok(false);
            };
            graph.add(
                voice_node(&voice),
                &voice_label(&recording, &voice),
                None,
                0,
            );
            if let Some(case_id) = recording.case_id {
                draw_case(reader, graph, node, case_id).await?;
            }
        }
        let [from, to] = ends.map(node_of);
        graph.edges.push(GraphEdge {
            from,
            to,
            kind: EdgeKind::Confirmed,
            tie: None,
            link_id: Some(link.id),
        });
        Ok(true)
    }

    async fn draw_group(
        &self,
        reader: &mut dyn Reader,
        graph: &mut Builder,
        group: &Group,
        own: &[VoiceId],
    ) -> Result<(), ServiceError> {
        let node = Node {
            kind: NodeKind::Group,
            id: group.id.0,
        };
        let label = self.group_label(reader, group).await?;
        graph.add(node, &label, None, 0);
        let members: Vec<VoiceId> = group.members.iter().map(|member| member.voice_id).collect();
        for voice in &members {
            if graph.nodes.contains_key(&node_of(*voice)) {
                graph.edge(node_of(*voice), node, EdgeKind::Grouped);
            }
        }
        let elsewhere = members.iter().copied().filter(|voice| !own.contains(voice));
        let elsewhere: Vec<VoiceId> = elsewhere.collect();
        let places = reader.voice_placements(&elsewhere).await?;
        let cases: BTreeSet<CaseId> = places.iter().filter_map(|place| place.case_id).collect();
        for case_id in cases.into_iter().take(MAX_CASES_OF_GROUP) {
            draw_case(reader, graph, node, case_id).await?;
        }
        Ok(())
    }

    /// How people name a group: its first voice, and how many there are beside it.
    pub(super) async fn group_label(
        &self,
        reader: &mut dyn Reader,
        group: &Group,
    ) -> Result<String, ServiceError> {
        let others = group.members.len().saturating_sub(1);
        let first = group.members.first().map(|member| member.voice_id);
        let Some(id) = first else {
            return Ok(group.id.to_string());
        };
        let Some(voice) = reader.voice(id, self.clock.now()).await? else {
            return Ok(group.id.to_string());
        };
        let recording = reader.recording(voice.recording_id).await?;
        Ok(recording.map_or_else(
            || group.id.to_string(),
            |recording| format!("{} +{others}", voice_label(&recording, &voice)),
        ))
    }
}

/// Confirmed links of some voices, the largest ratio first.
pub(super) async fn confirmed_links(
    reader: &mut dyn Reader,
    voices: &[VoiceId],
) -> Result<Vec<LinkEdge>, ServiceError> {
    let mut links = reader.link_edges(voices).await?;
    links.retain(|link| link.state == LinkState::Confirmed);
    links.sort_by(|left, right| {
        let by_ratio = right.llr.0.total_cmp(&left.llr.0);
        by_ratio.then(left.id.cmp(&right.id))
    });
    Ok(links)
}

/// Cases in which each voice of some groups is heard.
pub(super) async fn cases_of_groups(
    reader: &mut dyn Reader,
    groups: &[Group],
) -> Result<BTreeMap<VoiceId, CaseId>, ServiceError> {
    let members = groups.iter().flat_map(|group| &group.members);
    let voices: Vec<VoiceId> = members.map(|member| member.voice_id).collect();
    let places = reader.voice_placements(&voices).await?;
    let cases = places.into_iter();
    Ok(cases
        .filter_map(|place| Some((place.voice_id, place.case_id?)))
        .collect())
}

async fn draw_case(
    reader: &mut dyn Reader,
    graph: &mut Builder,
    from: Node,
    case_id: CaseId,
) -> Result<(), ServiceError> {
    let node = case_node(case_id);
    if !graph.nodes.contains_key(&node) {
        let Some(case) = reader.case(case_id).await? else {
            return Ok(());
        };
        graph.add(node, &case.case_no, None, 0);
    }
    graph.edge(from, node, EdgeKind::HeardIn);
    Ok(())
}

const fn node_of(voice: VoiceId) -> Node {
    Node {
        kind: NodeKind::Voice,
        id: voice.0,
    }
}
