//! What cases share, the rarest first.

use std::collections::{BTreeMap, BTreeSet};

use super::case_speakers::cases_of_groups;
use super::{ServiceError, Services};
use crate::domain::{Case, CaseId, Entity, Group, GroupMember, Subject, SubjectId, VoiceId};
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
    /// An identity group of which voices are heard in both: one speaker, whoever that is.
    Group {
        /// The group.
        group: Box<Group>,
        /// Whether people confirmed that voices of both cases are one speaker; else ratios put them
        /// together.
        is_confirmed: bool,
        /// Whether a subject that both cases share is enrolled with voices of it, so that it is
        /// listed and weighs nothing more.
        is_told: bool,
        /// Cases in which the group is heard.
        cases: u64,
        /// Its weight.
        weight: f64,
    },
}

impl SharedThing {
    /// How rare it is.
    pub const fn weight(&self) -> f64 {
        match self {
            Self::Entity { weight, .. }
            | Self::Subject { weight, .. }
            | Self::Group { weight, .. } => *weight,
        }
    }

    /// What it adds to the weight of a case: a speaker who is a subject and a group counts once.
    const fn counted(&self) -> f64 {
        match self {
            Self::Group { is_told: true, .. } => 0.0,
            Self::Entity { .. } | Self::Subject { .. } | Self::Group { .. } => self.weight(),
        }
    }
}

/// Another case with what it shares.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedCase {
    /// The other case.
    pub case: Case,
    /// Weights of all that is shared, added up; a speaker who is a subject and a group counts once.
    pub weight: f64,
    /// Number of things that are shared.
    pub count: u64,
    /// The things, the rarest first, at most 100.
    pub things: Vec<SharedThing>,
}

impl Services {
    /// Cases that share entities, subjects or identity groups with a case, those with the rarest things first; or
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
        let mut heard = HeardSubjects::default();
        for one in reader.heard_subjects(None, self.clock.now()).await? {
            heard.voices.insert(one.voice_id, one.subject_id);
            heard
                .cases
                .entry(one.subject_id)
                .or_default()
                .insert(one.case_id);
        }
        for (other, thing) in shared_subjects(reader.as_mut(), id, with, all, &heard).await? {
            shared.entry(other).or_default().push(thing);
        }
        for (other, thing) in shared_groups(reader.as_mut(), id, with, all, &heard).await? {
            shared.entry(other).or_default().push(thing);
        }
        let mut cases = Vec::with_capacity(shared.len());
        for (other, mut things) in shared {
            let Some(case) = reader.case(other).await? else {
                continue;
            };
            // Stable, so that what weighs the same stays in the order of the store.
            things.sort_by(|left, right| right.weight().total_cmp(&left.weight()));
            let weight = things.iter().map(SharedThing::counted).sum();
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
}

/// Subjects whose enrolled voices are heard in cases.
#[derive(Default)]
struct HeardSubjects {
    voices: BTreeMap<VoiceId, SubjectId>,
    cases: BTreeMap<SubjectId, BTreeSet<CaseId>>,
}

async fn shared_subjects(
    reader: &mut dyn Reader,
    id: CaseId,
    with: Option<CaseId>,
    all: u64,
    heard: &HeardSubjects,
) -> Result<Vec<(CaseId, SharedThing)>, ServiceError> {
    let mut found = Vec::new();
    for (subject_id, cases) in &heard.cases {
        if !cases.contains(&id) {
            continue;
        }
        let Some(subject) = reader.subject(*subject_id).await? else {
            continue;
        };
        for other in others(cases, id, with) {
            let thing = SharedThing::Subject {
                subject: subject.clone(),
                cases: cases.len() as u64,
                weight: rarity(all, cases.len() as u64),
            };
            found.push((other, thing));
        }
    }
    Ok(found)
}

async fn shared_groups(
    reader: &mut dyn Reader,
    id: CaseId,
    with: Option<CaseId>,
    all: u64,
    heard: &HeardSubjects,
) -> Result<Vec<(CaseId, SharedThing)>, ServiceError> {
    let groups = reader.groups_of_cases(&[id]).await?;
    let case_of = cases_of_groups(reader, &groups).await?;
    let mut found = Vec::new();
    for group in groups {
        let members = group.members.iter();
        let cases: BTreeSet<CaseId> = members
            .filter_map(|member| case_of.get(&member.voice_id).copied())
            .collect();
        for other in others(&cases, id, with) {
            let subjects = group
                .members
                .iter()
                .filter_map(|member| heard.voices.get(&member.voice_id));
            let is_told = subjects
                .filter_map(|subject| heard.cases.get(subject))
                .any(|cases| cases.contains(&id) && cases.contains(&other));
            let thing = SharedThing::Group {
                is_confirmed: is_confirmed(&group.members, &case_of, [id, other]),
                is_told,
                cases: cases.len() as u64,
                weight: rarity(all, cases.len() as u64),
                group: Box::new(group.clone()),
            };
            found.push((other, thing));
        }
    }
    Ok(found)
}

/// The other cases of a thing, or the one that is asked for where it is among them.
fn others(
    cases: &BTreeSet<CaseId>,
    id: CaseId,
    with: Option<CaseId>,
) -> impl Iterator<Item = CaseId> {
    let asked = move |other: &CaseId| *other != id && with.is_none_or(|with| with == *other);
    cases.iter().copied().filter(asked)
}

/// Whether one core of a group, which people confirmed, is heard in both cases.
fn is_confirmed(
    members: &[GroupMember],
    case_of: &BTreeMap<VoiceId, CaseId>,
    cases: [CaseId; 2],
) -> bool {
    let cores = cases.map(|case| {
        members
            .iter()
            .filter(|member| case_of.get(&member.voice_id) == Some(&case))
            .map(|member| member.core)
            .collect::<BTreeSet<u32>>()
    });
    !cores[0].is_disjoint(&cores[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_voices_of_one_core_are_confirmed_across_cases() {
        let case = |id| CaseId(Uuid::from_u128(id));
        let voice = |id| VoiceId(Uuid::from_u128(id));
        let member = |id, core| GroupMember {
            voice_id: voice(id),
            core,
        };
        let members = [member(1, 0), member(2, 0), member(3, 1)];
        let case_of = BTreeMap::from([
            (voice(1), case(1)),
            (voice(2), case(2)),
            (voice(3), case(3)),
        ]);
        assert!(is_confirmed(&members, &case_of, [case(1), case(2)]));
        assert!(!is_confirmed(&members, &case_of, [case(1), case(3)]));
        assert!(!is_confirmed(&members, &case_of, [case(1), case(4)]));
    }
}
