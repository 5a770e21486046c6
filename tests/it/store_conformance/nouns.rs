//! Single rows: written, read back, edited, refused.

use voxtrace::domain::*;
use voxtrace::store::{IdempotencyRecord, Store, StoreError};

use super::make::{Maker, model};

pub async fn what_is_inserted_reads_back_and_what_is_not_there_is_none(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("A-1");
    let recording = make.recording(b"bytes", Some(&case));
    let subject = make.subject("王某", SubjectClass::Suspect);
    let job = make.job(JobTask::Analyse {
        recording_id: recording.id,
    });
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    work.insert_recording(&recording).await.unwrap();
    work.insert_subject(&subject).await.unwrap();
    work.enqueue(&job, None).await.unwrap();
    make.commit(work).await;

    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.case(case.id).await.unwrap(), Some(case.clone()));
    assert_eq!(reader.case_by_no("A-1").await.unwrap(), Some(case.clone()));
    assert_eq!(
        reader.recording(recording.id).await.unwrap(),
        Some(recording.clone())
    );
    assert_eq!(
        reader
            .recording_by_sha256(recording.sha256, Some(case.id))
            .await
            .unwrap(),
        Some(recording.clone())
    );
    assert_eq!(reader.subject(subject.id).await.unwrap(), Some(subject));
    assert_eq!(reader.job(job.id).await.unwrap(), Some(job));

    assert_eq!(reader.case(CaseId::new(&make, &make)).await.unwrap(), None);
    assert_eq!(reader.case_by_no("a-1").await.unwrap(), None);
    assert_eq!(
        reader
            .recording(RecordingId::new(&make, &make))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        reader
            .recording_by_sha256(recording.sha256, None)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        reader.subject(SubjectId::new(&make, &make)).await.unwrap(),
        None
    );
    assert_eq!(
        reader
            .enrolment(EnrolmentId::new(&make, &make))
            .await
            .unwrap(),
        None
    );
    assert_eq!(reader.job(JobId::new(&make, &make)).await.unwrap(), None);
    assert_eq!(
        reader.search(SearchId::new(&make, &make)).await.unwrap(),
        None
    );
    assert_eq!(
        reader
            .comparison(ComparisonId::new(&make, &make))
            .await
            .unwrap(),
        None
    );
    let voice_id = VoiceId::new(&make, &make);
    assert_eq!(reader.voice(voice_id, make.now()).await.unwrap(), None);
    assert_eq!(reader.voiceprint(voice_id, &model()).await.unwrap(), None);
    assert_eq!(reader.segments(recording.id).await.unwrap(), (0, vec![]));
    assert_eq!(reader.channels(recording.id).await.unwrap(), vec![]);
    assert_eq!(reader.gallery_seq().await.unwrap(), 0);
    assert_eq!(reader.audit_head().await.unwrap().seq, 1);
}

pub async fn a_case_number_is_taken_once(store: &dyn Store) {
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    work.insert_case(&make.case("A-1")).await.unwrap();
    let refused = work.insert_case(&make.case("A-1")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { what: "case", value } if value == "A-1"));
}

pub async fn an_edit_counts_the_version_up_and_a_stale_one_is_refused(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("A-1");
    let subject = make.subject("name", SubjectClass::Unknown);
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    work.insert_subject(&subject).await.unwrap();

    let edit = Case {
        title: None,
        note: Some("new".to_owned()),
        ..case.clone()
    };
    let edited = work.update_case(&edit).await.unwrap();
    assert_eq!(
        edited,
        Case {
            version: 2,
            ..edit.clone()
        }
    );
    let stale = work.update_case(&edit).await.unwrap_err();
    assert!(matches!(
        stale,
        StoreError::Stale {
            what: "case",
            expected: 1,
            found: 2
        }
    ));
    assert_eq!(work.case(case.id).await.unwrap(), Some(edited));

    let edit = Subject {
        class: SubjectClass::Witness,
        ..subject.clone()
    };
    let edited = work.update_subject(&edit).await.unwrap();
    assert_eq!(
        edited,
        Subject {
            version: 2,
            ..edit.clone()
        }
    );
    let stale = work.update_subject(&edit).await.unwrap_err();
    assert!(matches!(
        stale,
        StoreError::Stale {
            what: "subject",
            expected: 1,
            found: 2
        }
    ));

    let absent = work.update_case(&make.case("A-2")).await.unwrap_err();
    assert!(matches!(absent, StoreError::Missing { what: "case", .. }));
    let absent = make.subject("nobody", SubjectClass::Staff);
    let absent = work.update_subject(&absent).await.unwrap_err();
    assert!(matches!(
        absent,
        StoreError::Missing {
            what: "subject",
            ..
        }
    ));
}

pub async fn bytes_are_one_recording_in_a_case_and_one_among_the_caseless(store: &dyn Store) {
    let make = Maker::new();
    let (left, right) = (make.case("A-1"), make.case("A-2"));
    let mut work = store.begin().await.unwrap();
    work.insert_case(&left).await.unwrap();
    work.insert_case(&right).await.unwrap();
    for case in [Some(&left), Some(&right), None] {
        work.insert_recording(&make.recording(b"same", case))
            .await
            .unwrap();
        let again = work
            .insert_recording(&make.recording(b"same", case))
            .await
            .unwrap_err();
        assert!(matches!(
            again,
            StoreError::Conflict {
                what: "recording",
                ..
            }
        ));
        let found = work
            .recording_by_sha256(Sha256::of(b"same"), case.map(|case| case.id))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.case_id, case.map(|case| case.id));
    }
}

pub async fn a_reference_to_nothing_is_missing(store: &dyn Store) {
    let make = Maker::new();
    let subject = make.stored_subject(store, "name").await;
    let stranger = make.subject("stranger", SubjectClass::Suspect);
    let unknown = make.case("A-9");
    let mut work = store.begin().await.unwrap();
    let refused = work
        .insert_recording(&make.recording(b"x", Some(&unknown)))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::Missing { what: "case", id } if id == unknown.id.to_string())
    );
    let refused = work
        .insert_enrolment(&make.enrolment(&stranger, &[]))
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        StoreError::Missing {
            what: "subject",
            ..
        }
    ));
    let voice_id = VoiceId::new(&make, &make);
    let refused = work
        .insert_enrolment(&make.enrolment(&subject, &[voice_id]))
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Missing { what: "voice", .. }));
    let recording_id = RecordingId::new(&make, &make);
    let job = make.job(JobTask::Analyse { recording_id });
    let refused = work.enqueue(&job, None).await.unwrap_err();
    assert!(matches!(
        refused,
        StoreError::Missing {
            what: "recording",
            ..
        }
    ));
    let refused = work
        .withdraw_enrolment(EnrolmentId::new(&make, &make), make.now())
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        StoreError::Missing {
            what: "enrolment",
            ..
        }
    ));
    let failure = Failure {
        code: "c".to_owned(),
        detail: "d".to_owned(),
    };
    let refused = work
        .fail_recording(recording_id, &failure)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        StoreError::Missing {
            what: "recording",
            ..
        }
    ));
}

pub async fn a_failed_recording_says_why(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"text").await;
    let failure = Failure {
        code: "unknown_format".to_owned(),
        detail: "found text".to_owned(),
    };
    let mut work = store.begin().await.unwrap();
    work.fail_recording(recording.id, &failure).await.unwrap();
    make.commit(work).await;
    let found = store
        .reader()
        .await
        .unwrap()
        .recording(recording.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.state, RecordingState::Failed);
    assert_eq!(found.failure, Some(failure));
}

pub async fn answers_read_back_to_the_last_bit(store: &dyn Store) {
    let make = Maker::new();
    let (search, comparison) = (make.search(), make.comparison());
    let mut work = store.begin().await.unwrap();
    work.insert_search(&search).await.unwrap();
    work.insert_comparison(&comparison).await.unwrap();
    let again = work.insert_search(&search).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict { what: "search", .. }));
    let again = work.insert_comparison(&comparison).await.unwrap_err();
    assert!(matches!(
        again,
        StoreError::Conflict {
            what: "comparison",
            ..
        }
    ));
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.search(search.id).await.unwrap(), Some(search));
    assert_eq!(
        reader.comparison(comparison.id).await.unwrap(),
        Some(comparison)
    );
}

pub async fn an_idempotency_key_is_taken_once_and_expires(store: &dyn Store) {
    let make = Maker::new();
    let record = IdempotencyRecord {
        key: "POST /api/v1/recordings k".to_owned(),
        request_sha256: Sha256::of(b"request"),
        status: 201,
        location: Some("/api/v1/recordings/1".to_owned()),
        body: "{}".to_owned(),
        created_at: make.now(),
    };
    let mut work = store.begin().await.unwrap();
    work.insert_idempotency(&record).await.unwrap();
    let again = work.insert_idempotency(&record).await.unwrap_err();
    assert!(matches!(
        again,
        StoreError::Conflict {
            what: "idempotency key",
            ..
        }
    ));
    work.expire_idempotency(record.created_at).await.unwrap();
    assert_eq!(
        work.idempotency(&record.key).await.unwrap(),
        Some(record.clone())
    );
    work.expire_idempotency(record.created_at.plus_millis(1))
        .await
        .unwrap();
    assert_eq!(work.idempotency(&record.key).await.unwrap(), None);
}
