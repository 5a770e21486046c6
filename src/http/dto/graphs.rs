//! Graphs, paths and joins, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::entities::EventKindBody;
use super::recordings::RecordingBody;
use crate::domain::EventTie;
use crate::http::paging::PageBody;
use crate::services::{
    CallJoin, CaseGraph, GraphEdge, GraphNode, JoinOutcome, Node, NodeKind, PathAnswer, PathOutcome,
};

/// What a node is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NodeKind)]
pub enum NodeKindBody {
    /// Case.
    Case,
    /// Subject.
    Subject,
    /// Voice.
    Voice,
    /// Entity.
    Entity,
    /// Identity group: voices held to be one speaker.
    Group,
}

impl From<NodeKind> for NodeKindBody {
    fn from(kind: NodeKind) -> Self {
        match kind {
            NodeKind::Case => Self::Case,
            NodeKind::Subject => Self::Subject,
            NodeKind::Voice => Self::Voice,
            NodeKind::Entity => Self::Entity,
            NodeKind::Group => Self::Group,
        }
    }
}

/// A node as an edge names it, `KIND:ID`.
fn name(node: Node) -> String {
    format!("{}:{}", node.kind.as_str(), node.id)
}

/// A node of a graph.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GraphNode)]
pub struct GraphNodeBody {
    /// Name in this graph and in paths, `KIND:ID`.
    pub node: String,
    /// What it is.
    pub kind: NodeKindBody,
    /// Id of that noun.
    pub id: uuid::Uuid,
    /// What people call it.
    pub label: String,
    /// Kind of an entity, or class of a subject.
    pub detail: Option<String>,
    /// Events of an entity in the case.
    pub events: u64,
}

impl From<GraphNode> for GraphNodeBody {
    fn from(node: GraphNode) -> Self {
        Self {
            node: name(node.node),
            kind: node.node.kind.into(),
            id: node.node.id,
            label: node.label,
            detail: node.detail,
            events: node.events,
        }
    }
}

/// Events of one kind between two entities, added up.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EventTie)]
pub struct EventTieBody {
    /// What happened.
    pub kind: EventKindBody,
    /// How often.
    pub events: u64,
    /// How long, added up.
    pub duration_ms: u64,
    /// Money, added up, an exact decimal with the places of its currency.
    pub amount: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// When the first began.
    #[schema(format = DateTime)]
    pub first_at: String,
    /// When the last began.
    #[schema(format = DateTime)]
    pub last_at: String,
}

impl From<EventTie> for EventTieBody {
    fn from(tie: EventTie) -> Self {
        let amount = tie.amount.as_ref();
        let amount = amount.map(|(amount, currency)| amount.written_in(currency));
        let currency = tie.amount.map(|(_, currency)| currency);
        Self {
            kind: tie.kind.into(),
            events: tie.events,
            duration_ms: tie.duration_ms,
            amount,
            currency: currency.map(|currency| currency.as_str().to_owned()),
            first_at: tie.first_at.to_string(),
            last_at: tie.last_at.to_string(),
        }
    }
}

/// An edge of a graph.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GraphEdge)]
pub struct GraphEdgeBody {
    /// From which node, `KIND:ID`.
    pub from: String,
    /// To which.
    pub to: String,
    /// `occurs_in`, `heard_in`, `heard_on`, `enrolled_for`, `events`, `confirmed` (people confirmed
    /// that two voices are one speaker) or `grouped` (a voice belongs to an identity group).
    pub kind: String,
    /// The events, for `events`.
    pub events: Option<EventTieBody>,
    /// The link, for `confirmed`.
    pub link_id: Option<uuid::Uuid>,
}

impl From<GraphEdge> for GraphEdgeBody {
    fn from(edge: GraphEdge) -> Self {
        Self {
            from: name(edge.from),
            to: name(edge.to),
            kind: edge.kind.as_str().to_owned(),
            events: edge.tie.map(Into::into),
            link_id: edge.link_id.map(|id| id.0),
        }
    }
}

/// How much of a case its graph shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GraphCut)]
pub struct GraphCutBody {
    /// Entities in the graph: those of recordings, and those with the most events.
    pub entities_shown: u64,
    /// Entities of the case.
    pub entities_total: u64,
    /// Sums of events in the graph.
    pub ties_shown: u64,
    /// Sums of events of the case.
    pub ties_total: u64,
    /// Recordings whose voices are in the graph, the newest.
    pub recordings_shown: u64,
    /// Whether the case has more.
    pub recordings_cut: bool,
    /// Confirmed links in the graph, those of the largest ratios.
    pub links_shown: u64,
    /// Confirmed links of the voices in it.
    pub links_total: u64,
}

/// The graph of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseGraph)]
pub struct GraphBody {
    /// Nodes.
    pub nodes: Vec<GraphNodeBody>,
    /// Edges.
    pub edges: Vec<GraphEdgeBody>,
    /// How much it shows.
    pub cut: GraphCutBody,
}

impl From<CaseGraph> for GraphBody {
    fn from(graph: CaseGraph) -> Self {
        Self {
            nodes: graph.nodes.into_iter().map(Into::into).collect(),
            edges: graph.edges.into_iter().map(Into::into).collect(),
            cut: GraphCutBody {
                entities_shown: graph.cut.entities_shown,
                entities_total: graph.cut.entities_total,
                ties_shown: graph.cut.ties_shown,
                ties_total: graph.cut.ties_total,
                recordings_shown: graph.cut.recordings_shown,
                recordings_cut: graph.cut.recordings_cut,
                links_shown: graph.cut.links_shown,
                links_total: graph.cut.links_total,
            },
        }
    }
}

/// A step of a path.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PathStep)]
pub struct PathStepBody {
    /// Node, `KIND:ID`.
    pub node: String,
    /// What it is.
    pub kind: NodeKindBody,
    /// Id of that noun.
    pub id: uuid::Uuid,
    /// What people call it.
    pub label: String,
    /// Kind of an entity, or class of a subject.
    pub detail: Option<String>,
    /// Why it is beside the node before; null for the first.
    pub edge: Option<String>,
}

/// The shortest path between two nodes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Path)]
pub struct PathBody {
    /// `found`; `none` where there is none within `max_edges`; `gave_up` where too many nodes were
    /// visited.
    pub outcome: String,
    /// Most edges that were allowed.
    pub max_edges: u32,
    /// The path, from the first node to the last.
    pub steps: Vec<PathStepBody>,
    /// Nodes of which not every neighbour was read: a path through them may be missing.
    pub cut_nodes: Vec<String>,
}

impl From<PathAnswer> for PathBody {
    fn from(answer: PathAnswer) -> Self {
        let outcome = match answer.outcome {
            PathOutcome::Found => "found",
            PathOutcome::None => "none",
            PathOutcome::GaveUp => "gave_up",
        };
        let steps = answer.steps.into_iter().map(|step| PathStepBody {
            node: name(step.node),
            kind: step.node.kind.into(),
            id: step.node.id,
            label: step.label,
            detail: step.detail,
            edge: step.edge.map(|edge| edge.as_str().to_owned()),
        });
        Self {
            outcome: outcome.to_owned(),
            max_edges: answer.max_edges,
            steps: steps.collect(),
            cut_nodes: answer.cut_nodes.into_iter().map(name).collect(),
        }
    }
}

/// A recording and its call record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CallJoin)]
pub struct CallJoinBody {
    /// Recording.
    pub recording: RecordingBody,
    /// `joined`, `ambiguous`, `no_call` or `not_described`.
    pub outcome: String,
    /// Call record, for `joined`.
    pub event_id: Option<uuid::Uuid>,
    /// Call records that may be it, for `ambiguous`.
    pub event_ids: Vec<uuid::Uuid>,
    /// Recordings that may be of one of those, for `ambiguous`.
    pub recording_ids: Vec<uuid::Uuid>,
}

impl From<CallJoin> for CallJoinBody {
    fn from(join: CallJoin) -> Self {
        let (outcome, event_id, event_ids, recording_ids) = match join.outcome {
            JoinOutcome::Joined(event) => ("joined", Some(event.0), Vec::new(), Vec::new()),
            JoinOutcome::Ambiguous { events, recordings } => (
                "ambiguous",
                None,
                events.into_iter().map(|id| id.0).collect(),
                recordings.into_iter().map(|id| id.0).collect(),
            ),
            JoinOutcome::NoCall => ("no_call", None, Vec::new(), Vec::new()),
            JoinOutcome::NotDescribed => ("not_described", None, Vec::new(), Vec::new()),
        };
        Self {
            recording: join.recording.into(),
            outcome: outcome.to_owned(),
            event_id,
            event_ids,
            recording_ids,
        }
    }
}

/// A page of recordings with their call records.
pub type CallJoinPage = PageBody<CallJoinBody>;
