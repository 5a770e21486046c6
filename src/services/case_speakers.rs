//! Who is held to be one speaker, in the graph of a case: confirmed links, and identity groups.

use std::collections::{BTreeMap, BTreeSet};

use super::case_graph::{Builder, GraphCut, GraphEdge, case_node, voice_label, voice_node};
use super::{ServiceError, Services};
use crate::domain::{CaseId, Group, LinkEdge, LinkState, VoiceId, VoicePlacement};
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
        let (shown, links_total) = shown_of(confirmed_links(reader, &voices).await?);
        cut.links_total = links_total;
        for link in shown {
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
        for case_id in drawn_cases(&places) {
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
    Ok(confirmed_of(reader.link_edges(voices).await?))
}

/// The confirmed ones of some links, the largest ratio first.
fn confirmed_of(mut links: Vec<LinkEdge>) -> Vec<LinkEdge> {
    links.retain(|link| link.state == LinkState::Confirmed);
    links.sort_by(|left, right| {
        let by_ratio = right.llr.0.total_cmp(&left.llr.0);
        by_ratio.then(left.id.cmp(&right.id))
    });
    links
}

/// The first of some links, which a graph shows, and how many links there are.
fn shown_of(mut links: Vec<LinkEdge>) -> (Vec<LinkEdge>, u64) {
    let total = links.len() as u64;
    links.truncate(MAX_LINKS);
    (links, total)
}

/// Cases of some places, each once, that are drawn for a group: the ones of the smallest ids, which
/// were opened first.
fn drawn_cases(places: &[VoicePlacement]) -> Vec<CaseId> {
    let cases: BTreeSet<CaseId> = places.iter().filter_map(|place| place.case_id).collect();
    cases.into_iter().take(MAX_CASES_OF_GROUP).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{LinkId, Llr, RecordingId, Sha256};
    use uuid::Uuid;

    /// A link whose ratio is its number.
    fn link(number: u32, state: LinkState) -> LinkEdge {
        let id = Uuid::from_u128(u128::from(number));
        LinkEdge {
            id: LinkId(id),
            left: VoiceId(id),
            right: VoiceId(id),
            llr: Llr(f64::from(number)),
            calibration: "telephone".to_owned(),
            is_current: true,
            state,
        }
    }

    #[test]
    fn a_graph_shows_the_confirmed_links_of_the_largest_ratios_and_counts_all() {
        let mut links: Vec<LinkEdge> = (0..125)
            .map(|number| link(number, LinkState::Confirmed))
            .collect();
        links.push(link(200, LinkState::Proposed));
        links.push(link(300, LinkState::Rejected));
        let (shown, total) = shown_of(confirmed_of(links));
        let ratios: Vec<f64> = shown.iter().map(|link| link.llr.0).collect();
        let largest: Vec<f64> = (5..125_u32).rev().map(f64::from).collect();
        assert_eq!(largest.len(), 120);
        assert_eq!(ratios, largest);
        assert_eq!(total, 125);
    }

    #[test]
    fn a_group_is_drawn_with_so_many_other_cases() {
        // Two voices in each of 65 cases, and one in none.
        let places = (0..131_u128).rev().map(|number| VoicePlacement {
            voice_id: VoiceId(Uuid::from_u128(number)),
            recording_id: RecordingId(Uuid::from_u128(number)),
            sha256: Sha256::of(&number.to_be_bytes()),
            case_id: (number < 130).then_some(CaseId(Uuid::from_u128(number / 2))),
            place: (0, 0),
        });
        let places: Vec<VoicePlacement> = places.collect();
        let first = (0..60).map(|number| CaseId(Uuid::from_u128(number)));
        assert_eq!(drawn_cases(&places), first.collect::<Vec<_>>());
    }
}
