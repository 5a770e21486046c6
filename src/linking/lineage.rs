//! Ids that outlive splits and merges.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::{LineageChange, LineageEvent};

/// Which id each new part inherits from the old parts.
///
/// The largest overlap decides first; of equal ones the lesser (older) id, then the part with the
/// lesser first member. Each id goes to one part, each part takes one id. What inherits none is new, or
/// comes back as something that was before, which the caller may know.
pub fn inherit<T: Ord + Copy>(old: &[(Uuid, Vec<T>)], new: &[Vec<T>]) -> Vec<Option<Uuid>> {
    let mut overlaps: Vec<(Reverse<usize>, Uuid, Option<T>, usize)> = shares(old, new)
        .into_iter()
        .map(|((id, place), size)| {
            let first = new.get(place).and_then(|part| part.iter().min().copied());
            (Reverse(size), id, first, place)
        })
        .collect();
    overlaps.sort_unstable();
    let mut inherited = vec![None; new.len()];
    let mut given = BTreeSet::new();
    for (_, id, _, place) in overlaps {
        if let Some(slot) = inherited.get_mut(place)
            && slot.is_none()
            && given.insert(id)
        {
            *slot = Some(id);
        }
    }
    inherited
}

/// What happened between the old parts and the new ones, whose ids are known: ends first, then by id.
/// Parts that stayed as they were are not told of.
pub fn lineage(old: &[(Uuid, Vec<Uuid>)], new: &[(Uuid, Vec<Uuid>)]) -> Vec<LineageEvent> {
    let parts: Vec<Vec<Uuid>> = new.iter().map(|(_, members)| members.clone()).collect();
    let shares = shares(old, &parts);
    let before: BTreeMap<Uuid, &Vec<Uuid>> = old.iter().map(|(id, of)| (*id, of)).collect();
    let after: BTreeMap<Uuid, &Vec<Uuid>> = new.iter().map(|(id, of)| (*id, of)).collect();
    let mut ends = Vec::new();
    for id in before.keys().filter(|id| !after.contains_key(id)) {
        let heirs = shares.iter().filter(|((from, _), _)| from == id);
        let heir = heirs.max_by_key(|((_, place), size)| (**size, Reverse(*place)));
        ends.push(LineageEvent {
            id: *id,
            change: LineageChange::Ended,
            other: heir.and_then(|((_, place), _)| new.get(*place).map(|(id, _)| *id)),
            members: Vec::new(),
        });
    }
    let mut events = Vec::new();
    for (place, (id, members)) in new.iter().enumerate() {
        let was = before.get(id);
        if was.is_some_and(|was| same(was, members)) {
            continue;
        }
        let event = |change, other| LineageEvent {
            id: *id,
            change,
            other,
            members: members.clone(),
        };
        let others = shares
            .keys()
            .filter(|(from, at)| *at == place && from != id)
            .map(|(from, _)| *from);
        let origins: Vec<LineageEvent> = others
            .map(|from| {
                let change = if after.contains_key(&from) {
                    LineageChange::Split
                } else {
                    LineageChange::Merged
                };
                event(change, Some(from))
            })
            .collect();
        if was.is_none() {
            events.push(event(LineageChange::Formed, None));
        } else if origins.is_empty() {
            events.push(event(LineageChange::Changed, None));
        }
        events.extend(origins);
    }
    events.sort_by_key(|event| event.id);
    ends.extend(events);
    ends
}

fn same(left: &[Uuid], right: &[Uuid]) -> bool {
    let [left, right] = [left, right].map(|each| each.iter().collect::<BTreeSet<_>>());
    left == right
}

/// Members that an old and a new part have in common, by id and place; pairs without any are left
/// out.
fn shares<T: Ord + Copy>(old: &[(Uuid, Vec<T>)], new: &[Vec<T>]) -> BTreeMap<(Uuid, usize), usize> {
    let mut home: BTreeMap<T, Uuid> = BTreeMap::new();
    for (id, members) in old {
        home.extend(members.iter().map(|member| (*member, *id)));
    }
    let mut shares = BTreeMap::new();
    for (place, members) in new.iter().enumerate() {
        for id in members.iter().filter_map(|member| home.get(member)) {
            *shares.entry((*id, place)).or_insert(0) += 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn ids(numbers: &[u128]) -> Vec<Uuid> {
        numbers.iter().copied().map(id).collect()
    }

    fn kinds(events: &[LineageEvent]) -> Vec<(Uuid, LineageChange, Option<Uuid>)> {
        let kind = |event: &LineageEvent| (event.id, event.change, event.other);
        events.iter().map(kind).collect()
    }

    #[test]
    fn the_largest_part_keeps_the_id() {
        let old = [(id(100), ids(&[1, 2, 3, 4, 5]))];
        let parts = [ids(&[1, 2]), ids(&[3, 4, 5])];
        assert_eq!(inherit(&old, &parts), [None, Some(id(100))]);
        let new = [(id(200), ids(&[1, 2])), (id(100), ids(&[3, 4, 5]))];
        assert_eq!(
            kinds(&lineage(&old, &new)),
            [
                (id(100), LineageChange::Changed, None),
                (id(200), LineageChange::Formed, None),
                (id(200), LineageChange::Split, Some(id(100))),
            ]
        );
    }

    #[test]
    fn of_equal_parts_the_older_id_and_the_lesser_member_decide() {
        let old = [(id(100), ids(&[1, 2, 3, 4]))];
        let parts = [ids(&[3, 4]), ids(&[1, 2])];
        assert_eq!(inherit(&old, &parts), [None, Some(id(100))]);
        let old = [(id(200), ids(&[1, 2])), (id(100), ids(&[3, 4]))];
        assert_eq!(inherit(&old, &[ids(&[1, 2, 3, 4])]), [Some(id(100))]);
        let new = [(id(100), ids(&[1, 2, 3, 4]))];
        assert_eq!(
            kinds(&lineage(&old, &new)),
            [
                (id(200), LineageChange::Ended, Some(id(100))),
                (id(100), LineageChange::Merged, Some(id(200))),
            ]
        );
    }

    #[test]
    fn what_stayed_as_it_was_is_not_told_and_what_fell_apart_ended() {
        let old = [(id(100), ids(&[1, 2])), (id(200), ids(&[3, 4]))];
        let new = [(id(100), ids(&[2, 1]))];
        assert_eq!(
            kinds(&lineage(&old, &new)),
            [(id(200), LineageChange::Ended, None)]
        );
    }
}
