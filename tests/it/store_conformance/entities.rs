//! Entities, events and imports: one entity a normal form, one event a content, sums that add up.

use std::collections::HashMap;

use voxtrace::domain::*;
use voxtrace::store::{AddedEvents, EventFilter, Store, StoreError, TextMatch};

use super::make::{Maker, first};

fn entity(make: &Maker, kind: EntityKind, normalised: &str) -> Entity {
    Entity {
        id: EntityId::new(make, make),
        kind,
        normalised: normalised.to_owned(),
        written: format!("written {normalised}"),
        warnings: vec![EntityWarning::NotInPlan],
        created_at: make.now(),
    }
}

pub fn import(make: &Maker, case: &Case) -> Import {
    Import {
        id: ImportId::new(make, make),
        case_id: case.id,
        kind: EventKind::Transfer,
        filename: "流水.csv".to_owned(),
        sha256: Sha256::of(b"table"),
        size_bytes: 5,
        mapping: "{}".to_owned(),
        state: ImportState::Pending,
        failure: None,
        rows_total: 3,
        counts: ImportCounts::default(),
        created_at: make.now(),
        updated_at: make.now(),
    }
}

/// A transfer of `amount` from one entity to another at `at`, whose content is all of this.
pub fn transfer(
    make: &Maker,
    import: &Import,
    [from, to]: [&Entity; 2],
    at: i64,
    amount: &str,
) -> CaseEvent {
    let content = format!("{} {} {at} {amount}", from.normalised, to.normalised);
    let mut content_key = [0; 16];
    content_key.copy_from_slice(&Sha256::of(content.as_bytes()).0[..16]);
    let party = |role, entity: &Entity| Party {
        role,
        entity_id: entity.id,
        kind: entity.kind,
        normalised: entity.normalised.clone(),
    };
    CaseEvent {
        id: EventId::new(make, make),
        case_id: import.case_id,
        kind: EventKind::Transfer,
        at: Timestamp::from_millis(at),
        duration_ms: Some(1500),
        amount: Some((amount.parse().unwrap(), "CNY".parse().unwrap())),
        reference: Some("R-1".to_owned()),
        parties: vec![party(Role::From, from), party(Role::To, to)],
        source: EventSource {
            import_id: import.id,
            row: 2,
            raw: "raw,行".to_owned(),
        },
        content_key,
    }
}

struct Setting {
    case: Case,
    import: Import,
    entities: Vec<Entity>,
}

/// A case with an import and three accounts in the store.
async fn setting(store: &dyn Store, make: &Maker, case_no: &str) -> Setting {
    let case = make.case(case_no);
    let import = import(make, &case);
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    work.insert_import(&import).await.unwrap();
    let mut entities: Vec<Entity> = ["6200000001", "6200000002", "6200000003"]
        .iter()
        .map(|value| entity(make, EntityKind::Account, value))
        .collect();
    let ids = work.put_entities(&entities).await.unwrap();
    for (entity, id) in entities.iter_mut().zip(ids) {
        entity.id = id;
    }
    make.commit(work).await;
    Setting {
        case,
        import,
        entities,
    }
}

async fn add(store: &dyn Store, make: &Maker, case: &Case, events: &[CaseEvent]) -> u64 {
    let mut work = store.begin().await.unwrap();
    let written: HashMap<EntityId, String> = events
        .iter()
        .flat_map(|event| &event.parties)
        .map(|party| (party.entity_id, format!("here {}", party.normalised)))
        .collect();
    let added = work
        .add_events(&AddedEvents {
            case_id: case.id,
            events,
            written: &written,
            at: make.now(),
        })
        .await
        .unwrap();
    make.commit(work).await;
    added
}

pub async fn one_normal_form_of_a_kind_is_one_entity(store: &dyn Store) {
    let make = Maker::new();
    let phone = entity(&make, EntityKind::Phone, "13800138000");
    let account = entity(&make, EntityKind::Account, "13800138000");
    let again = Entity {
        written: "another way".to_owned(),
        ..entity(&make, EntityKind::Phone, "13800138000")
    };
    let mut work = store.begin().await.unwrap();
    let ids = work
        .put_entities(&[phone.clone(), account.clone(), again.clone()])
        .await
        .unwrap();
    assert_eq!(ids, [phone.id, account.id, phone.id]);
    assert_eq!(work.put_entities(&[again]).await.unwrap(), [phone.id]);
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.entity(phone.id).await.unwrap(), Some(phone.clone()));
    let by_value = reader
        .entity_by_value(EntityKind::Account, "13800138000")
        .await;
    assert_eq!(by_value.unwrap(), Some(account));
    let unknown = EntityId::new(&make, &make);
    assert_eq!(reader.entity(unknown).await.unwrap(), None);
    let found = |text: &'static str, how| (text, how);
    for ((text, how), count) in [
        (found("13800138000", TextMatch::Whole), 2),
        (found("1380", TextMatch::Prefix), 2),
        (found("8000", TextMatch::Prefix), 0),
        (found("8000", TextMatch::Anywhere), 2),
        (found("8_00", TextMatch::Anywhere), 0),
        (found("%", TextMatch::Anywhere), 0),
    ] {
        let entities = reader.entities_like(text, how, 9).await.unwrap();
        assert_eq!(entities.len(), count, "{text} {how:?}");
    }
}

/// Whatever is looked for, the answer is that of looking at every text.
pub async fn a_text_is_found_wherever_it_stands(store: &dyn Store) {
    let make = Maker::new();
    let texts = [
        (EntityKind::Phone, "+8613800138000"),
        (EntityKind::Phone, "13800138000"),
        (EntityKind::Account, "13800138000"),
        (EntityKind::Account, "6222000000000000068"),
        (EntityKind::Person, "张三"),
        (EntityKind::Person, "张三丰"),
        (EntityKind::Person, "三张"),
        (EntityKind::Organisation, "Café \"Zum Löwen\" GmbH"),
        (EntityKind::Organisation, "CAFÉ 张"),
        (EntityKind::Url, "https://a.example/50%_off\\x"),
        (EntityKind::App, "aaa"),
        (EntityKind::App, "aaaaaa"),
    ];
    let entities: Vec<Entity> = texts
        .iter()
        .map(|(kind, text)| entity(&make, *kind, text))
        .collect();
    let mut work = store.begin().await.unwrap();
    work.put_entities(&entities).await.unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    // Case matters for ASCII letters alone, as it did when every row was read.
    let holds = |text: &str, part: &str| {
        text.to_ascii_lowercase()
            .contains(&part.to_ascii_lowercase())
    };
    for part in [
        "138",
        "8000",
        "00000000000000",
        "张",
        "三",
        "张三",
        "三丰",
        "张三丰",
        "丰三",
        "afé",
        "É",
        "É 张",
        "caf",
        "zum l",
        "\"zum",
        "50%",
        "%_o",
        "_off",
        "f\\x",
        "aaa",
        "aaaa",
        "aaaaaaa",
        "+86",
        "nowhere",
        "é张",
        "öwe",
        "ÖWE",
    ] {
        let mut expected: Vec<(&str, &str)> = texts
            .iter()
            .filter(|(_, text)| holds(text, part))
            .map(|(kind, text)| (*text, kind.as_str()))
            .collect();
        expected.sort_unstable();
        let found = reader
            .entities_like(part, TextMatch::Anywhere, 99)
            .await
            .unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|one| (one.normalised.as_str(), one.kind.as_str()))
            .collect();
        assert_eq!(found, expected, "{part}");
        let first = reader
            .entities_like(part, TextMatch::Anywhere, 1)
            .await
            .unwrap();
        assert_eq!(first.len(), expected.len().min(1), "{part}");
        if let Some(first) = first.first() {
            assert_eq!(first.normalised, expected[0].0);
        }
    }
}

/// Beyond as many candidates as are looked at one by one, the answer is the same.
pub async fn a_text_of_very_many_entities_is_found_in_order(store: &dyn Store) {
    let make = Maker::new();
    let entities: Vec<Entity> = (0..5000)
        .map(|number| entity(&make, EntityKind::Phone, &format!("+86138{number:08}")))
        .chain((0..3).map(|number| entity(&make, EntityKind::Account, &format!("{number}86138"))))
        .collect();
    let mut work = store.begin().await.unwrap();
    work.put_entities(&entities).await.unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    let texts = |found: Vec<Entity>| -> Vec<String> {
        found.into_iter().map(|one| one.normalised).collect()
    };
    let common = reader.entities_like("8613", TextMatch::Anywhere, 2).await;
    assert_eq!(texts(common.unwrap()), ["+8613800000000", "+8613800000001"]);
    let rare = reader.entities_like("04321", TextMatch::Anywhere, 9).await;
    assert_eq!(texts(rare.unwrap()), ["+8613800004321"]);
    let behind = reader.entities_like("286138", TextMatch::Anywhere, 9).await;
    assert_eq!(texts(behind.unwrap()), ["286138"]);
}

pub async fn an_event_of_one_content_is_in_a_case_once(store: &dyn Store) {
    let make = Maker::new();
    let Setting {
        case,
        import,
        entities,
    } = setting(store, &make, "E-1").await;
    let [a, b, _] = entities.as_slice() else {
        panic!("three entities");
    };
    let one = transfer(&make, &import, [a, b], 1000, "0.1");
    let same = transfer(&make, &import, [a, b], 1000, "0.1");
    let other = transfer(&make, &import, [a, b], 1000, "0.2");
    let events = [one.clone(), same, other.clone()];
    assert_eq!(add(store, &make, &case, &events).await, 2);
    assert_eq!(add(store, &make, &case, &events).await, 0);
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.event(one.id).await.unwrap(), Some(one.clone()));
    let known = reader
        .known_contents(case.id, &[(one.at, one.content_key), (other.at, [7; 16])])
        .await
        .unwrap();
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [one.content_key]);
    assert_eq!(
        reader.event_counts(case.id).await.unwrap(),
        [(EventKind::Transfer, 2)]
    );
    // Exact, where a float would make 0.30000000000000004 of it.
    let ties = reader.ties_of_case(case.id, 9).await.unwrap();
    assert_eq!(ties.len(), 1);
    assert_eq!((ties[0].events, ties[0].duration_ms), (2, 3000));
    assert_eq!(
        ties[0].amount,
        Some(("0.3".parse().unwrap(), "CNY".parse().unwrap()))
    );
    let place = reader.case_entity(case.id, a.id).await.unwrap().unwrap();
    assert_eq!(place.events, 2);
    assert_eq!(place.written, format!("here {}", a.normalised));
    drop(reader);
    // The same event in another case is an event of that case.
    let elsewhere = setting(store, &make, "E-2").await;
    let there = transfer(&make, &elsewhere.import, [a, b], 1000, "0.1");
    assert_eq!(add(store, &make, &elsewhere.case, &[there]).await, 1);
    let mut reader = store.reader().await.unwrap();
    let cases = reader.cases_of_entity(a.id, 9).await.unwrap();
    assert_eq!(cases.len(), 2);
    let shared = reader.shared_entities(case.id, None, 9).await.unwrap();
    assert_eq!(shared.len(), 2);
    assert!(
        shared
            .iter()
            .all(|one| one.other == elsewhere.case.id && one.cases == 2)
    );
    assert_eq!(reader.case_count().await.unwrap(), 2);
    assert_eq!(reader.tied_entities(a.id, 9).await.unwrap(), [b.id]);
}

pub async fn pages_of_events_hold_each_once_by_case_and_by_entity(store: &dyn Store) {
    let make = Maker::new();
    let Setting {
        case,
        import,
        entities,
    } = setting(store, &make, "E-1").await;
    let [a, b, c] = entities.as_slice() else {
        panic!("three entities");
    };
    // Equal times, and one event whose two sides are one account.
    let events: Vec<CaseEvent> = (0..23)
        .map(|number| {
            let sides = match number % 3 {
                0 => [a, b],
                1 => [c, a],
                _ => [a, a],
            };
            transfer(&make, &import, sides, number / 4, &number.to_string())
        })
        .collect();
    assert_eq!(add(store, &make, &case, &events).await, 23);
    let mut reader = store.reader().await.unwrap();
    for (filter, count) in [
        (
            EventFilter {
                case_id: Some(case.id),
                ..EventFilter::default()
            },
            23,
        ),
        (
            EventFilter {
                entity_id: Some(a.id),
                ..EventFilter::default()
            },
            23,
        ),
        (
            EventFilter {
                entity_id: Some(b.id),
                ..EventFilter::default()
            },
            8,
        ),
        (
            EventFilter {
                case_id: Some(case.id),
                from: Some(Timestamp::from_millis(1)),
                to: Some(Timestamp::from_millis(3)),
                kind: Some(EventKind::Transfer),
                ..EventFilter::default()
            },
            8,
        ),
        (
            EventFilter {
                kind: Some(EventKind::Call),
                ..EventFilter::default()
            },
            0,
        ),
    ] {
        let mut seen = Vec::new();
        let mut page = first(5);
        loop {
            let found = reader.events(&filter, page).await.unwrap();
            seen.extend(found.items.into_iter().map(|event| (event.at, event.id)));
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        assert_eq!(seen.len(), count, "{filter:?}");
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "{filter:?}");
    }
}

pub async fn an_import_goes_on_and_keeps_its_errors(store: &dyn Store) {
    let make = Maker::new();
    let Setting { case, import, .. } = setting(store, &make, "E-1").await;
    let error = |row| RowError {
        row,
        column: "金额".to_owned(),
        found: "\"1e9\"".to_owned(),
        expected: "an amount".to_owned(),
    };
    let counts = ImportCounts {
        rows: 3,
        added: 1,
        duplicates: 0,
        refused: 2,
    };
    let mut work = store.begin().await.unwrap();
    work.advance_import(import.id, counts, &[error(2), error(3)], make.now())
        .await
        .unwrap();
    work.advance_import(import.id, counts, &[error(4)], make.now())
        .await
        .unwrap();
    work.set_import_state(import.id, ImportState::Done, None, make.now())
        .await
        .unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    let found = work.import(import.id).await.unwrap().unwrap();
    assert_eq!((found.state, found.counts), (ImportState::Done, counts));
    let errors = work.import_errors(import.id, 1, 9).await.unwrap();
    assert_eq!(errors, [error(3), error(4)]);
    let listed = work.imports(Some(case.id), first(9)).await.unwrap().items;
    assert_eq!(listed, std::slice::from_ref(&found));
    let of_bytes = work.imports_of_bytes(import.sha256, None).await.unwrap();
    assert_eq!(of_bytes, [found]);
    let nobody = ImportId::new(&make, &make);
    assert!(matches!(
        work.set_import_state(nobody, ImportState::Done, None, make.now())
            .await,
        Err(StoreError::Missing { .. })
    ));
    let nowhere = self::import(&make, &make.case("nowhere"));
    assert!(matches!(
        work.insert_import(&nowhere).await,
        Err(StoreError::Missing { .. })
    ));
}

pub async fn a_recording_is_found_by_its_numbers_and_time(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("E-1");
    let mut recording = make.recording(b"call", Some(&case));
    recording.call.started_at = Some(Timestamp::from_millis(5000));
    let caseless = make.recording(b"other", None);
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    work.insert_recording(&recording).await.unwrap();
    work.insert_recording(&caseless).await.unwrap();
    let numbers = [
        entity(&make, EntityKind::Phone, "+8613800138000"),
        entity(&make, EntityKind::Phone, "+8613900139000"),
    ];
    work.put_entities(&numbers).await.unwrap();
    let unread = work.unread_parties(9).await.unwrap();
    assert_eq!(unread.len(), 2);
    let [from, to] = &numbers;
    let parties = [(Role::From, from.id), (Role::To, to.id)];
    for recording in [&recording, &caseless] {
        work.put_parties(recording.id, recording.call.started_at, &parties)
            .await
            .unwrap();
    }
    assert_eq!(work.unread_parties(9).await.unwrap(), []);
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    let place = CaseEntity {
        case_id: case.id,
        entity: from.clone(),
        written: "138".to_owned(),
        note: Some("note".to_owned()),
        added_by: Some("test".to_owned()),
        events: 0,
        created_at: make.now(),
    };
    work.put_case_entity(&place).await.unwrap();
    // A later note takes the place of the one before, and no note leaves it.
    let plain = CaseEntity {
        note: None,
        added_by: None,
        written: "other".to_owned(),
        ..place.clone()
    };
    work.put_case_entity(&plain).await.unwrap();
    let listed = work
        .entities_of_case(case.id, Some(EntityKind::Phone), first(9))
        .await;
    assert_eq!(listed.unwrap().items, [place]);
    let of_recording = work.parties_of_recording(recording.id).await.unwrap();
    assert_eq!(of_recording.len(), 2);
    let between = |numbers: [EntityId; 2], from, to| {
        (
            numbers,
            Timestamp::from_millis(from),
            Timestamp::from_millis(to),
        )
    };
    for ((ids, begin, end), count) in [
        (between([from.id, to.id], 4000, 6000), 1),
        (between([to.id, from.id], 5000, 5000), 1),
        (between([from.id, to.id], 5001, 6000), 0),
        (between([from.id, from.id], 0, 9000), 0),
    ] {
        let found = work
            .recordings_between(case.id, ids, begin, end, 9)
            .await
            .unwrap();
        assert_eq!(found.len(), count, "{begin} to {end}");
    }
    let everywhere = work.recordings_of_entity(to.id, 9).await.unwrap();
    assert_eq!(everywhere.len(), 2);
    assert!(matches!(
        work.put_parties(RecordingId::new(&make, &make), None, &[])
            .await,
        Err(StoreError::Missing { .. })
    ));
}
