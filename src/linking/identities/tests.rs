use proptest::prelude::*;

use super::*;
use crate::domain::{LinkState, Llr};
use crate::linking::OnlyTies;
use crate::linking::linkage::tests::any_links;

const AT_LEAST: Linkage = Linkage {
    worst_llr: Llr(0.7),
};

/// Ratios that follow the ids alone, so that pairs without links are scored too.
struct ByIds;

impl PairRatios for ByIds {
    fn llr(&self, left: &LinkedVoice, right: &LinkedVoice) -> Option<Llr> {
        let mixed = left.id.0.as_u128() * 7 + right.id.0.as_u128() * 13;
        (!mixed.is_multiple_of(5)).then_some(Llr((mixed % 4) as f64 / 2.0))
    }
}

fn full(identities: &Identities, ratios: &dyn PairRatios) -> Vec<Identity> {
    partition(identities.graph(), AT_LEAST, ratios)
}

/// 1,000 sequences, of decisions with undo or of voices in any order, on graphs of their own.
fn many() -> ProptestConfig {
    ProptestConfig::with_cases(1000)
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn decisions_and_their_undo_restore_the_partition(
        (voices, ties) in any_links(16),
        decisions in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..12),
    ) {
        prop_assume!(!ties.is_empty());
        for ratios in [&OnlyTies as &dyn PairRatios, &ByIds] {
            let graph = LinkGraph::new(voices.iter().copied(), ties.iter().copied()).unwrap();
            let mut identities = Identities::new(graph, AT_LEAST, ratios);
            let begun = identities.partition();
            let mut undone = Vec::new();
            for (pick, confirm) in &decisions {
                let tie = ties[pick.index(ties.len())];
                let before = identities.graph().tie_between(tie.left, tie.right).unwrap();
                let state = if *confirm { LinkState::Confirmed } else { LinkState::Rejected };
                identities.tie(Tie { state, ..before }, ratios).unwrap();
                prop_assert_eq!(identities.partition(), full(&identities, ratios));
                undone.push(before);
            }
            for tie in undone.into_iter().rev() {
                identities.tie(tie, ratios).unwrap();
                prop_assert_eq!(identities.partition(), full(&identities, ratios));
            }
            prop_assert_eq!(identities.partition(), begun);
        }
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn voices_that_come_one_by_one_give_the_partition_of_a_full_run(
        (voices, ties) in any_links(16),
        gone in any::<prop::sample::Index>(),
        order in Just((0..16usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let ordered = order.into_iter().map(|place| voices[place]);
        let mut identities = Identities::new(LinkGraph::default(), AT_LEAST, &ByIds);
        for voice in ordered {
            let mine: Vec<Tie> = ties
                .iter()
                .filter(|tie| tie.left == voice.id || tie.right == voice.id)
                .filter(|tie| {
                    let other = if tie.left == voice.id { tie.right } else { tie.left };
                    identities.graph().contains(other)
                })
                .copied()
                .collect();
            identities.insert(voice, &mine, &ByIds).unwrap();
            prop_assert_eq!(identities.partition(), full(&identities, &ByIds));
        }
        let whole = LinkGraph::new(voices.iter().copied(), ties.iter().copied()).unwrap();
        prop_assert_eq!(identities.partition(), partition(&whole, AT_LEAST, &ByIds));
        let gone = voices[gone.index(voices.len())].id;
        identities.remove(gone, &ByIds);
        prop_assert!(!identities.graph().contains(gone));
        prop_assert_eq!(identities.partition(), full(&identities, &ByIds));
    }
}

#[test]
fn a_voice_with_a_bad_link_leaves_nothing_behind() {
    let mut identities = Identities::new(LinkGraph::default(), AT_LEAST, &OnlyTies);
    let voice = LinkedVoice {
        id: VoiceId(uuid::Uuid::from_u128(1)),
        call: crate::domain::Sha256([0; 32]),
        place: (0, 0),
    };
    let tie = Tie {
        left: voice.id,
        right: VoiceId(uuid::Uuid::from_u128(2)),
        llr: Llr(1.0),
        state: LinkState::Proposed,
    };
    assert!(identities.insert(voice, &[tie], &OnlyTies).is_err());
    assert_eq!(identities.partition(), []);
    identities.insert(voice, &[], &OnlyTies).unwrap();
    assert_eq!(identities.partition().len(), 1);
}
