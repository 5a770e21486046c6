//! Atomicity: changes and the audit rows that tell of them.

use futures_util::future::join_all;
use serde_json::json;
use voxtrace::audit;
use voxtrace::domain::*;
use voxtrace::store::{Store, StoreError};

use super::make::{Maker, first};

pub async fn a_unit_of_work_without_an_audit_row_does_not_commit(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("A-1");
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    assert!(matches!(
        work.commit().await,
        Err(StoreError::AuditChain { .. })
    ));
    assert_eq!(
        store.reader().await.unwrap().case(case.id).await.unwrap(),
        None
    );
}

pub async fn a_row_that_does_not_follow_is_refused(store: &dyn Store) {
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    let good = audit::record(
        work.as_mut(),
        &make,
        "a",
        "case.opened",
        "case/1",
        json!({ "b": 1 }),
    )
    .await
    .unwrap();
    assert_eq!((good.seq, good.prev_hash), (1, AuditHead::EMPTY.hash));
    let bad = [
        good.clone(),
        AuditRow {
            seq: 3,
            prev_hash: good.hash,
            ..good.clone()
        },
        AuditRow {
            seq: 2,
            prev_hash: Sha256::of(b"other"),
            ..good.clone()
        },
    ];
    for row in bad {
        let refused = work.append_audit(&row).await;
        assert!(matches!(refused, Err(StoreError::AuditChain { .. })));
    }
    let head = work.audit_head().await.unwrap();
    assert_eq!(
        head,
        AuditHead {
            seq: 1,
            hash: good.hash
        }
    );
    assert_eq!(work.audit_rows(0, 10).await.unwrap(), [good]);
    work.commit().await.unwrap();
}

pub async fn changes_and_their_row_commit_together_or_not_at_all(store: &dyn Store) {
    let make = Maker::new();
    let (kept, dropped) = (make.case("A-1"), make.case("A-2"));
    let mut work = store.begin().await.unwrap();
    work.insert_case(&kept).await.unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    work.insert_case(&dropped).await.unwrap();
    audit::record(
        work.as_mut(),
        &make,
        "a",
        "case.opened",
        "case/2",
        json!({}),
    )
    .await
    .unwrap();
    drop(work);
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.cases(first(9)).await.unwrap().items, [kept]);
    assert_eq!(audit::verify(reader.as_mut()).await.unwrap().rows, 1);
}

pub async fn a_fault_in_the_middle_leaves_nothing(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let mut found = make.found(&recording, 1, &[0, 1], &[0, 1]);
    // The second voice has the first one's place, which is found out half way through.
    found.voices[1].label = 0;
    let refused = make.stored_analysis(store, &found).await;
    assert!(matches!(
        refused,
        Err(StoreError::Conflict { what: "voice", .. })
    ));
    let mut reader = store.reader().await.unwrap();
    let stored = reader.recording(recording.id).await.unwrap().unwrap();
    assert_eq!(stored, recording);
    assert_eq!(reader.segments(recording.id).await.unwrap(), (0, vec![]));
    assert_eq!(
        reader
            .voices_of_recording(recording.id, make.now())
            .await
            .unwrap(),
        []
    );
    assert_eq!(reader.gallery_seq().await.unwrap(), 0);
}

pub async fn reads_in_a_unit_of_work_see_its_changes_and_others_do_not(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("A-1");
    let mut before = store.reader().await.unwrap();
    assert_eq!(before.case(case.id).await.unwrap(), None);
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    assert_eq!(work.case(case.id).await.unwrap(), Some(case.clone()));
    let mut outside = store.reader().await.unwrap();
    assert_eq!(outside.case(case.id).await.unwrap(), None);
    make.commit(work).await;
    // A look stays as it was when it first looked.
    assert_eq!(before.case(case.id).await.unwrap(), None);
    assert_eq!(outside.case(case.id).await.unwrap(), None);
    let mut after = store.reader().await.unwrap();
    assert_eq!(after.case(case.id).await.unwrap(), Some(case));
}

pub async fn units_of_work_queue_for_their_turn(store: &dyn Store) {
    let make = Maker::new();
    join_all((0..20).map(|number| {
        let make = &make;
        async move {
            let mut work = store.begin().await.unwrap();
            work.insert_case(&make.case(&format!("A-{number}")))
                .await
                .unwrap();
            make.commit(work).await;
        }
    }))
    .await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.cases(first(99)).await.unwrap().items.len(), 20);
    assert_eq!(audit::verify(reader.as_mut()).await.unwrap().rows, 20);
}

pub async fn a_long_chain_verifies(store: &dyn Store) {
    const ROWS: u64 = 2500;
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    let mut last = None;
    for number in 0..ROWS {
        make.pass(1);
        let object = format!("case/{number}");
        let row = audit::record(
            work.as_mut(),
            &make,
            "a",
            "case.opened",
            &object,
            json!({ "n": number }),
        )
        .await
        .unwrap();
        last = Some(row.hash);
    }
    work.commit().await.unwrap();
    let mut reader = store.reader().await.unwrap();
    let verified = audit::verify(reader.as_mut()).await.unwrap();
    assert_eq!((verified.rows, Some(verified.head_hash)), (ROWS, last));
}
