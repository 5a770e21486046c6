//! Watch lists, rules and alerts: what is counted, what is kept for ever.

use voxtrace::domain::*;
use voxtrace::store::{AlertFilter, Store, StoreError};

use super::make::{Maker, first};

pub fn watch_list(make: &Maker, name: &str) -> WatchList {
    WatchList {
        id: WatchListId::new(make, make),
        name: name.to_owned(),
        purpose: "布控".to_owned(),
        ground: "order 5".to_owned(),
        owner: "unit 1".to_owned(),
        expires_at: make.now().plus_millis(1000),
        version: 1,
        created_at: make.now(),
    }
}

pub fn member(make: &Maker, list: &WatchList, value: WatchedValue) -> WatchMember {
    WatchMember {
        id: WatchMemberId::new(make, make),
        watch_list_id: list.id,
        value,
        reason: "seen before".to_owned(),
        added_at: make.now(),
        removed_at: None,
    }
}

pub fn rule(make: &Maker, name: &str, state: RuleState) -> RuleChange {
    let at = make.now();
    RuleChange {
        rule: Rule {
            id: RuleId::new(make, make),
            name: name.to_owned(),
            condition: RuleCondition::SubjectHeard {
                watch_list_id: None,
                min_log10_lr: 2.1,
            },
            owner: "unit 1".to_owned(),
            repeat_window_ms: 86_400_000,
            state,
            version: 1,
            created_at: at,
        },
        actor: "test".to_owned(),
        reason: "first".to_owned(),
        at,
    }
}

fn evidence() -> AlertEvidence {
    AlertEvidence {
        score: Score(0.712_345_6),
        llr: Llr(6.912_345_678_901_234),
        log10_lr: 3.002_029_3,
        expected_false: 0.000_123,
        gallery_size: 17,
        calibration: "test".to_owned(),
        outside: vec!["net_speech".to_owned()],
    }
}

pub fn alert(make: &Maker, rule: &Rule, key: &str) -> (Alert, AlertSighting) {
    let matter = AlertMatter {
        subject_id: Some(SubjectId::new(make, make)),
        voice_ids: vec![VoiceId::new(make, make)],
        numbers: vec!["+86100".to_owned()],
        amount_minor: Some((-5, "CNY".to_owned())),
        ..AlertMatter::default()
    };
    let alert = Alert {
        id: AlertId::new(make, make),
        rule_id: rule.id,
        rule_version: rule.version,
        rule_name: rule.name.clone(),
        kind: rule.condition.kind().to_owned(),
        key: key.to_owned(),
        matter: matter.clone(),
        evidence: Some(evidence()),
        state: AlertState::Open,
        disposition: None,
        sightings: 1,
        first_seen_at: make.now(),
        last_seen_at: make.now(),
    };
    (alert, sighting(make, "voice/1", matter))
}

fn sighting(make: &Maker, happening: &str, matter: AlertMatter) -> AlertSighting {
    AlertSighting {
        happening: happening.to_owned(),
        rule_version: 1,
        matter,
        evidence: None,
        at: make.now(),
    }
}

/// An alert in the store, with its rule.
pub async fn stored_alert(store: &dyn Store, make: &Maker, key: &str) -> (Alert, AlertSighting) {
    let change = rule(make, &format!("rule of {key}"), RuleState::Active);
    let (alert, sighting) = alert(make, &change.rule, key);
    let mut work = store.begin().await.unwrap();
    work.insert_rule(&change).await.unwrap();
    work.insert_alert(&alert, &sighting).await.unwrap();
    make.commit(work).await;
    (alert, sighting)
}

pub async fn members_are_watched_while_they_are_on_a_list_in_force(store: &dyn Store) {
    let make = Maker::new();
    let subject = make.stored_subject(store, "Suspect 01").await;
    let list = watch_list(&make, "list");
    let of_subject = member(&make, &list, WatchedValue::Subject(subject.id));
    let of_number = member(&make, &list, WatchedValue::Number("+861".to_owned()));
    let mut work = store.begin().await.unwrap();
    work.insert_watch_list(&list).await.unwrap();
    work.insert_watch_member(&of_subject).await.unwrap();
    work.insert_watch_member(&of_number).await.unwrap();
    make.commit(work).await;

    let mut work = store.begin().await.unwrap();
    assert_eq!(work.watch_list(list.id).await.unwrap(), Some(list.clone()));
    let found = work.watch_member(of_number.id).await.unwrap();
    assert_eq!(found, Some(of_number.clone()));
    assert_eq!(work.watch_member_count(list.id).await.unwrap(), 2);
    let values = [
        WatchedValue::Subject(subject.id),
        WatchedValue::Account("+861".to_owned()),
        WatchedValue::Number("+861".to_owned()),
    ];
    let entry = |value: &WatchedValue| WatchedEntry {
        watch_list_id: list.id,
        value: value.clone(),
    };
    let now = make.now();
    let watched = work.watched(&values, now).await.unwrap();
    assert_eq!(watched, [entry(&values[0]), entry(&values[2])]);
    let after = work.watched(&values, list.expires_at).await.unwrap();
    assert_eq!(after, []);

    work.remove_watch_member(of_number.id, now).await.unwrap();
    let later = now.plus_millis(9);
    work.remove_watch_member(of_number.id, later).await.unwrap();
    let watched = work.watched(&values, now).await.unwrap();
    assert_eq!(watched, [entry(&values[0])]);
    let removed = work.watch_member(of_number.id).await.unwrap().unwrap();
    assert_eq!(removed.removed_at, Some(now));
    let members = work.watch_members(list.id, first(9)).await.unwrap();
    assert_eq!(members.items.len(), 2);
}

pub async fn a_member_is_on_a_list_once_and_may_come_back(store: &dyn Store) {
    let make = Maker::new();
    let list = watch_list(&make, "list");
    let number = || WatchedValue::Number("+861".to_owned());
    let once = member(&make, &list, number());
    let mut work = store.begin().await.unwrap();
    work.insert_watch_list(&list).await.unwrap();
    work.insert_watch_member(&once).await.unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    let twice = work
        .insert_watch_member(&member(&make, &list, number()))
        .await;
    assert!(
        matches!(twice, Err(StoreError::Conflict { .. })),
        "{twice:?}"
    );
    work.remove_watch_member(once.id, make.now()).await.unwrap();
    let again = member(&make, &list, number());
    work.insert_watch_member(&again).await.unwrap();
    let nobody = WatchedValue::Subject(SubjectId::new(&make, &make));
    let missing = work
        .insert_watch_member(&member(&make, &list, nobody))
        .await;
    assert!(matches!(
        missing,
        Err(StoreError::Missing {
            what: "subject",
            ..
        })
    ));
    let nowhere = member(&make, &watch_list(&make, "other"), number());
    let missing = work.insert_watch_member(&nowhere).await;
    assert!(matches!(
        missing,
        Err(StoreError::Missing {
            what: "watch list",
            ..
        })
    ));
    let taken = work.insert_watch_list(&watch_list(&make, "list")).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })));
    let edited = work
        .update_watch_list(&WatchList {
            owner: "unit 2".to_owned(),
            ..list.clone()
        })
        .await
        .unwrap();
    assert_eq!((edited.version, edited.owner.as_str()), (2, "unit 2"));
    let stale = work.update_watch_list(&list).await;
    assert!(matches!(stale, Err(StoreError::Stale { found: 2, .. })));
}

pub async fn each_version_of_a_rule_is_kept(store: &dyn Store) {
    let make = Maker::new();
    let draft = rule(&make, "rule", RuleState::Draft);
    let mut work = store.begin().await.unwrap();
    work.insert_rule(&draft).await.unwrap();
    make.commit(work).await;
    make.pass(1);
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.active_rules().await.unwrap(), []);
    let wanted = RuleChange {
        rule: Rule {
            state: RuleState::Active,
            condition: RuleCondition::VoiceOnNumbers {
                numbers: 3,
                within_ms: 5,
                side: NumberSide::Callee,
                min_log10_lr: 1.5,
            },
            ..draft.rule.clone()
        },
        reason: "tried".to_owned(),
        at: make.now(),
        ..draft.clone()
    };
    let active = work.update_rule(&wanted).await.unwrap();
    assert_eq!(active.version, 2);
    assert_eq!(
        work.active_rules().await.unwrap(),
        std::slice::from_ref(&active)
    );
    let changes = work.rule_changes(active.id).await.unwrap();
    let kept = RuleChange {
        rule: active.clone(),
        ..wanted.clone()
    };
    assert_eq!(changes, [draft.clone(), kept]);
    let stale = work.update_rule(&wanted).await;
    assert!(matches!(stale, Err(StoreError::Stale { found: 2, .. })));
    let taken = work
        .insert_rule(&rule(&make, "rule", RuleState::Draft))
        .await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })));
    let drafts = work.rules(Some(RuleState::Draft), first(9)).await.unwrap();
    assert_eq!(drafts.items, []);
}

pub async fn an_alert_counts_what_is_seen_again(store: &dyn Store) {
    let make = Maker::new();
    let (alert, seen) = stored_alert(store, &make, "key").await;
    make.pass(10);
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.alert(alert.id).await.unwrap(), Some(alert.clone()));
    let sighted = |key: &'static str, happening: &'static str| (alert.rule_id, key, happening);
    for ((rule, key, happening), expected) in [
        (sighted("key", "voice/1"), true),
        (sighted("key", "voice/2"), false),
        (sighted("other", "voice/1"), false),
    ] {
        assert_eq!(
            work.is_sighted(rule, key, happening).await.unwrap(),
            expected
        );
    }
    let since = alert.last_seen_at;
    let found = work.undisposed_alert(alert.rule_id, "key", since).await;
    assert_eq!(found.unwrap(), Some(alert.clone()));
    let later = since.plus_millis(1);
    let found = work.undisposed_alert(alert.rule_id, "key", later).await;
    assert_eq!(found.unwrap(), None);
    let again = sighting(&make, "voice/2", AlertMatter::default());
    let repeated = work.repeat_alert(alert.id, &again).await.unwrap();
    assert_eq!((repeated.sightings, repeated.last_seen_at), (2, make.now()));
    assert_eq!(repeated.matter, alert.matter);
    let seen_twice = work.alert_sightings(alert.id, 9).await.unwrap();
    assert_eq!(seen_twice, [again.clone(), seen]);
    let twice = work.repeat_alert(alert.id, &again).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })));
    let nothing = work.repeat_alert(AlertId::new(&make, &make), &again).await;
    assert!(matches!(nothing, Err(StoreError::Missing { .. })));
}

pub fn decided(make: &Maker, disposition: Disposition) -> AlertChange {
    AlertChange {
        state: AlertState::Disposed,
        disposition: Some(disposition),
        author: "S-017".to_owned(),
        reason: Some("听过".to_owned()),
        actor: "test".to_owned(),
        at: make.now(),
    }
}

pub async fn the_last_decision_on_an_alert_counts_and_all_are_kept(store: &dyn Store) {
    let make = Maker::new();
    let (alert, _) = stored_alert(store, &make, "one").await;
    let (other, _) = stored_alert(store, &make, "two").await;
    let mut work = store.begin().await.unwrap();
    let wrong = decided(&make, Disposition::False);
    let accepted = decided(&make, Disposition::Accepted);
    work.change_alert(alert.id, &wrong).await.unwrap();
    let now = work.change_alert(alert.id, &accepted).await.unwrap();
    assert_eq!(now.disposition, Some(Disposition::Accepted));
    let changes = work.alert_changes(alert.id).await.unwrap();
    assert_eq!(changes, [wrong, accepted]);
    let found = work.undisposed_alert(alert.rule_id, "one", alert.last_seen_at);
    assert_eq!(found.await.unwrap(), None);
    let duplicate = Disposition::Duplicate {
        duplicate_of: alert.id,
    };
    let repeated = work
        .change_alert(other.id, &decided(&make, duplicate))
        .await;
    assert_eq!(repeated.unwrap().disposition, Some(duplicate));
    let counts = work.disposition_counts(alert.rule_id, None).await.unwrap();
    assert_eq!((counts.accepted, counts.wrong, counts.undecided), (1, 0, 0));
    let of_other = work
        .disposition_counts(other.rule_id, Some(1))
        .await
        .unwrap();
    assert_eq!(of_other.duplicate, 1);
    let of_version = work
        .disposition_counts(other.rule_id, Some(2))
        .await
        .unwrap();
    assert_eq!(of_version, DispositionCounts::default());
    let by_state = work.alert_counts().await.unwrap();
    assert_eq!(
        by_state,
        [
            (AlertState::Open, 0),
            (AlertState::Acknowledged, 0),
            (AlertState::Disposed, 2)
        ]
    );
    let filter = AlertFilter {
        state: Some(AlertState::Disposed),
        rule_id: Some(alert.rule_id),
    };
    assert_eq!(work.alerts(&filter, first(9)).await.unwrap().items.len(), 1);
    make.commit(work).await;

    let mut work = store.begin().await.unwrap();
    let nothing = Disposition::Duplicate {
        duplicate_of: AlertId::new(&make, &make),
    };
    let missing = work.change_alert(other.id, &decided(&make, nothing)).await;
    assert!(
        matches!(missing, Err(StoreError::Missing { .. })),
        "{missing:?}"
    );
}

pub async fn numbers_are_found_in_the_cases_of_their_calls(store: &dyn Store) {
    let make = Maker::new();
    let cases = [make.case("A-1"), make.case("A-2")];
    let mut work = store.begin().await.unwrap();
    for (at, case) in cases.iter().enumerate() {
        work.insert_case(case).await.unwrap();
        let mut recording = make.recording(&[at as u8], Some(case));
        recording.call.caller = Some("+86 138-0013".to_owned());
        recording.call.callee = Some("withheld".to_owned());
        make.pass(1);
        recording.created_at = make.now();
        work.insert_recording(&recording).await.unwrap();
    }
    let mut caseless = make.recording(b"caseless", None);
    caseless.call.caller = Some("0086 1380013".to_owned());
    work.insert_recording(&caseless).await.unwrap();
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    let mut expected = cases.clone().map(|case| case.id);
    expected.sort();
    let found = reader.cases_of_number("+861380013").await.unwrap();
    assert_eq!(found, expected);
    assert_eq!(reader.cases_of_number("withheld").await.unwrap(), []);
    let newest = reader.newest_numbers(9).await.unwrap();
    assert_eq!(newest, [("+861380013".to_owned(), cases[1].id)]);
}
