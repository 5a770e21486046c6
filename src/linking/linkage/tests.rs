use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::linking::{Contradiction, Tie, contradictions};

const AT_LEAST: Linkage = Linkage {
    worst_llr: Llr(0.7),
};

fn id(number: u128) -> VoiceId {
    VoiceId(Uuid::from_u128(number))
}

fn voice(number: u128, call: u128) -> LinkedVoice {
    LinkedVoice {
        id: id(number),
        call: Sha256::of(&call.to_le_bytes()),
        place: (number as u16, 0),
    }
}

/// Voices 1 to `count`, each in a call of its own.
fn graph(count: u128, ties: &[(u128, u128, f64, LinkState)]) -> LinkGraph {
    let tie = |&(left, right, llr, state): &(u128, u128, f64, LinkState)| Tie {
        left: id(left),
        right: id(right),
        llr: Llr(llr),
        state,
    };
    let voices = (1..=count).map(|number| voice(number, number));
    LinkGraph::new(voices, ties.iter().map(tie)).unwrap()
}

fn groups(graph: &LinkGraph) -> Vec<Vec<u128>> {
    let identities = partition(graph, AT_LEAST, &OnlyTies);
    let numbers = |identity: &Identity| identity.voices().iter().map(|id| id.0.as_u128()).collect();
    identities.iter().map(numbers).collect()
}

use LinkState::{Confirmed, Proposed, Rejected};

#[test]
fn a_chain_of_look_alikes_is_not_one_person() {
    let chain = graph(3, &[(1, 2, 5.0, Proposed), (2, 3, 4.0, Proposed)]);
    assert_eq!(groups(&chain), [vec![1, 2], vec![3]]);
}

#[test]
fn a_group_grows_while_its_worst_pair_supports_one_speaker() {
    let all = [
        (1, 2, 5.0, Proposed),
        (2, 3, 4.0, Proposed),
        (1, 3, 0.8, Proposed),
    ];
    assert_eq!(groups(&graph(3, &all)), [vec![1, 2, 3]]);
    let identities = partition(&graph(3, &all), AT_LEAST, &OnlyTies);
    assert_eq!(identities[0].worst_llr, Some(Llr(0.8)));
    assert_eq!(identities[0].cores.len(), 3);
    let weak = [all[0], all[1], (1, 3, 0.6, Proposed)];
    assert_eq!(groups(&graph(3, &weak)), [vec![1, 2], vec![3]]);
}

#[test]
fn a_pair_without_a_link_is_scored_when_it_matters() {
    struct All(f64);
    impl PairRatios for All {
        fn llr(&self, _: &LinkedVoice, _: &LinkedVoice) -> Option<Llr> {
            Some(Llr(self.0))
        }
    }
    let chain = graph(3, &[(1, 2, 5.0, Proposed), (2, 3, 4.0, Proposed)]);
    assert_eq!(partition(&chain, AT_LEAST, &All(2.0)).len(), 1);
    assert_eq!(partition(&chain, AT_LEAST, &All(0.0)).len(), 2);
    assert_eq!(partition(&chain, AT_LEAST, &All(f64::NAN)).len(), 2);
}

#[test]
fn what_is_confirmed_contracts_whatever_its_ratio_and_what_is_rejected_never_merges() {
    let made = graph(3, &[(1, 2, -9.0, Confirmed), (2, 3, 9.0, Rejected)]);
    assert_eq!(groups(&made), [vec![1, 2], vec![3]]);
    let identities = partition(&made, AT_LEAST, &OnlyTies);
    assert_eq!(identities[0].cores, [vec![id(1), id(2)]]);
    assert_eq!(identities[0].worst_llr, None);
}

#[test]
fn voices_of_one_call_are_two_people_unless_a_person_says_otherwise() {
    let voices = [voice(1, 7), voice(2, 7)];
    let tie = |state| Tie {
        left: id(1),
        right: id(2),
        llr: Llr(9.0),
        state,
    };
    let made = |state| LinkGraph::new(voices, [tie(state)]).unwrap();
    assert_eq!(groups(&made(Proposed)), [vec![1], vec![2]]);
    assert_eq!(groups(&made(Confirmed)), [vec![1, 2]]);
    assert_eq!(
        contradictions(&made(Confirmed)),
        [Contradiction::ConfirmedInOneCall {
            path: vec![id(1), id(2)]
        }]
    );
}

#[test]
fn a_contradiction_is_named_and_the_best_supported_decision_stands() {
    let made = graph(
        3,
        &[
            (1, 2, 3.0, Confirmed),
            (2, 3, 2.0, Confirmed),
            (1, 3, 1.0, Rejected),
        ],
    );
    assert_eq!(groups(&made), [vec![1, 2], vec![3]]);
    assert_eq!(
        contradictions(&made),
        [Contradiction::RejectedAndConfirmed {
            path: vec![id(1), id(2), id(3)]
        }]
    );
}

#[test]
fn a_chain_that_makes_one_speaker_of_two_in_a_call_is_a_contradiction() {
    let voices = [voice(1, 7), voice(2, 8), voice(3, 7)];
    let tie = |left, right, llr| Tie {
        left: id(left),
        right: id(right),
        llr: Llr(llr),
        state: Confirmed,
    };
    let made = LinkGraph::new(voices, [tie(1, 2, 1.0), tie(2, 3, 2.0)]).unwrap();
    assert_eq!(groups(&made), [vec![1], vec![2, 3]]);
    assert_eq!(
        contradictions(&made),
        [Contradiction::TwoInOneCall {
            path: vec![id(1), id(2), id(3)]
        }]
    );
}

#[test]
fn what_is_no_graph_is_refused_with_the_voice() {
    let twice = LinkGraph::new([voice(1, 1), voice(1, 2)], []);
    assert_eq!(
        twice.unwrap_err().to_string(),
        format!("voice {} is given twice, expected each voice once", id(1))
    );
    let mut graph = graph(2, &[]);
    let tie = |left, right, llr| Tie {
        left: id(left),
        right: id(right),
        llr: Llr(llr),
        state: Proposed,
    };
    assert!(graph.tie(tie(1, 1, 1.0)).is_err());
    assert!(graph.tie(tie(1, 9, 1.0)).is_err());
    assert!(graph.tie(tie(1, 2, f64::NAN)).is_err());
    assert_eq!(graph.tie_between(id(1), id(2)), None);
}

/// Links of up to `voices` voices, some in one call, with ratios that tie often.
pub(crate) fn any_links(voices: u128) -> impl Strategy<Value = (Vec<LinkedVoice>, Vec<Tie>)> {
    let calls = prop::collection::vec(0u128..voices, voices as usize);
    let state = prop_oneof![6 => Just(Proposed), 2 => Just(Confirmed), 1 => Just(Rejected)];
    let tie = (1..=voices, 1..=voices, 0i32..8, state);
    let ties = prop::collection::vec(tie, 0..60);
    (calls, ties).prop_map(|(calls, ties)| {
        let voices = (1..).zip(calls).map(|(number, call)| voice(number, call));
        let ties = ties
            .into_iter()
            .filter(|(left, right, ..)| left != right)
            .map(|(left, right, llr, state)| Tie {
                left: id(left.min(right)),
                right: id(left.max(right)),
                llr: Llr(f64::from(llr) / 2.0),
                state,
            });
        let mut ties: Vec<Tie> = ties.collect();
        ties.sort_by_key(|tie| (tie.left, tie.right));
        ties.dedup_by_key(|tie| (tie.left, tie.right));
        (voices.collect(), ties)
    })
}

/// A plain and slow run of the same rule: every pair of groups is looked at before each merge.
fn slow_partition(voices: &[LinkedVoice], ties: &[Tie]) -> Vec<Vec<VoiceId>> {
    let graph = LinkGraph::new(voices.iter().copied(), ties.iter().copied()).unwrap();
    let mut groups: Vec<Vec<VoiceId>> = voices.iter().map(|voice| vec![voice.id]).collect();
    let slot = |id: VoiceId| graph.slot(id).unwrap();
    let forbidden = |left: &[VoiceId], right: &[VoiceId]| {
        left.iter().any(|one| {
            right
                .iter()
                .any(|other| graph.forbids(slot(*one), slot(*other)))
        })
    };
    let mut confirmed: Vec<&Tie> = ties.iter().filter(|tie| tie.state == Confirmed).collect();
    confirmed.sort_by(|left, right| {
        right
            .llr
            .0
            .total_cmp(&left.llr.0)
            .then((left.left, left.right).cmp(&(right.left, right.right)))
    });
    for tie in confirmed {
        let at = |id| groups.iter().position(|group| group.contains(&id)).unwrap();
        let (one, other) = (at(tie.left), at(tie.right));
        if one != other && !forbidden(&groups[one], &groups[other]) {
            let moved = groups[one.max(other)].clone();
            groups[one.min(other)].extend(moved);
            groups.remove(one.max(other));
        }
    }
    loop {
        let mut best: Option<(f64, (VoiceId, VoiceId), usize, usize)> = None;
        for one in 0..groups.len() {
            for other in one + 1..groups.len() {
                let (left, right) = (&groups[one], &groups[other]);
                let pairs = || {
                    left.iter()
                        .flat_map(|a| right.iter().map(move |b| (*a, *b)))
                };
                let tied = pairs().any(|(a, b)| {
                    graph
                        .tie_between(a, b)
                        .is_some_and(|tie| tie.state != Rejected)
                });
                let worst = pairs()
                    .map(|(a, b)| graph.tie_between(a, b).map_or(APART, |tie| tie.llr.0))
                    .fold(f64::INFINITY, f64::min);
                if !tied || worst < AT_LEAST.worst_llr.0 || forbidden(left, right) {
                    continue;
                }
                let (a, b) = (*left.iter().min().unwrap(), *right.iter().min().unwrap());
                let key = (a.min(b), a.max(b));
                let better = best.is_none_or(|(found, known, ..)| {
                    worst > found || (worst == found && key < known)
                });
                if better {
                    best = Some((worst, key, one, other));
                }
            }
        }
        let Some((_, _, one, other)) = best else {
            break;
        };
        let moved = groups[other].clone();
        groups[one].extend(moved);
        groups.remove(other);
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort_unstable();
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_partition_is_that_of_the_plain_rule((voices, ties) in any_links(12)) {
        let graph = LinkGraph::new(voices.iter().copied(), ties.iter().copied()).unwrap();
        let found: Vec<Vec<VoiceId>> = partition(&graph, AT_LEAST, &OnlyTies)
            .iter()
            .map(Identity::voices)
            .collect();
        prop_assert_eq!(found, slow_partition(&voices, &ties));
    }

    #[test]
    fn any_order_of_arrival_gives_the_same_partition(
        (voices, ties) in any_links(14),
        seed in any::<u64>(),
    ) {
        let first = LinkGraph::new(voices.iter().copied(), ties.iter().copied()).unwrap();
        let mut voices = voices;
        let mut ties = ties;
        let mixed = |number: u128| (number as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        voices.sort_by_key(|voice| mixed(voice.id.0.as_u128()));
        ties.sort_by_key(|tie| mixed(tie.left.0.as_u128() * 31 + tie.right.0.as_u128()));
        let turned = ties.iter().map(|tie| Tie { left: tie.right, right: tie.left, ..*tie });
        let second = LinkGraph::new(voices, turned).unwrap();
        prop_assert_eq!(
            partition(&first, AT_LEAST, &OnlyTies),
            partition(&second, AT_LEAST, &OnlyTies)
        );
        prop_assert_eq!(contradictions(&first), contradictions(&second));
    }

    #[test]
    fn no_group_holds_two_who_must_be_two((voices, ties) in any_links(14)) {
        let graph = LinkGraph::new(voices, ties).unwrap();
        for identity in partition(&graph, AT_LEAST, &OnlyTies) {
            let slots: Vec<u32> =
                identity.voices().iter().filter_map(|id| graph.slot(*id)).collect();
            for left in &slots {
                for right in &slots {
                    prop_assert!(left == right || !graph.forbids(*left, *right));
                }
            }
        }
    }

    #[test]
    fn without_contradictions_all_that_is_confirmed_is_together((voices, ties) in any_links(14)) {
        let graph = LinkGraph::new(voices, ties.iter().copied()).unwrap();
        let conflict = contradictions(&graph).iter().any(Contradiction::is_conflict);
        let identities = partition(&graph, AT_LEAST, &OnlyTies);
        let apart = ties.iter().filter(|tie| tie.state == Confirmed).any(|tie| {
            identities.iter().any(|identity| {
                identity.voices().contains(&tie.left) != identity.voices().contains(&tie.right)
            })
        });
        prop_assert_eq!(apart, apart && conflict);
    }
}
