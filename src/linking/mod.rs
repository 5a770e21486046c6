//! Scored pairs and human decisions become links, identity groups and series.
//!
//! A pair whose ratio is large enough becomes a proposed **link** (`proposal`). Voices are put
//! together by constrained complete linkage ([`Linkage`]): what people confirmed contracts, what they
//! rejected forbids, and beyond that two groups merge only while the *worst* pair between them still
//! supports one speaker. A chain of look-alikes therefore never becomes one person.
//!
//! What a change touches is worked out anew and nothing else ([`settle`], [`Identities`]), with the
//! partition of a full run. Ids follow the largest part ([`inherit`]). Cases whose voices people
//! confirmed to be one speaker form a **series** ([`joined_cases`]).
//!
//! Invariant: the same links and decisions give the same partition, in whatever order they came.
//! Ties are broken by the ids of voices, never by the order of arrival.

mod contradiction;
mod graph;
mod identities;
mod lineage;
mod linkage;
mod proposal;
mod region;
mod series;

pub use contradiction::{Contradiction, contradictions};
pub use graph::{GraphError, LinkGraph, LinkedVoice, Tie};
pub use identities::{Identities, Touched};
pub use lineage::{inherit, lineage};
pub use linkage::{Identity, Linkage, OnlyTies, PairRatios, partition};
pub use proposal::{Bar, NotProposed, Pair, ProposalRules, shared_numbers};
pub use region::{Settled, settle};
pub use series::joined_cases;
