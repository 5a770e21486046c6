//! Searches among some voices, and what a snapshot takes of an index.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_search_among_some_voices_is_brute_force_over_them(
        count in 1usize..700,
        seed in any::<u64>(),
        modulus in 1u32..9,
        left_out in prop::collection::vec(0usize..700, 0..20),
        kept in prop::option::of(prop::collection::vec(0usize..900, 0..300)),
    ) {
        let voices = voices(count, seed);
        let mut index = VoiceIndex::new(IndexConfig::default(), model(), DIMENSIONS);
        for (number, (id, embedding)) in voices.iter().enumerate() {
            index.insert(*id, number as u32 % modulus, embedding).unwrap();
        }
        let mut some = index.select_all();
        prop_assert_eq!(some.count(), count);
        if let Some(kept) = &kept {
            some.keep_only(kept.iter().copied().map(id));
        }
        left_out.iter().for_each(|number| some.leave_out(id(*number)));
        some.keep_tags(|tag| tag != 1);
        let chosen: Vec<(VoiceId, Embedding)> = voices
            .iter()
            .enumerate()
            .filter(|(number, _)| kept.as_ref().is_none_or(|kept| kept.contains(number)))
            .filter(|(number, _)| !left_out.contains(number) && *number as u32 % modulus != 1)
            .map(|(_, voice)| voice.clone())
            .collect();
        let probe = unit(embeddings(1, DIMENSIONS, 1, seed ^ 1).remove(0));
        for mode in [Mode::Exact, Mode::Hnsw] {
            let query = Query { top_k: 9, mode, among: Some(&some) };
            let found = index.search(&probe, &query).unwrap();
            prop_assert_eq!(found.searched, chosen.len());
            let expected = brute_force(&chosen, &probe, 9);
            prop_assert_eq!(found.hits.len(), expected.len());
            if found.method == SearchMethod::Exact {
                assert_same(&found.hits, &expected);
            }
        }
    }
}

#[test]
fn a_selection_of_another_index_is_refused() {
    let voices = voices(5, 1);
    let index = filled(IndexConfig::default(), &voices);
    let other = filled(IndexConfig::default(), &voices);
    let of_other = other.select_all();
    let query = Query {
        top_k: 1,
        mode: Mode::Exact,
        among: Some(&of_other),
    };
    assert!(matches!(
        index.search(&voices[0].1, &query),
        Err(IndexError::OtherSelection)
    ));
}

#[test]
fn an_outline_gives_what_was_there_until_rows_are_renumbered() {
    let voices = voices(200, 29);
    let mut index = filled(IndexConfig::default(), &voices);
    let outline = index.outline();
    index.remove(id(7));
    index.insert(id(300), 0, &voices[0].1).unwrap();
    let mut values = Vec::new();
    assert!(index.values_at(&outline, 6..8, &mut values));
    let expected = [voices[6].1.values(), voices[7].1.values()].concat();
    assert_eq!(values, expected);
    (0..150).for_each(|number| {
        index.remove(id(number));
    });
    assert!(!index.values_at(&outline, 6..8, &mut values));
}
