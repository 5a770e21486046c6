//! What both sides of a link have beside the voices, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::entities::EntityBody;
use crate::services::{LinkShared, SharedOfLink};

/// An entity that both sides of a link have.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SharedOfLink)]
pub struct SharedOfLinkBody {
    /// The entity.
    pub entity: EntityBody,
    /// Cases of the archive in which it occurs.
    pub cases: u64,
    /// How rare it is: `log2(all cases / cases that have it) + 1`.
    pub weight: f64,
}

impl From<SharedOfLink> for SharedOfLinkBody {
    fn from(shared: SharedOfLink) -> Self {
        Self {
            entity: shared.entity.into(),
            cases: shared.cases,
            weight: shared.weight,
        }
    }
}

/// What both sides of a link have, as the archive knows it now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LinkShared)]
pub struct LinkSharedBody {
    /// Number of all cases, which the weights hang on.
    pub all_cases: u64,
    /// Entities of both calls: their numbers, and what their call records name, such as devices; the
    /// rarest first.
    pub in_calls: Vec<SharedOfLinkBody>,
    /// Further entities that occur in both cases, the rarest first, at most 50; none where both calls
    /// are of one case.
    pub in_cases: Vec<SharedOfLinkBody>,
    /// How many further entities occur in both cases, counted to 5,000.
    pub in_cases_total: u64,
}

impl From<LinkShared> for LinkSharedBody {
    fn from(shared: LinkShared) -> Self {
        Self {
            all_cases: shared.all_cases,
            in_calls: shared.in_calls.into_iter().map(Into::into).collect(),
            in_cases: shared.in_cases.into_iter().map(Into::into).collect(),
            in_cases_total: shared.in_cases_total,
        }
    }
}
