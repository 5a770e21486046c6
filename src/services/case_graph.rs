//! The graph of one case: who and what occurs in it, and what ties them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{ServiceError, Services};
use crate::domain::{
    CaseId, Entity, EntityId, EventTie, LinkId, PageRequest, Recording, SubjectId, Voice,
};
use crate::graph::{EdgeKind, Node, NodeKind};
use crate::store::{Reader, RecordingFilter};

/// Most recordings of which a graph shows the voices.
const MAX_RECORDINGS: u32 = 100;
/// Most entities that are in it for their events; those of recordings and people come beside.
const MAX_BUSIEST: u32 = 60;
/// Most sums of events that are read.
const MAX_TIES: u32 = 400;
/// Most other cases that share an entity.
const MAX_SHARED: u32 = 60;

/// A node of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    /// What it is.
    pub node: Node,
    /// What people call it.
    pub label: String,
    /// What kind of entity, or the class of a subject.
    pub detail: Option<String>,
    /// Events of an entity in the case.
    pub events: u64,
}

/// An edge of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphEdge {
    /// From which node.
    pub from: Node,
    /// To which.
    pub to: Node,
    /// Why.
    pub kind: EdgeKind,
    /// The events, for an edge of events.
    pub tie: Option<EventTie>,
    /// The link, for two voices that people confirmed to be one speaker.
    pub link_id: Option<LinkId>,
}

/// How much of a case its graph shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GraphCut {
    /// Entities in it.
    pub entities_shown: u64,
    /// Entities of the case.
    pub entities_total: u64,
    /// Sums of events in it.
    pub ties_shown: u64,
    /// Sums of events of the case.
    pub ties_total: u64,
    /// Recordings whose voices are in it.
    pub recordings_shown: u64,
    /// Whether there are more recordings.
    pub recordings_cut: bool,
    /// Confirmed links in it.
    pub links_shown: u64,
    /// Confirmed links of the voices in it.
    pub links_total: u64,
}

/// The graph of a case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CaseGraph {
    /// Nodes, by kind and id.
    pub nodes: Vec<GraphNode>,
    /// Edges.
    pub edges: Vec<GraphEdge>,
    /// How much it shows: recordings, the newest; entities and events, the busiest.
    pub cut: GraphCut,
}

/// A graph that is being put together; a node and an edge are in it once.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) nodes: BTreeMap<Node, GraphNode>,
    pub(super) edges: Vec<GraphEdge>,
    drawn: BTreeSet<(Node, Node, EdgeKind)>,
}

impl Builder {
    fn entity(&mut self, entity: &Entity, events: u64) -> Node {
        let node = Node {
            kind: NodeKind::Entity,
            id: entity.id.0,
        };
        let events_before = self.nodes.get(&node).map_or(0, |known| known.events);
        self.add(
            node,
            &entity.normalised,
            Some(entity.kind.as_str()),
            events.max(events_before),
        );
        node
    }

    pub(super) fn add(&mut self, node: Node, label: &str, detail: Option<&str>, events: u64) {
        let made = GraphNode {
            node,
            label: label.to_owned(),
            detail: detail.map(str::to_owned),
            events,
        };
        self.nodes.insert(node, made);
    }

    pub(super) fn edge(&mut self, from: Node, to: Node, kind: EdgeKind) {
        if self.drawn.insert((from, to, kind)) {
            self.edges.push(GraphEdge {
                from,
                to,
                kind,
                tie: None,
                link_id: None,
            });
        }
    }

    fn has_entity(&self, id: EntityId) -> Option<Node> {
        let node = Node {
            kind: NodeKind::Entity,
            id: id.0,
        };
        self.nodes.contains_key(&node).then_some(node)
    }
}

impl Services {
    /// The graph of a case: its newest recordings with their voices, subjects and numbers, the
    /// voices that people confirmed to be the same speakers', its identity groups, its busiest
    /// entities with their events, and other cases in which one of these occurs.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn case_graph(&self, id: CaseId) -> Result<CaseGraph, ServiceError> {
        let mut reader = self.store.reader().await?;
        let case = reader
            .case(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("case", id))?;
        let mut graph = Builder::default();
        let own = case_node(id);
        graph.add(own, &case.case_no, None, 0);
        let mut cut = GraphCut::default();
        let filter = RecordingFilter {
            case_id: Some(id),
            ..RecordingFilter::default()
        };
        let page = PageRequest {
            limit: MAX_RECORDINGS,
            after: None,
        };
        let recordings = reader.recordings(&filter, page).await?;
        cut.recordings_shown = recordings.items.len() as u64;
        cut.recordings_cut = recordings.next.is_some();
        for recording in &recordings.items {
            self.draw_recording(reader.as_mut(), &mut graph, own, recording)
                .await?;
        }
        for place in reader.busiest_entities(id, MAX_BUSIEST).await? {
            let node = graph.entity(&place.entity, place.events);
            graph.edge(node, own, EdgeKind::OccursIn);
        }
        cut.entities_total = reader.entity_count(id).await?;
        cut.ties_total = reader.tie_count(id).await?;
        for tie in reader.ties_of_case(id, MAX_TIES).await? {
            let sides = graph.has_entity(tie.from).zip(graph.has_entity(tie.to));
            if let Some((from, to)) = sides {
                cut.ties_shown += 1;
                graph.edges.push(GraphEdge {
                    from,
                    to,
                    kind: EdgeKind::Events,
                    tie: Some(tie),
                    link_id: None,
                });
            }
        }
        cut.entities_shown = graph
            .nodes
            .keys()
            .filter(|node| node.kind == NodeKind::Entity)
            .count() as u64;
        self.draw_other_cases(reader.as_mut(), &mut graph, id)
            .await?;
        self.draw_speakers(reader.as_mut(), &mut graph, &mut cut)
            .await?;
        Ok(CaseGraph {
            nodes: graph.nodes.into_values().collect(),
            edges: graph.edges,
            cut,
        })
    }

    async fn draw_recording(
        &self,
        reader: &mut dyn Reader,
        graph: &mut Builder,
        own: Node,
        recording: &Recording,
    ) -> Result<(), ServiceError> {
        let voices = reader
            .voices_of_recording(recording.id, self.clock.now())
            .await?;
        let parties = reader.parties_of_recording(recording.id).await?;
        let mut numbers = Vec::new();
        for (_, entity) in &parties {
            let node = graph.entity(entity, 0);
            graph.edge(node, own, EdgeKind::OccursIn);
            numbers.push(node);
        }
        for voice in &voices {
            let node = voice_node(voice);
            graph.add(node, &voice_label(recording, voice), None, 0);
            graph.edge(node, own, EdgeKind::HeardIn);
            // Which side spoke on which channel is not known, so a voice is heard on both numbers.
            for number in &numbers {
                graph.edge(node, *number, EdgeKind::HeardOn);
            }
            if let Some(subject_id) = voice.subject_id {
                draw_subject(reader, graph, node, subject_id).await?;
            }
        }
        Ok(())
    }

    async fn draw_other_cases(
        &self,
        reader: &mut dyn Reader,
        graph: &mut Builder,
        id: CaseId,
    ) -> Result<(), ServiceError> {
        let mut numbers: HashMap<CaseId, String> = HashMap::new();
        for shared in reader.shared_entities(id, None, MAX_SHARED).await? {
            let Some(entity) = graph.has_entity(shared.entity.id) else {
                continue;
            };
            if !numbers.contains_key(&shared.other)
                && let Some(case) = reader.case(shared.other).await?
            {
                numbers.insert(shared.other, case.case_no);
            }
            if let Some(case_no) = numbers.get(&shared.other) {
                let other = case_node(shared.other);
                graph.add(other, case_no, None, 0);
                graph.edge(entity, other, EdgeKind::OccursIn);
            }
        }
        for heard in reader.heard_subjects(None, self.clock.now()).await? {
            let subject = Node {
                kind: NodeKind::Subject,
                id: heard.subject_id.0,
            };
            if heard.case_id == id || !graph.nodes.contains_key(&subject) {
                continue;
            }
            let Some(case) = reader.case(heard.case_id).await? else {
                continue;
            };
            let other = case_node(heard.case_id);
            graph.add(other, &case.case_no, None, 0);
            graph.edge(subject, other, EdgeKind::HeardIn);
        }
        Ok(())
    }
}

async fn draw_subject(
    reader: &mut dyn Reader,
    graph: &mut Builder,
    voice: Node,
    id: SubjectId,
) -> Result<(), ServiceError> {
    let node = Node {
        kind: NodeKind::Subject,
        id: id.0,
    };
    if !graph.nodes.contains_key(&node) {
        let Some(subject) = reader.subject(id).await? else {
            return Ok(());
        };
        graph.add(node, &subject.name, Some(subject.class.as_str()), 0);
    }
    graph.edge(voice, node, EdgeKind::EnrolledFor);
    Ok(())
}

/// The node of a case.
pub(super) const fn case_node(id: CaseId) -> Node {
    Node {
        kind: NodeKind::Case,
        id: id.0,
    }
}

/// The node of a voice.
pub(super) const fn voice_node(voice: &Voice) -> Node {
    Node {
        kind: NodeKind::Voice,
        id: voice.id.0,
    }
}

/// How people name a voice: its recording, channel and label.
pub(super) fn voice_label(recording: &Recording, voice: &Voice) -> String {
    format!(
        "{} #{}.{}",
        recording.filename,
        u32::from(voice.channel) + 1,
        u32::from(voice.label) + 1
    )
}
