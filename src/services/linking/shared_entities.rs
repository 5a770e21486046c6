//! What both sides of a link have beside the voices: numbers, accounts, devices and more.
//!
//! It is worked out when a link is looked at and never stored with it: a table that comes in after
//! the proposal may hold the very account that both cases share. What was known at the proposal
//! stays in [`LinkReasons`](crate::domain::LinkReasons).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CaseId, Entity, EntityId, Link, RecordingId};
use crate::graph::rarity;
use crate::services::call_joins::JoinOutcome;
use crate::services::{ServiceError, Services};
use crate::store::Reader;

/// Most entities of both cases that are listed, the rarest first.
pub(super) const MAX_IN_CASES: usize = 50;
/// Most entities of both cases that are read to be counted.
const MAX_COUNTED: u32 = 5000;

/// An entity that both sides of a link have.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedOfLink {
    /// Entity.
    pub entity: Entity,
    /// Cases in which it occurs.
    pub cases: u64,
    /// How rare it is, as [`rarity`] says.
    pub weight: f64,
}

/// What both sides of a link have, as the archive knows it now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkShared {
    /// Number of all cases, which the weights hang on.
    pub all_cases: u64,
    /// Entities of both calls: their numbers, and what their call records name; the rarest first.
    pub in_calls: Vec<SharedOfLink>,
    /// Further entities that occur in both cases, the rarest first, at most 50. None where both
    /// calls are of one case: it shares everything with itself.
    pub in_cases: Vec<SharedOfLink>,
    /// How many further entities occur in both cases, counted to 5,000.
    pub in_cases_total: u64,
}

impl Services {
    /// What both sides of a link have beside the voices.
    pub(super) async fn shared_of_link(
        &self,
        reader: &mut dyn Reader,
        link: &Link,
    ) -> Result<LinkShared, ServiceError> {
        let recordings = [link.left.recording_id, link.right.recording_id];
        let mut sides: Vec<(Option<CaseId>, BTreeMap<EntityId, Entity>)> = Vec::new();
        for id in recordings.into_iter().flatten() {
            sides.push(self.entities_of_call(reader, id).await?);
        }
        let [(left_case, left), (right_case, right)] = sides.as_slice() else {
            return Ok(LinkShared::default());
        };
        let all_cases = reader.case_count().await?;
        let both: Vec<&Entity> = left
            .values()
            .filter(|entity| right.contains_key(&entity.id))
            .collect();
        let ids: Vec<EntityId> = both.iter().map(|entity| entity.id).collect();
        let counts: BTreeMap<EntityId, u64> =
            reader.entity_case_counts(&ids).await?.into_iter().collect();
        let weighed = |entity: Entity, cases: u64| SharedOfLink {
            weight: rarity(all_cases, cases),
            cases,
            entity,
        };
        let mut in_calls: Vec<SharedOfLink> = both
            .into_iter()
            .map(|entity| {
                let cases = counts.get(&entity.id).copied().unwrap_or(0);
                weighed(entity.clone(), cases)
            })
            .collect();
        sort_by_rarity(&mut in_calls);
        let mut in_cases = Vec::new();
        if let (Some(own), Some(other)) = (*left_case, *right_case)
            && own != other
        {
            let told: BTreeSet<EntityId> = ids.into_iter().collect();
            let shared = reader
                .shared_entities(own, Some(other), MAX_COUNTED)
                .await?;
            in_cases = shared
                .into_iter()
                .filter(|one| !told.contains(&one.entity.id))
                .map(|one| weighed(one.entity, one.cases))
                .collect();
        }
        let (in_cases, in_cases_total) = rarest(in_cases);
        Ok(LinkShared {
            all_cases,
            in_calls,
            in_cases,
            in_cases_total,
        })
    }

    /// The case of a recording, its numbers, and what takes part in its call record where it is
    /// clear which that is.
    async fn entities_of_call(
        &self,
        reader: &mut dyn Reader,
        id: RecordingId,
    ) -> Result<(Option<CaseId>, BTreeMap<EntityId, Entity>), ServiceError> {
        let Some(recording) = reader.recording(id).await? else {
            return Ok((None, BTreeMap::new()));
        };
        let parties = reader.parties_of_recording(id).await?;
        let mut found: BTreeMap<EntityId, Entity> = parties
            .into_iter()
            .map(|(_, entity)| (entity.id, entity))
            .collect();
        if let Some(case_id) = recording.case_id
            && let JoinOutcome::Joined(event) = self.join_of(reader, case_id, &recording).await?
            && let Some(event) = reader.event(event).await?
        {
            let ids: Vec<EntityId> = event.parties.iter().map(|party| party.entity_id).collect();
            for entity in reader.entities(&ids).await? {
                found.insert(entity.id, entity);
            }
        }
        Ok((recording.case_id, found))
    }
}

/// The rarest of what is shared, which is listed, and how much is shared.
fn rarest(mut shared: Vec<SharedOfLink>) -> (Vec<SharedOfLink>, u64) {
    let total = shared.len() as u64;
    sort_by_rarity(&mut shared);
    shared.truncate(MAX_IN_CASES);
    (shared, total)
}

/// The rarest first; what is as rare, by kind and normal form.
fn sort_by_rarity(shared: &mut [SharedOfLink]) {
    shared.sort_by(|left, right| {
        let name = |one: &SharedOfLink| (one.entity.kind, one.entity.normalised.clone());
        right
            .weight
            .total_cmp(&left.weight)
            .then_with(|| name(left).cmp(&name(right)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntityKind, Timestamp};
    use uuid::Uuid;

    #[test]
    fn the_rarest_of_what_two_cases_share_is_listed_and_all_is_counted() {
        let shared = (1..=55_u32).map(|cases| SharedOfLink {
            entity: Entity {
                id: EntityId(Uuid::from_u128(u128::from(cases))),
                kind: EntityKind::Account,
                normalised: format!("6222{cases:015}"),
                written: format!("6222{cases:015}"),
                warnings: Vec::new(),
                created_at: Timestamp::from_millis(0),
            },
            cases: u64::from(cases),
            weight: rarity(100, u64::from(cases)),
        });
        // What occurs in most cases comes first, so that it takes an order to find the rarest.
        let (listed, total) = rarest(shared.rev().collect());
        let cases: Vec<u64> = listed.iter().map(|one| one.cases).collect();
        assert_eq!(cases, (1..=50).collect::<Vec<u64>>());
        assert_eq!(total, 55);
    }
}
