//! The shortest path between two nodes of the archive.

use super::case_graph::{case_node, voice_label};
use super::case_speakers::confirmed_links;
use super::{ServiceError, Services};
use crate::domain::{CaseId, EntityId, GroupId, PageRequest, SubjectId, VoiceId};
use crate::graph::{EdgeKind, Neighbour, Node, NodeKind, PathLimits, PathSearch, Step};
use crate::store::{Reader, RecordingFilter};

/// Most edges of a path: beyond six everybody knows everybody.
const MAX_EDGES: u32 = 6;
/// Most nodes that a search visits.
const MAX_NODES: usize = 20_000;
/// Most neighbours of one node that are read: hubs, such as the number of an operator, tie nobody.
const MAX_NEIGHBOURS: u32 = 500;
/// Most recordings of one node that are read.
const MAX_RECORDINGS: u32 = 100;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStep {
    /// Node.
    pub node: Node,
    /// What people call it.
    pub label: String,
    /// What kind of entity, or the class of a subject.
    pub detail: Option<String>,
    /// Why it is beside the node before; none for the first.
    pub edge: Option<EdgeKind>,
}

/// How a search for a path ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathOutcome {
    /// There is a path.
    Found,
    /// There is none of at most six edges among what was read.
    None,
    /// Too many nodes were visited.
    GaveUp,
}

/// The answer to a search for a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathAnswer {
    /// How it ended.
    pub outcome: PathOutcome,
    /// The path, from the first node to the last.
    pub steps: Vec<PathStep>,
    /// Most edges that were allowed.
    pub max_edges: u32,
    /// Nodes that have more neighbours than were read, so that a shorter path may lead through
    /// them.
    pub cut_nodes: Vec<Node>,
}

impl Services {
    /// The shortest path between two nodes, of at most six edges.
    ///
    /// # Errors
    /// `NotFound` when one of the nodes does not exist.
    pub async fn graph_path(&self, from: Node, to: Node) -> Result<PathAnswer, ServiceError> {
        let mut reader = self.store.reader().await?;
        for node in [from, to] {
            self.label(reader.as_mut(), node).await?;
        }
        let limits = PathLimits {
            max_edges: MAX_EDGES,
            max_nodes: MAX_NODES,
        };
        let mut search = PathSearch::new(from, to, limits);
        let mut cut_nodes = Vec::new();
        let (outcome, path) = loop {
            match search.step() {
                Step::Expand(nodes) => {
                    for node in nodes {
                        let (neighbours, cut) = self.neighbours(reader.as_mut(), node).await?;
                        if cut {
                            cut_nodes.push(node);
                        }
                        search.feed(node, &neighbours);
                    }
                }
                Step::Found(path) => break (PathOutcome::Found, path),
                Step::NoPath => break (PathOutcome::None, Vec::new()),
                Step::GaveUp => break (PathOutcome::GaveUp, Vec::new()),
            }
        };
        let mut steps = Vec::with_capacity(path.len());
        for (node, edge) in path {
            let (label, detail) = self.label(reader.as_mut(), node).await?;
            steps.push(PathStep {
                node,
                label,
                detail,
                edge,
            });
        }
        cut_nodes.truncate(MAX_NEIGHBOURS as usize);
        Ok(PathAnswer {
            outcome,
            steps,
            max_edges: MAX_EDGES,
            cut_nodes,
        })
    }

    /// What people call a node, and what kind it is.
    async fn label(
        &self,
        reader: &mut dyn Reader,
        node: Node,
    ) -> Result<(String, Option<String>), ServiceError> {
        let missing = || ServiceError::not_found(node.kind.as_str(), node.id);
        Ok(match node.kind {
            NodeKind::Case => {
                let case = reader.case(CaseId(node.id)).await?.ok_or_else(missing)?;
                (case.case_no, None)
            }
            NodeKind::Subject => {
                let subject = reader
                    .subject(SubjectId(node.id))
                    .await?
                    .ok_or_else(missing)?;
                (subject.name, Some(subject.class.as_str().to_owned()))
            }
            NodeKind::Entity => {
                let entity = reader
                    .entity(EntityId(node.id))
                    .await?
                    .ok_or_else(missing)?;
                (entity.normalised, Some(entity.kind.as_str().to_owned()))
            }
            NodeKind::Voice => {
                let voice = reader.voice(VoiceId(node.id), self.clock.now()).await?;
                let voice = voice.ok_or_else(missing)?;
                let recording = reader.recording(voice.recording_id).await?;
                let recording = recording.ok_or_else(missing)?;
                (voice_label(&recording, &voice), None)
            }
            NodeKind::Group => {
                let group = reader.group(GroupId(node.id)).await?.ok_or_else(missing)?;
                (self.group_label(reader, &group).await?, None)
            }
        })
    }

    /// The neighbours of a node, and whether there are more.
    async fn neighbours(
        &self,
        reader: &mut dyn Reader,
        node: Node,
    ) -> Result<(Vec<Neighbour>, bool), ServiceError> {
        match node.kind {
            NodeKind::Case => self.beside_case(reader, CaseId(node.id)).await,
            NodeKind::Entity => self.beside_entity(reader, EntityId(node.id)).await,
            NodeKind::Voice => self.beside_voice(reader, VoiceId(node.id)).await,
            NodeKind::Group => beside_group(reader, GroupId(node.id)).await,
            NodeKind::Subject => {
                let found = self.beside_subject(reader, SubjectId(node.id)).await?;
                Ok((found, false))
            }
        }
    }

    async fn beside_case(
        &self,
        reader: &mut dyn Reader,
        id: CaseId,
    ) -> Result<(Vec<Neighbour>, bool), ServiceError> {
        let places = reader.busiest_entities(id, MAX_NEIGHBOURS).await?;
        let mut cut = places.len() as u32 == MAX_NEIGHBOURS;
        let entities = places.iter().map(|place| place.entity.id.0);
        let mut found: Vec<Neighbour> = entities
            .map(|id| beside(NodeKind::Entity, id, EdgeKind::OccursIn))
            .collect();
        let filter = RecordingFilter {
            case_id: Some(id),
            ..RecordingFilter::default()
        };
        let page = PageRequest {
            limit: MAX_RECORDINGS,
            after: None,
        };
        let recordings = reader.recordings(&filter, page).await?;
        cut |= recordings.next.is_some();
        for recording in recordings.items {
            let voices = reader
                .voices_of_recording(recording.id, self.clock.now())
                .await?;
            let voices = voices.iter().map(|voice| voice.id.0);
            found.extend(voices.map(|id| beside(NodeKind::Voice, id, EdgeKind::HeardIn)));
        }
        Ok((found, cut))
    }

    async fn beside_entity(
        &self,
        reader: &mut dyn Reader,
        id: EntityId,
    ) -> Result<(Vec<Neighbour>, bool), ServiceError> {
        let cases = reader.cases_of_entity(id, MAX_NEIGHBOURS).await?;
        let tied = reader.tied_entities(id, MAX_NEIGHBOURS).await?;
        let recordings = reader.recordings_of_entity(id, MAX_RECORDINGS).await?;
        let cut = cases.len() as u32 == MAX_NEIGHBOURS
            || tied.len() as u32 == MAX_NEIGHBOURS
            || recordings.len() as u32 == MAX_RECORDINGS;
        let cases = cases.iter().map(|(case, _)| case.id.0);
        let mut found: Vec<Neighbour> = cases
            .map(|id| beside(NodeKind::Case, id, EdgeKind::OccursIn))
            .collect();
        let tied = tied.iter().map(|entity| entity.0);
        found.extend(tied.map(|id| beside(NodeKind::Entity, id, EdgeKind::Events)));
        for party in recordings {
            let voices = reader
                .voices_of_recording(party.recording_id, self.clock.now())
                .await?;
            let voices = voices.iter().map(|voice| voice.id.0);
            found.extend(voices.map(|id| beside(NodeKind::Voice, id, EdgeKind::HeardOn)));
        }
        Ok((found, cut))
    }

    async fn beside_voice(
        &self,
        reader: &mut dyn Reader,
        id: VoiceId,
    ) -> Result<(Vec<Neighbour>, bool), ServiceError> {
        let Some(voice) = reader.voice(id, self.clock.now()).await? else {
            return Ok((Vec::new(), false));
        };
        let mut found = Vec::new();
        if let Some(case_id) = voice.case_id {
            found.push(Neighbour {
                node: case_node(case_id),
                edge: EdgeKind::HeardIn,
            });
        }
        if let Some(subject_id) = voice.subject_id {
            found.push(beside(
                NodeKind::Subject,
                subject_id.0,
                EdgeKind::EnrolledFor,
            ));
        }
        for (_, entity) in reader.parties_of_recording(voice.recording_id).await? {
            found.push(beside(NodeKind::Entity, entity.id.0, EdgeKind::HeardOn));
        }
        let links = confirmed_links(reader, &[id]).await?;
        let cut = links.len() > MAX_NEIGHBOURS as usize;
        for link in links.into_iter().take(MAX_NEIGHBOURS as usize) {
            let other = if link.left == id {
                link.right
            } else {
                link.left
            };
            found.push(beside(NodeKind::Voice, other.0, EdgeKind::Confirmed));
        }
        for group in reader.groups_of_voices(&[id]).await? {
            found.push(beside(NodeKind::Group, group.id.0, EdgeKind::Grouped));
        }
        Ok((found, cut))
    }

    async fn beside_subject(
        &self,
        reader: &mut dyn Reader,
        id: SubjectId,
    ) -> Result<Vec<Neighbour>, ServiceError> {
        let now = self.clock.now();
        let enrolments = reader.enrolments_of(id).await?;
        let voices = enrolments
            .iter()
            .filter(|enrolment| enrolment.in_force(now))
            .flat_map(|enrolment| &enrolment.voice_ids);
        Ok(voices
            .take(MAX_NEIGHBOURS as usize)
            .map(|voice| beside(NodeKind::Voice, voice.0, EdgeKind::EnrolledFor))
            .collect())
    }
}

async fn beside_group(
    reader: &mut dyn Reader,
    id: GroupId,
) -> Result<(Vec<Neighbour>, bool), ServiceError> {
    let group = reader.group(id).await?;
    let members = group.map(|group| group.members).unwrap_or_default();
    let found = members
        .iter()
        .take(MAX_NEIGHBOURS as usize)
        .map(|member| beside(NodeKind::Voice, member.voice_id.0, EdgeKind::Grouped));
    Ok((found.collect(), members.len() > MAX_NEIGHBOURS as usize))
}

const fn beside(kind: NodeKind, id: uuid::Uuid, edge: EdgeKind) -> Neighbour {
    Neighbour {
        node: Node { kind, id },
        edge,
    }
}
