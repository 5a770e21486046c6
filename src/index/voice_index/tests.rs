use super::*;
use crate::domain::Score;
use crate::index::Hit;
use crate::index::synthetic::{Numbers, embeddings};
use proptest::prelude::*;
use uuid::Uuid;

const DIMENSIONS: usize = 40;

fn model() -> ModelId {
    ModelId::new("test")
}

fn id(number: usize) -> VoiceId {
    VoiceId(Uuid::from_u128(number as u128))
}

fn unit(values: Vec<f32>) -> Embedding {
    Embedding::from_raw(model(), values).unwrap()
}

fn voices(count: usize, seed: u64) -> Vec<(VoiceId, Embedding)> {
    let values = embeddings(count, DIMENSIONS, 5, seed).into_iter().map(unit);
    (0..count).map(id).zip(values).collect()
}

fn filled(config: IndexConfig, voices: &[(VoiceId, Embedding)]) -> VoiceIndex {
    let mut index = VoiceIndex::new(config, model(), DIMENSIONS);
    for (id, embedding) in voices {
        index.insert(*id, 0, embedding).unwrap();
    }
    index
}

fn query(top_k: usize, mode: Mode) -> Query<'static> {
    Query {
        top_k,
        mode,
        among: None,
    }
}

fn brute_force(voices: &[(VoiceId, Embedding)], probe: &Embedding, top_k: usize) -> Vec<Hit> {
    let mut hits: Vec<Hit> = voices
        .iter()
        .map(|(id, embedding)| Hit {
            voice_id: *id,
            score: probe.cosine(embedding).unwrap(),
        })
        .collect();
    hits.sort_by(|a, b| {
        b.score
            .0
            .total_cmp(&a.score.0)
            .then(a.voice_id.cmp(&b.voice_id))
    });
    hits.truncate(top_k);
    hits
}

/// Scores agree to 1e-5: the two add in another order. Ids agree where scores lie further apart.
fn assert_same(found: &[Hit], expected: &[Hit]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found.score.0 - expected.score.0).abs() < 1e-5,
            "{found:?} is not {expected:?}"
        );
    }
    let clear = |hits: &[Hit], at: usize| {
        let near = |other: Option<&Hit>| {
            other.is_some_and(|other| (other.score.0 - hits[at].score.0).abs() < 1e-4)
        };
        !near(at.checked_sub(1).and_then(|before| hits.get(before))) && !near(hits.get(at + 1))
    };
    for at in 0..expected.len().saturating_sub(1) {
        if clear(expected, at) {
            assert_eq!(found[at].voice_id, expected[at].voice_id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_exact_scan_is_brute_force(count in 1usize..700, top_k in 1usize..30, seed in any::<u64>()) {
        let voices = voices(count, seed);
        let index = filled(IndexConfig::default(), &voices);
        let probe = unit(embeddings(1, DIMENSIONS, 1, seed ^ 1).remove(0));
        let found = index.search(&probe, &query(top_k, Mode::Exact)).unwrap();
        assert_same(&found.hits, &brute_force(&voices, &probe, top_k));
        prop_assert_eq!((found.method, found.searched), (SearchMethod::Exact, count));
    }

    #[test]
    fn insertion_order_and_threads_change_nothing(
        count in 1usize..900,
        threads in 2usize..6,
        seed in any::<u64>(),
    ) {
        let mut voices = voices(count, seed);
        // Equal embeddings make ties, which the id must decide.
        let twin = voices[0].1.clone();
        voices.push((id(count), twin.clone()));
        let first = filled(IndexConfig::default(), &voices);
        let mut numbers = Numbers::seeded(seed);
        voices.sort_by_cached_key(|_| numbers.next_u64());
        let config = IndexConfig { threads, voices_per_thread: 100, ..IndexConfig::default() };
        let second = filled(config, &voices);
        let query = query(12, Mode::Exact);
        prop_assert_eq!(first.search(&twin, &query).unwrap(), second.search(&twin, &query).unwrap());
    }

    #[test]
    fn what_is_removed_or_replaced_is_never_found_again(
        steps in prop::collection::vec((0usize..60, any::<bool>(), any::<u64>()), 1..400),
    ) {
        let mut index = VoiceIndex::new(IndexConfig::default(), model(), DIMENSIONS);
        let mut truth = std::collections::BTreeMap::new();
        for (number, add, seed) in steps {
            if add {
                let embedding = unit(embeddings(1, DIMENSIONS, 1, seed).remove(0));
                index.insert(id(number), 0, &embedding).unwrap();
                truth.insert(id(number), embedding);
            } else {
                prop_assert_eq!(index.remove(id(number)), truth.remove(&id(number)).is_some());
            }
            prop_assert_eq!(index.len(), truth.len());
        }
        let voices: Vec<(VoiceId, Embedding)> = truth.into_iter().collect();
        let probe = unit(embeddings(1, DIMENSIONS, 1, 9).remove(0));
        for mode in [Mode::Exact, Mode::Hnsw] {
            let found = index.search(&probe, &query(1000, mode)).unwrap();
            assert_same(&found.hits, &brute_force(&voices, &probe, 1000));
            prop_assert_eq!(found.searched, voices.len());
        }
    }
}

#[test]
fn many_probes_at_once_get_what_each_gets_alone() {
    let voices = voices(600, 3);
    let index = filled(IndexConfig::default(), &voices);
    let probes: Vec<&Embedding> = voices.iter().step_by(50).map(|(_, probe)| probe).collect();
    let query = query(7, Mode::Exact);
    let together = index.search_many(&probes, &query).unwrap();
    let alone: Vec<Hits> = probes
        .iter()
        .map(|probe| index.search(probe, &query).unwrap())
        .collect();
    assert_eq!(together, alone);
}

#[test]
fn another_model_another_length_and_no_hits_are_refused() {
    let mut index = filled(IndexConfig::default(), &voices(3, 1));
    let other = Embedding::from_raw(ModelId::new("other"), vec![1.0; DIMENSIONS]).unwrap();
    let short = unit(vec![1.0; DIMENSIONS - 1]);
    let fits = unit(vec![1.0; DIMENSIONS]);
    let one = query(1, Mode::Auto);
    assert!(matches!(
        index.insert(id(9), 0, &other),
        Err(IndexError::OtherModel { .. })
    ));
    assert!(matches!(
        index.search(&other, &one),
        Err(IndexError::OtherModel { .. })
    ));
    assert!(matches!(
        index.insert(id(9), 0, &short),
        Err(IndexError::OtherLength { .. })
    ));
    assert!(matches!(
        index.search(&short, &one),
        Err(IndexError::OtherLength { .. })
    ));
    let none = query(0, Mode::Auto);
    assert!(matches!(
        index.search(&fits, &none),
        Err(IndexError::NothingAsked)
    ));
    assert_eq!(index.len(), 3);
}

#[test]
fn an_empty_index_finds_nothing_in_every_mode() {
    let index = VoiceIndex::new(IndexConfig::default(), model(), DIMENSIONS);
    let probe = unit(vec![1.0; DIMENSIONS]);
    for mode in [Mode::Auto, Mode::Exact, Mode::Hnsw] {
        assert!(
            index
                .search(&probe, &query(10, mode))
                .unwrap()
                .hits
                .is_empty()
        );
    }
    let report = index.check().unwrap();
    assert_eq!((report.points, report.self_found), (0, 0));
}

#[test]
fn the_graph_finds_clustered_voices_with_exact_scores() {
    let voices = voices(3000, 11);
    let index = filled(IndexConfig::default(), &voices);
    let mut recalled = 0;
    for (_, probe) in voices.iter().step_by(100) {
        let exact = index.search(probe, &query(3000, Mode::Exact)).unwrap();
        let found = index.search(probe, &query(10, Mode::Hnsw)).unwrap();
        let SearchMethod::Hnsw { recall_at_10 } = found.method else {
            panic!("not by the graph")
        };
        assert!(recall_at_10 > 0.95, "recall {recall_at_10}");
        for hit in &found.hits {
            let true_score = exact
                .hits
                .iter()
                .find(|other| other.voice_id == hit.voice_id);
            assert_eq!(true_score.map(|other| other.score), Some(hit.score));
        }
        let nearest = &exact.hits[..10];
        recalled += found
            .hits
            .iter()
            .filter(|hit| nearest.contains(hit))
            .count();
    }
    assert!(recalled > 285, "{recalled} of 300 neighbours");
    let report = index.check().unwrap();
    assert_eq!((report.points, report.self_found), (3000, 3000));
    assert!(report.recall_at_10.unwrap() > 0.95);
}

#[test]
fn the_graph_is_the_same_with_any_number_of_threads() {
    let voices = voices(2500, 23);
    let hits = |build_threads: usize| -> Vec<Hits> {
        let config = IndexConfig {
            build_threads,
            ef_construction: 24,
            ef_search: 12,
            max_connections: 4,
            ..IndexConfig::default()
        };
        let index = filled(config, &voices);
        let probes = embeddings(200, DIMENSIONS, 1, 24).into_iter().map(unit);
        let search = |probe| index.search(&probe, &query(6, Mode::Hnsw)).unwrap();
        probes.map(search).collect()
    };
    let alone = hits(1);
    let exact = filled(IndexConfig::default(), &voices);
    let probe = unit(embeddings(1, DIMENSIONS, 1, 24).remove(0));
    let truth = exact.search(&probe, &query(6, Mode::Exact)).unwrap();
    assert_ne!(alone[0].method, truth.method);
    assert_eq!(alone, hits(3));
    assert_eq!(alone, hits(8));
}

#[test]
fn embeddings_too_long_for_codes_are_still_found_in_every_mode() {
    let unit = |values| Embedding::from_raw(model(), values).unwrap();
    let long = embeddings(12, 5000, 1, 3);
    let mut index = VoiceIndex::new(IndexConfig::default(), model(), 5000);
    for (number, values) in long.iter().enumerate() {
        index.insert(id(number), 0, &unit(values.clone())).unwrap();
    }
    for mode in [Mode::Exact, Mode::Hnsw] {
        let found = index
            .search(&unit(long[7].clone()), &query(1, mode))
            .unwrap();
        assert_eq!(found.hits[0].voice_id, id(7));
    }
    assert_eq!(index.check().unwrap().self_found, 12);
}

#[test]
fn equal_embeddings_beyond_the_graphs_breadth_are_not_lost() {
    let mut voices = voices(400, 5);
    let twin = voices[0].1.clone();
    voices.extend((400..800).map(|number| (id(number), twin.clone())));
    let config = IndexConfig {
        ef_search: 16,
        max_connections: 4,
        ..IndexConfig::default()
    };
    let index = filled(config, &voices);
    let found = index.search(&twin, &query(5, Mode::Hnsw)).unwrap();
    assert!(
        found
            .hits
            .iter()
            .all(|hit| hit.score == Score(1.0) || hit.score.0 > 0.999_99)
    );
    let report = index.check().unwrap();
    assert_eq!(report.self_found, 800);
    assert!(report.hidden > 0);
}

#[test]
fn voices_that_come_after_the_graph_are_found_and_removed_ones_are_not() {
    let (early, late) = (voices(500, 7), voices(20, 8));
    let mut index = filled(IndexConfig::default(), &early);
    index.rebuild_graph();
    for (number, (_, embedding)) in late.iter().enumerate() {
        index.insert(id(500 + number), 0, embedding).unwrap();
        let found = index.search(embedding, &query(1, Mode::Hnsw)).unwrap();
        assert_eq!(found.hits[0].voice_id, id(500 + number));
        assert!(matches!(found.method, SearchMethod::Hnsw { .. }));
    }
    assert_eq!(index.check().unwrap().tail, 20);
    for (removed, embedding) in early.iter().take(50) {
        assert!(index.remove(*removed));
        let found = index.search(embedding, &query(10, Mode::Hnsw)).unwrap();
        assert!(found.hits.iter().all(|hit| hit.voice_id != *removed));
    }
    let report = index.check().unwrap();
    assert_eq!(
        (report.points, report.self_found, report.tombstones),
        (470, 470, 50)
    );
}

#[test]
fn a_filter_narrower_than_the_graph_is_answered_exactly() {
    let voices = voices(2000, 13);
    let index = filled(
        IndexConfig {
            ef_search: 20,
            ..IndexConfig::default()
        },
        &voices,
    );
    let mut last = index.select_all();
    last.keep_only((1990..2000).map(id));
    let query = Query {
        top_k: 10,
        mode: Mode::Hnsw,
        among: Some(&last),
    };
    let found = index.search(&voices[0].1, &query).unwrap();
    assert_eq!((found.hits.len(), found.searched), (10, 10));
    assert_eq!(found.method, SearchMethod::Exact);
}

#[test]
fn auto_is_exact_up_to_the_limit_and_until_a_graph_is_built() {
    let voices = voices(300, 17);
    let index = filled(
        IndexConfig {
            exact_limit: 299,
            ..IndexConfig::default()
        },
        &voices,
    );
    let auto = query(10, Mode::Auto);
    assert!(index.wants_graph());
    assert_eq!(
        index.search(&voices[0].1, &auto).unwrap().method,
        SearchMethod::Exact
    );
    index.rebuild_graph();
    assert!(!index.wants_graph());
    let method = index.search(&voices[0].1, &auto).unwrap().method;
    assert!(matches!(method, SearchMethod::Hnsw { .. }));
}

#[test]
fn a_graph_from_a_copy_serves_unless_rows_were_renumbered() {
    let voices = voices(400, 19);
    let mut index = filled(IndexConfig::default(), &voices[..300]);
    let copy = index.copy();
    for (id, embedding) in &voices[300..] {
        index.insert(*id, 0, embedding).unwrap();
    }
    assert!(!index.adopt_graph(&copy), "there is no graph yet");
    copy.rebuild_graph();
    assert!(index.adopt_graph(&copy));
    assert_eq!(index.check().unwrap().tail, 100);
    let hits = index.search(&voices[399].1, &query(1, Mode::Hnsw)).unwrap();
    assert_eq!(hits.hits[0].voice_id, voices[399].0);
    for (id, _) in &voices[..200] {
        index.remove(*id);
    }
    assert!(!index.adopt_graph(&copy));
}

mod among;
