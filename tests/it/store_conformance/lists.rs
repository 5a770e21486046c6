//! Lists: order, pages, filters.

use voxtrace::domain::*;
use voxtrace::store::{JobFilter, RecordingFilter, Store, SubjectFilter};

use super::make::{Maker, first};

/// All items of a list, read in pages of `$limit`; `$page` is the call for one page.
macro_rules! all_pages {
    ($limit:expr, $page:ident => $call:expr) => {{
        let mut items = Vec::new();
        let mut $page = first($limit);
        loop {
            let page = $call.await.unwrap();
            assert!(page.items.len() <= $limit as usize);
            items.extend(page.items);
            match page.next {
                Some(next) => $page.after = Some(next),
                None => break items,
            }
        }
    }};
}

pub async fn pages_of_equal_times_hold_every_case_once(store: &dyn Store) {
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    let mut cases = Vec::new();
    for number in 0..7 {
        // Three share the first time, four the second.
        if number == 3 {
            make.pass(1);
        }
        let case = make.case(&format!("A-{number}"));
        work.insert_case(&case).await.unwrap();
        cases.push(case);
    }
    make.commit(work).await;
    cases.sort_by_key(|case| std::cmp::Reverse((case.created_at, case.id)));
    let mut reader = store.reader().await.unwrap();
    for limit in 1..=8 {
        assert_eq!(all_pages!(limit, page => reader.cases(page)), cases);
    }
    let none = reader.cases(first(0)).await.unwrap();
    assert_eq!((none.items, none.next), (vec![], None));
    let whole = reader.cases(first(7)).await.unwrap();
    assert_eq!((whole.items.len(), whole.next), (7, None));
}

pub async fn pages_of_every_list_join_to_the_whole(store: &dyn Store) {
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    for number in 0..5u8 {
        work.insert_recording(&make.recording(&[number], None))
            .await
            .unwrap();
        work.insert_subject(&make.subject("n", SubjectClass::Victim))
            .await
            .unwrap();
        work.insert_search(&make.search()).await.unwrap();
        work.insert_comparison(&make.comparison()).await.unwrap();
        work.enqueue(&make.job(JobTask::Index {}), None)
            .await
            .unwrap();
    }
    make.commit(work).await;
    let mut reader = store.reader().await.unwrap();
    let (recordings, subjects, jobs) = (
        RecordingFilter::default(),
        SubjectFilter::default(),
        JobFilter::default(),
    );
    let ids = [
        all_pages!(2, page => reader.recordings(&recordings, page))
            .iter()
            .map(|r| r.id.0)
            .collect::<Vec<_>>(),
        all_pages!(2, page => reader.subjects(&subjects, page))
            .iter()
            .map(|s| s.id.0)
            .collect(),
        all_pages!(2, page => reader.searches(page))
            .iter()
            .map(|s| s.id.0)
            .collect(),
        all_pages!(2, page => reader.comparisons(page))
            .iter()
            .map(|c| c.id.0)
            .collect(),
        all_pages!(2, page => reader.jobs(&jobs, page))
            .iter()
            .map(|j| j.id.0)
            .collect(),
    ];
    for ids in ids {
        assert_eq!(ids.len(), 5);
        assert!(ids.is_sorted_by(|newer, older| newer > older));
    }
}

pub async fn filters_narrow_lists(store: &dyn Store) {
    let make = Maker::new();
    let case = make.case("A-1");
    let inside = make.recording(b"in", Some(&case));
    let outside = make.recording(b"out", None);
    let suspect = make.subject("one", SubjectClass::Suspect);
    let witness = make.subject("two", SubjectClass::Witness);
    let analyse = make.job(JobTask::Analyse {
        recording_id: inside.id,
    });
    let index = make.job(JobTask::Index {});
    let failure = Failure {
        code: "c".to_owned(),
        detail: "d".to_owned(),
    };
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    for recording in [&inside, &outside] {
        work.insert_recording(recording).await.unwrap();
    }
    work.fail_recording(outside.id, &failure).await.unwrap();
    for subject in [&suspect, &witness] {
        work.insert_subject(subject).await.unwrap();
    }
    for job in [&analyse, &index] {
        work.enqueue(job, None).await.unwrap();
    }

    let all = RecordingFilter::default();
    let recording_filters = [
        (
            RecordingFilter {
                case_id: Some(case.id),
                ..all.clone()
            },
            inside.id,
        ),
        (
            RecordingFilter {
                state: Some(RecordingState::Failed),
                ..all.clone()
            },
            outside.id,
        ),
        (
            RecordingFilter {
                sha256: Some(inside.sha256),
                ..all.clone()
            },
            inside.id,
        ),
        (
            RecordingFilter {
                case_id: Some(case.id),
                state: Some(RecordingState::Pending),
                sha256: Some(inside.sha256),
            },
            inside.id,
        ),
    ];
    for (filter, expected) in recording_filters {
        let page = work.recordings(&filter, first(9)).await.unwrap();
        assert_eq!(
            page.items.iter().map(|found| found.id).collect::<Vec<_>>(),
            [expected]
        );
    }
    let none = RecordingFilter {
        case_id: Some(case.id),
        state: Some(RecordingState::Failed),
        ..all
    };
    assert_eq!(
        work.recordings(&none, first(9)).await.unwrap().items,
        vec![]
    );

    let by_class = SubjectFilter {
        class: Some(SubjectClass::Witness),
        name: None,
    };
    assert_eq!(
        work.subjects(&by_class, first(9)).await.unwrap().items,
        vec![witness]
    );
    let by_name = SubjectFilter {
        class: None,
        name: Some("one".to_owned()),
    };
    assert_eq!(
        work.subjects(&by_name, first(9)).await.unwrap().items,
        vec![suspect]
    );

    let by_kind = JobFilter {
        kind: Some(JobKind::Index),
        ..JobFilter::default()
    };
    assert_eq!(
        work.jobs(&by_kind, first(9)).await.unwrap().items,
        vec![index]
    );
    let by_recording = JobFilter {
        recording_id: Some(inside.id),
        ..JobFilter::default()
    };
    assert_eq!(
        work.jobs(&by_recording, first(9)).await.unwrap().items,
        vec![analyse]
    );
    let by_state = JobFilter {
        state: Some(JobState::Dead),
        ..JobFilter::default()
    };
    assert_eq!(work.jobs(&by_state, first(9)).await.unwrap().items, vec![]);
}
