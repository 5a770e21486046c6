//! Cases that belong together.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::CaseId;

/// Cases joined, directly or by way of others, by voices held to be one speaker; two cases or more
/// each, by id, and in the order of their first case.
///
/// `speakers` are the cases of each speaker's voices: of what people confirmed, for a confirmed
/// series.
pub fn joined_cases<'a>(speakers: impl IntoIterator<Item = &'a [CaseId]>) -> Vec<Vec<CaseId>> {
    let mut leader: BTreeMap<CaseId, CaseId> = BTreeMap::new();
    for cases in speakers {
        let Some(&first) = cases.first() else {
            continue;
        };
        for &case in cases {
            let [one, other] = [first, case].map(|case| lead(&mut leader, case));
            leader.insert(one.max(other), one.min(other));
        }
    }
    let cases: Vec<CaseId> = leader.keys().copied().collect();
    let mut series: BTreeMap<CaseId, BTreeSet<CaseId>> = BTreeMap::new();
    for case in cases {
        let first = lead(&mut leader, case);
        series.entry(first).or_default().insert(case);
    }
    let several = series.into_values().filter(|cases| cases.len() > 1);
    several.map(|cases| cases.into_iter().collect()).collect()
}

/// The least case that a case is joined to, with the way there made shorter.
fn lead(leader: &mut BTreeMap<CaseId, CaseId>, case: CaseId) -> CaseId {
    let mut way = Vec::new();
    let mut at = case;
    while let Some(&next) = leader.get(&at).filter(|next| **next != at) {
        way.push(at);
        at = next;
    }
    leader.insert(at, at);
    for passed in way {
        leader.insert(passed, at);
    }
    at
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn case(number: u128) -> CaseId {
        CaseId(Uuid::from_u128(number))
    }

    #[test]
    fn cases_are_joined_by_way_of_others_and_a_case_alone_is_no_series() {
        let speakers = [
            vec![case(5), case(3)],
            vec![case(9)],
            vec![case(3), case(1)],
            vec![case(8), case(7), case(7)],
            vec![],
        ];
        assert_eq!(
            joined_cases(speakers.iter().map(Vec::as_slice)),
            [vec![case(1), case(3), case(5)], vec![case(7), case(8)]]
        );
    }
}
