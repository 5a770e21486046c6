//! What cases share, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::cases::CaseBody;
use super::entities::EntityBody;
use super::subjects::SubjectBody;
use crate::services::{SharedCase, SharedThing};

/// An identity group of which voices are heard in two cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SharedGroup)]
pub struct SharedGroupBody {
    /// Group.
    pub id: uuid::Uuid,
    /// Its voices, in all cases.
    pub voices: u64,
    /// Whether people confirmed that voices of both cases are one speaker; else ratios put them
    /// together.
    pub is_confirmed: bool,
    /// Whether a shared subject that is listed too is enrolled with voices of it: then it adds
    /// nothing to the weight of the case.
    pub is_told: bool,
}

/// Something that two cases have: an entity, a subject, or an identity group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SharedThing)]
pub struct SharedThingBody {
    /// The entity.
    pub entity: Option<EntityBody>,
    /// Or the subject, whose enrolled voices are heard in both.
    pub subject: Option<SubjectBody>,
    /// Or the identity group, of which voices are heard in both.
    pub group: Option<SharedGroupBody>,
    /// Cases of the archive that have it.
    pub cases: u64,
    /// `log2(all cases / cases that have it) + 1`.
    pub weight: f64,
}

impl From<SharedThing> for SharedThingBody {
    fn from(thing: SharedThing) -> Self {
        let blank = |cases, weight| Self {
            entity: None,
            subject: None,
            group: None,
            cases,
            weight,
        };
        match thing {
            SharedThing::Entity {
                entity,
                cases,
                weight,
            } => Self {
                entity: Some(entity.into()),
                ..blank(cases, weight)
            },
            SharedThing::Subject {
                subject,
                cases,
                weight,
            } => Self {
                subject: Some(subject.into()),
                ..blank(cases, weight)
            },
            SharedThing::Group {
                group,
                is_confirmed,
                is_told,
                cases,
                weight,
            } => Self {
                group: Some(SharedGroupBody {
                    id: group.id.0,
                    voices: group.members.len() as u64,
                    is_confirmed,
                    is_told,
                }),
                ..blank(cases, weight)
            },
        }
    }
}

/// A case that shares something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SharedCase)]
pub struct SharedCaseBody {
    /// The case.
    pub case: CaseBody,
    /// Weights of all that is shared, added up; a speaker who is a subject and a group counts once.
    pub weight: f64,
    /// Number of things that are shared.
    pub count: u64,
    /// The things, the rarest first, at most 100.
    pub things: Vec<SharedThingBody>,
}

impl From<SharedCase> for SharedCaseBody {
    fn from(shared: SharedCase) -> Self {
        Self {
            case: shared.case.into(),
            weight: shared.weight,
            count: shared.count,
            things: shared.things.into_iter().map(Into::into).collect(),
        }
    }
}

/// What a case shares with others.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Shared)]
pub struct SharedBody {
    /// Number of all cases, which the weights hang on.
    pub cases: u64,
    /// Cases that share something, those with the rarest things first, at most 100.
    pub items: Vec<SharedCaseBody>,
}
