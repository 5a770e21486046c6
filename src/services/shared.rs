//! What cases share, the rarest first.

use std::collections::{BTreeMap, BTreeSet};

use super::{ServiceError, Services};
use crate::domain::{Case, CaseId, Entity, Subject, SubjectId};
use crate::graph::rarity;
use crate::store::Reader;

/// Most shared entities that are weighed, the rarest first.
const MAX_SHARED: u32 = 5000;
/// Most things listed for one case.
const MAX_THINGS: usize = 100;
/// Most cases listed.
const MAX_CASES: usize = 100;

/// Something that two cases have.
#[derive(Debug, Clone, PartialEq)]
pub enum SharedThing {
    /// An entity.
    Entity {
        /// Entity.
        entity: Entity,
        /// Cases in which it occurs.
        cases: u64,
        /// Its weight.
        weight: f64,
    },
    /// A subject whose enrolled voices are heard in both.
    Subject {
        /// Subject.
        subject: Subject,
        /// Cases in which the subject is heard.
        cases: u64,
        /// Its weight.
        weight: f64,
    },
}

impl SharedThing {
    /// How rare it is.
    pub const fn weight(&self) -> f64 {
        match self {
            Self::Entity { weight, .. } | Self::Subject { weight, .. } => *weight,
        }
    }
}

/// Another case with what it shares.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedCase {
    /// The other case.
    pub case: Case,
    /// Weights of all that is shared, added up.
    pub weight: f64,
    /// Number of things that are shared.
    pub count: u64,
    /// The things, the rarest first, at most 100.
    pub things: Vec<SharedThing>,
}

impl Services {
    /// Cases that share entities or subjects with a case, those with the rarest things first; or
    /// the one that is named. Returns the number of all cases too, which the weights hang on.
    ///
    /// # Errors
    /// `NotFound` when a case does not exist.
    pub async fn shared_with(
        &self,
        id: CaseId,
        with: Option<CaseId>,
    ) -> Result<(u64, Vec<SharedCase>), ServiceError> {
        let mut reader = self.store.reader().await?;
        for case_id in std::iter::once(id).chain(with) {
            if reader.case(case_id).await?.is_none() {
                return Err(ServiceError::not_found("case", case_id));
            }
        }
        let all = reader.case_count().await?;
        let mut shared: BTreeMap<CaseId, Vec<SharedThing>> = BTreeMap::new();
        for found in reader.shared_entities(id, with, MAX_SHARED).await? {
            shared
                .entry(found.other)
                .or_default()
                .push(SharedThing::Entity {
                    weight: rarity(all, found.cases),
                    cases: found.cases,
                    entity: found.entity,
                });
        }
        for (other, thing) in self.shared_subjects(reader.as_mut(), id, with, all).await? {
            shared.entry(other).or_default().push(thing);
        }
        let mut cases = Vec::with_capacity(shared.len());
        for (other, mut things) in shared {
            let Some(case) = reader.case(other).await? else {
                continue;
            };
            // Stable, so that what weighs the same stays in the order of the store.
            things.sort_by(|left, right| right.weight().total_cmp(&left.weight()));
            let weight = things.iter().map(SharedThing::weight).sum();
            let count = things.len() as u64;
            things.truncate(MAX_THINGS);
            cases.push(SharedCase {
                case,
                weight,
                count,
                things,
            });
        }
        cases.sort_by(|left, right| right.weight.total_cmp(&left.weight));
        cases.truncate(MAX_CASES);
        Ok((all, cases))
    }

    async fn shared_subjects(
        &self,
        reader: &mut dyn Reader,
        id: CaseId,
        with: Option<CaseId>,
        all: u64,
    ) -> Result<Vec<(CaseId, SharedThing)>, ServiceError> {
        let mut heard: BTreeMap<SubjectId, BTreeSet<CaseId>> = BTreeMap::new();
        for one in reader.heard_subjects(None, self.clock.now()).await? {
            heard.entry(one.subject_id).or_default().insert(one.case_id);
        }
        let mut found = Vec::new();
        for (subject_id, cases) in heard {
            if !cases.contains(&id) {
                continue;
            }
            let Some(subject) = reader.subject(subject_id).await? else {
                continue;
            };
            let others = cases
                .iter()
                .filter(|other| **other != id && with.is_none_or(|with| with == **other));
            for other in others {
                let thing = SharedThing::Subject {
                    subject: subject.clone(),
                    cases: cases.len() as u64,
                    weight: rarity(all, cases.len() as u64),
                };
                found.push((*other, thing));
            }
        }
        Ok(found)
    }
}
