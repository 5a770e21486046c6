//! Populations: frozen versions of what a selection took.

use voxtrace::domain::*;
use voxtrace::store::{Store, StoreError};

use super::make::{Maker, first, model};

pub fn population(make: &Maker, name: &str) -> Population {
    Population {
        id: PopulationId::new(make, make),
        name: name.to_owned(),
        description: Some("来电者".to_owned()),
        created_at: make.now(),
    }
}

pub fn version(
    make: &Maker,
    population: &Population,
    number: u32,
    selection: &PopulationSelection,
    members: &[PopulationMember],
) -> PopulationVersion {
    PopulationVersion {
        population_id: population.id,
        version: number,
        selection: selection.clone(),
        facts: PopulationFacts::of(members).unwrap(),
        sha256: digest_of_members(&model(), members),
        model: model(),
        actor: "test".to_owned(),
        reason: (number > 1).then(|| "more voices".to_owned()),
        created_at: make.now(),
    }
}

impl Maker {
    /// A population of every voice that is there.
    pub async fn stored_population(&self, store: &dyn Store, name: &str) {
        let all = PopulationSelection::default();
        let made = population(self, name);
        let mut work = store.begin().await.unwrap();
        let members = work.selected_voices(&all, &model(), self.now(), 99).await;
        let members = members.unwrap();
        let one = version(self, &made, 1, &all, &members);
        work.insert_population(&made).await.unwrap();
        work.insert_population_version(&one, &members)
            .await
            .unwrap();
        self.commit(work).await;
    }
}

async fn selected(store: &dyn Store, make: &Maker, by: &PopulationSelection) -> Vec<VoiceId> {
    let mut work = store.begin().await.unwrap();
    let found = work.selected_voices(by, &model(), make.now(), 99).await;
    found
        .unwrap()
        .iter()
        .map(|member| member.voice_id)
        .collect()
}

pub async fn a_population_and_its_versions_read_back(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let found = make.found(&recording, 1, &[0, 1, 2, 3], &[0, 1, 3]);
    make.stored_analysis(store, &found).await.unwrap();
    let all = PopulationSelection::default();
    let mut work = store.begin().await.unwrap();
    let members = work
        .selected_voices(&all, &model(), make.now(), 99)
        .await
        .unwrap();
    assert_eq!(members.len(), 3);
    let mut prints: Vec<_> = found.voiceprints.iter().map(|print| print.id).collect();
    prints.sort_unstable();
    let of_members: Vec<_> = members.iter().map(|member| member.voiceprint_id).collect();
    assert_eq!(of_members, prints);
    let capped = work.selected_voices(&all, &model(), make.now(), 2).await;
    assert_eq!(capped.unwrap(), members[..2]);
    let other = ModelId::new("other");
    let of_other = work.selected_voices(&all, &other, make.now(), 9).await;
    assert_eq!(of_other.unwrap(), []);

    let older = population(&make, "older");
    let one = version(&make, &older, 1, &all, &members);
    let named = PopulationSelection {
        voice_ids: vec![members[1].voice_id],
        ..all.clone()
    };
    let two = version(&make, &older, 2, &named, &members[1..2]);
    work.insert_population(&older).await.unwrap();
    work.insert_population_version(&one, &members)
        .await
        .unwrap();
    work.insert_population_version(&two, &members[1..2])
        .await
        .unwrap();
    make.commit(work).await;
    make.pass(1);
    let newer = population(&make, "newer");
    let mut work = store.begin().await.unwrap();
    work.insert_population(&newer).await.unwrap();
    make.commit(work).await;

    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader.population(older.id).await.unwrap(),
        Some(older.clone())
    );
    let unknown = PopulationId::new(&make, &make);
    assert_eq!(reader.population(unknown).await.unwrap(), None);
    let page = reader.populations(first(1)).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&newer));
    let rest = PageRequest {
        limit: 9,
        after: page.next,
    };
    assert_eq!(
        reader.populations(rest).await.unwrap().items,
        std::slice::from_ref(&older)
    );
    assert_eq!(
        reader.population_versions(older.id).await.unwrap(),
        [two.clone(), one.clone()]
    );
    let newest = reader.population_version(older.id, None).await.unwrap();
    assert_eq!(newest, Some(two.clone()));
    let first_one = reader.population_version(older.id, Some(1)).await.unwrap();
    assert_eq!(first_one, Some(one.clone()));
    assert_eq!(
        reader.population_version(older.id, Some(3)).await.unwrap(),
        None
    );
    assert_eq!(
        reader.population_version(newer.id, None).await.unwrap(),
        None
    );
    assert_eq!(reader.whole_population(&one).await.unwrap(), members);
    assert_eq!(reader.whole_population(&two).await.unwrap(), members[1..2]);
    let page = reader.population_members(&one, first(2)).await.unwrap();
    let rest = PageRequest {
        limit: 9,
        after: page.next,
    };
    let rest = reader.population_members(&one, rest).await.unwrap();
    let mut joined = [page.items, rest.items].concat();
    joined.sort_unstable_by_key(|member| member.voiceprint_id);
    assert_eq!(joined, members);
    assert_eq!(digest_of_members(&model(), &joined), one.sha256);
}

pub async fn a_name_and_a_version_are_taken_once(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let found = make.found(&recording, 1, &[0], &[0]);
    make.stored_analysis(store, &found).await.unwrap();
    let all = PopulationSelection::default();
    let made = population(&make, "callers");
    let mut work = store.begin().await.unwrap();
    let members = work
        .selected_voices(&all, &model(), make.now(), 9)
        .await
        .unwrap();
    work.insert_population(&made).await.unwrap();
    let one = version(&make, &made, 1, &all, &members);
    work.insert_population_version(&one, &members)
        .await
        .unwrap();
    let same_name = population(&make, "callers");
    assert!(matches!(
        work.insert_population(&same_name).await,
        Err(StoreError::Conflict { .. })
    ));
    assert!(matches!(
        work.insert_population_version(&one, &members).await,
        Err(StoreError::Conflict { .. })
    ));
    let of_nothing = version(&make, &population(&make, "none"), 1, &all, &members);
    assert!(matches!(
        work.insert_population_version(&of_nothing, &members).await,
        Err(StoreError::Missing { .. })
    ));
}

pub async fn a_selection_takes_what_every_condition_allows(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("C-1");
    let mut inside = make.recording(b"inside", Some(&case));
    inside.call.started_at = Some(Timestamp::from_millis(1000));
    let mut outside = make.recording(b"outside", None);
    outside.call.started_at = None;
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    work.insert_recording(&inside).await.unwrap();
    work.insert_recording(&outside).await.unwrap();
    make.commit(work).await;
    let mut of_inside = make.found(&inside, 1, &[0, 1], &[0, 1]);
    of_inside.voices[1].quality.bandwidth = Bandwidth::Wideband;
    of_inside.voices[1].net_speech = NetSpeech::from_millis(4000);
    make.stored_analysis(store, &of_inside).await.unwrap();
    let of_outside = make.found(&outside, 1, &[0], &[0]);
    make.stored_analysis(store, &of_outside).await.unwrap();
    let (one, two, three) = (
        of_inside.voices[0].id,
        of_inside.voices[1].id,
        of_outside.voices[0].id,
    );
    let subject = make.stored_subject(store, "Suspect 01").await;
    make.stored_enrolment(store, &make.enrolment(&subject, &[one]))
        .await;
    let all = PopulationSelection::default();
    let narrow = of_inside.voices[0].quality.bandwidth;
    assert_eq!(narrow, Bandwidth::Narrowband);
    let others = [SubjectClass::Witness, SubjectClass::Victim]
        .into_iter()
        .find(|class| *class != subject.class);
    let time = |at| Some(Timestamp::from_millis(at));
    let cases: Vec<(PopulationSelection, Vec<VoiceId>)> = vec![
        (all.clone(), vec![one, two, three]),
        (
            PopulationSelection {
                case_id: Some(case.id),
                ..all.clone()
            },
            vec![one, two],
        ),
        (
            PopulationSelection {
                enrolled: EnrolledChoice::Enrolled,
                ..all.clone()
            },
            vec![one],
        ),
        (
            PopulationSelection {
                enrolled: EnrolledChoice::NotEnrolled,
                ..all.clone()
            },
            vec![two, three],
        ),
        (
            PopulationSelection {
                subject_class: Some(subject.class),
                ..all.clone()
            },
            vec![one],
        ),
        (
            PopulationSelection {
                subject_class: others,
                ..all.clone()
            },
            vec![],
        ),
        (
            PopulationSelection {
                bandwidth: Some(Bandwidth::Wideband),
                ..all.clone()
            },
            vec![two],
        ),
        (
            PopulationSelection {
                min_net_speech: Some(NetSpeech::from_millis(4001)),
                ..all.clone()
            },
            vec![one, three],
        ),
        (
            PopulationSelection {
                max_net_speech: Some(NetSpeech::from_millis(4000)),
                ..all.clone()
            },
            vec![two],
        ),
        // Without a time of its own a call counts by its upload.
        (
            PopulationSelection {
                from: time(1001),
                ..all.clone()
            },
            vec![three],
        ),
        (
            PopulationSelection {
                until: time(1001),
                ..all.clone()
            },
            vec![one, two],
        ),
        (
            PopulationSelection {
                until: time(1000),
                ..all.clone()
            },
            vec![],
        ),
        (
            PopulationSelection {
                voice_ids: vec![two, three],
                bandwidth: Some(narrow),
                ..all.clone()
            },
            vec![three],
        ),
    ];
    for (selection, expected) in cases {
        let mut found = selected(store, &make, &selection).await;
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{selection:?}");
    }
}

pub async fn a_version_keeps_voices_that_are_replaced(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let found = make.found(&recording, 1, &[0], &[0]);
    make.stored_analysis(store, &found).await.unwrap();
    let all = PopulationSelection::default();
    let made = population(&make, "callers");
    let mut work = store.begin().await.unwrap();
    let members = work
        .selected_voices(&all, &model(), make.now(), 9)
        .await
        .unwrap();
    let one = version(&make, &made, 1, &all, &members);
    work.insert_population(&made).await.unwrap();
    work.insert_population_version(&one, &members)
        .await
        .unwrap();
    make.commit(work).await;
    let again = make.found(&recording, 2, &[5], &[5]);
    make.stored_analysis(store, &again).await.unwrap();
    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader.voice(found.voices[0].id, make.now()).await.unwrap(),
        None
    );
    let kept = reader.whole_population(&one).await.unwrap();
    assert_eq!(kept, members);
    assert_eq!(digest_of_members(&model(), &kept), one.sha256);
}
