//! The graph of cases, voices, identity groups, subjects and entities: shortest paths, and how rare what two cases
//! share is.
//!
//! The graph is never held as a whole. A search says which nodes it wants to know the neighbours of,
//! its caller reads them from wherever they are, and the search goes on; so memory is that of the
//! nodes that were visited, under a limit.

mod path;
mod rarity;

use uuid::Uuid;

pub use path::{PathLimits, PathSearch, Step};
pub use rarity::rarity;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
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

impl NodeKind {
    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Subject => "subject",
            Self::Voice => "voice",
            Self::Entity => "entity",
            Self::Group => "group",
        }
    }
}

/// A node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its id.
    pub id: Uuid,
}

/// Why two nodes are neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// An entity occurs in a case.
    OccursIn,
    /// A voice is heard in a case.
    HeardIn,
    /// A voice is heard in a recording of a number.
    HeardOn,
    /// A voice is enrolled for a subject.
    EnrolledFor,
    /// There are events between two entities.
    Events,
    /// People confirmed that two voices are one speaker.
    Confirmed,
    /// A voice belongs to an identity group: people or ratios put it there.
    Grouped,
}

impl EdgeKind {
    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OccursIn => "occurs_in",
            Self::HeardIn => "heard_in",
            Self::HeardOn => "heard_on",
            Self::EnrolledFor => "enrolled_for",
            Self::Events => "events",
            Self::Confirmed => "confirmed",
            Self::Grouped => "grouped",
        }
    }
}

/// A node beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Neighbour {
    /// The node.
    pub node: Node,
    /// Why.
    pub edge: EdgeKind,
}
