//! The queue: claims, leases, tries.

use std::collections::HashSet;

use futures_util::future::join_all;
use voxtrace::domain::*;
use voxtrace::store::{RetryCause, Store, StoreError};

use super::make::Maker;

const LEASE_MS: i64 = 1000;

async fn claim(store: &dyn Store, make: &Maker, owner: &str) -> Option<Job> {
    let now = make.now();
    let leased = store
        .claim(owner, now, now.plus_millis(LEASE_MS))
        .await
        .unwrap()?;
    assert_eq!(leased.owner, owner);
    assert_eq!(leased.job.lease_owner.as_deref(), Some(owner));
    assert_eq!(leased.job.state, JobState::Running);
    Some(leased.job)
}

async fn stored(store: &dyn Store, id: JobId) -> Job {
    store
        .reader()
        .await
        .unwrap()
        .job(id)
        .await
        .unwrap()
        .unwrap()
}

fn is_lost<T: std::fmt::Debug>(outcome: Result<T, StoreError>, id: JobId, owner: &str) -> bool {
    matches!(
        outcome,
        Err(StoreError::LeaseLost { id: of, owner: by }) if of == id && by == owner
    )
}

pub async fn many_workers_never_get_the_same_job(store: &dyn Store) {
    const JOBS: usize = 40;
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    for _ in 0..JOBS {
        work.enqueue(&make.job(JobTask::Index {}), None)
            .await
            .unwrap();
    }
    make.commit(work).await;
    let workers = (0..8).map(|worker| {
        let make = &make;
        async move {
            let owner = format!("worker-{worker}");
            let mut got = Vec::new();
            while let Some(job) = claim(store, make, &owner).await {
                got.push(job.id);
            }
            got
        }
    });
    let got: Vec<JobId> = join_all(workers).await.into_iter().flatten().collect();
    assert_eq!(got.len(), JOBS);
    assert_eq!(got.iter().collect::<HashSet<_>>().len(), JOBS);
}

pub async fn the_oldest_job_that_may_run_comes_first(store: &dyn Store) {
    let make = Maker::new();
    let now = make.now();
    let later = Job {
        run_after: now.plus_millis(10),
        ..make.job(JobTask::Index {})
    };
    make.stored_job(store, &later, None).await;
    make.pass(1);
    let sooner = make.job(JobTask::Index {});
    make.stored_job(store, &sooner, None).await;
    assert_eq!(claim(store, &make, "a").await.unwrap().id, sooner.id);
    assert_eq!(claim(store, &make, "a").await, None);
    make.pass(9);
    assert_eq!(claim(store, &make, "a").await.unwrap().id, later.id);
}

pub async fn a_key_is_one_job_while_it_is_open(store: &dyn Store) {
    let make = Maker::new();
    let first = make.job(JobTask::Index {});
    assert_eq!(
        make.stored_job(store, &first, Some("index")).await,
        first.id
    );
    make.pass(1);
    let second = make.job(JobTask::Index {});
    assert_eq!(
        make.stored_job(store, &second, Some("index")).await,
        first.id
    );
    assert_eq!(
        make.stored_job(store, &second, Some("other")).await,
        second.id
    );
    let running = claim(store, &make, "a").await.unwrap();
    assert_eq!(running.id, first.id);
    let third = make.job(JobTask::Index {});
    assert_eq!(
        make.stored_job(store, &third, Some("index")).await,
        first.id
    );

    let mut work = store.begin().await.unwrap();
    work.bury_job(first.id, "a", "broken", make.now())
        .await
        .unwrap();
    assert_eq!(work.enqueue(&third, Some("index")).await.unwrap(), third.id);
    let taken = work.requeue_job(first.id, make.now()).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })));
}

pub async fn a_lost_lease_lets_nothing_be_written(store: &dyn Store) {
    let make = Maker::new();
    let id = make
        .stored_job(store, &make.job(JobTask::Index {}), None)
        .await;
    let now = make.now();
    let unheld = store.heartbeat(id, "a", 0.5, now, now).await;
    assert!(is_lost(unheld, id, "a"));
    claim(store, &make, "a").await.unwrap();
    assert!(is_lost(
        store.heartbeat(id, "b", 0.5, now, now).await,
        id,
        "b"
    ));
    let retried = store
        .retry(id, "b", "r", RetryCause::Failed, now, now)
        .await;
    assert!(is_lost(retried, id, "b"));
    let mut work = store.begin().await.unwrap();
    assert!(is_lost(work.finish_job(id, "b", now).await, id, "b"));
    assert!(is_lost(work.bury_job(id, "b", "r", now).await, id, "b"));
    work.finish_job(id, "a", now).await.unwrap();
    assert!(is_lost(work.finish_job(id, "a", now).await, id, "a"));
    make.commit(work).await;
    let done = stored(store, id).await;
    assert_eq!(
        (done.state, done.progress, done.lease_owner),
        (JobState::Done, 1.0, None)
    );
    let nobody = JobId::new(&make, &make);
    assert!(is_lost(
        store.heartbeat(nobody, "a", 0.5, now, now).await,
        nobody,
        "a"
    ));
}

pub async fn a_lease_that_ended_is_taken_over_and_each_try_counts(store: &dyn Store) {
    let make = Maker::new();
    let id = make
        .stored_job(store, &make.job(JobTask::Index {}), None)
        .await;
    assert_eq!(claim(store, &make, "a").await.unwrap().attempts, 1);
    make.pass(LEASE_MS - 1);
    assert_eq!(claim(store, &make, "b").await, None);
    let now = make.now();
    store
        .heartbeat(id, "a", 0.25, now, now.plus_millis(LEASE_MS))
        .await
        .unwrap();
    assert_eq!(stored(store, id).await.progress, 0.25);
    make.pass(LEASE_MS - 1);
    assert_eq!(claim(store, &make, "b").await, None);
    make.pass(1);
    assert_eq!(claim(store, &make, "b").await.unwrap().attempts, 2);
    let now = make.now();
    assert!(is_lost(
        store.heartbeat(id, "a", 0.5, now, now).await,
        id,
        "a"
    ));
    assert_eq!(store.lease_owners().await.unwrap(), ["b"]);
}

pub async fn a_job_that_kills_its_workers_is_handed_out_to_be_buried(store: &dyn Store) {
    let make = Maker::new();
    let job = make.job(JobTask::Index {});
    make.stored_job(store, &job, None).await;
    for attempt in 1..=job.max_attempts {
        assert_eq!(claim(store, &make, "a").await.unwrap().attempts, attempt);
        make.pass(LEASE_MS);
    }
    let last = claim(store, &make, "a").await.unwrap();
    assert!(last.attempts > last.max_attempts);
    let mut work = store.begin().await.unwrap();
    work.bury_job(job.id, "a", "never ended", make.now())
        .await
        .unwrap();
    make.commit(work).await;
    let dead = stored(store, job.id).await;
    assert_eq!(
        (dead.state, dead.reason.as_deref()),
        (JobState::Dead, Some("never ended"))
    );
    make.pass(LEASE_MS);
    assert_eq!(claim(store, &make, "a").await, None);
}

pub async fn a_retry_waits_and_counts_by_its_cause(store: &dyn Store) {
    let make = Maker::new();
    let id = make
        .stored_job(store, &make.job(JobTask::Index {}), None)
        .await;
    for (cause, attempts) in [(RetryCause::Failed, 1), (RetryCause::NotReady, 1)] {
        claim(store, &make, "a").await.unwrap();
        let now = make.now();
        store
            .retry(id, "a", "later", cause, now, now.plus_millis(5))
            .await
            .unwrap();
        let waiting = stored(store, id).await;
        assert_eq!(
            (waiting.state, waiting.attempts),
            (JobState::Queued, attempts)
        );
        assert_eq!(waiting.reason.as_deref(), Some("later"));
        assert_eq!((waiting.lease_owner, waiting.lease_until), (None, None));
        assert_eq!(claim(store, &make, "a").await, None);
        make.pass(5);
    }
    assert_eq!(claim(store, &make, "a").await.unwrap().attempts, 2);
}

pub async fn release_does_not_count_and_take_over_does(store: &dyn Store) {
    let make = Maker::new();
    for _ in 0..3 {
        make.stored_job(store, &make.job(JobTask::Index {}), None)
            .await;
    }
    let first = claim(store, &make, "a").await.unwrap();
    claim(store, &make, "a").await.unwrap();
    let kept = claim(store, &make, "b").await.unwrap();
    assert_eq!(store.lease_owners().await.unwrap(), ["a", "b"]);
    assert_eq!(store.release("a", make.now()).await.unwrap(), 2);
    assert_eq!(store.release("a", make.now()).await.unwrap(), 0);
    assert_eq!(stored(store, first.id).await.attempts, 0);
    assert_eq!(store.take_over("b", make.now()).await.unwrap(), 1);
    let taken = stored(store, kept.id).await;
    assert_eq!((taken.state, taken.attempts), (JobState::Queued, 1));
    assert_eq!(store.lease_owners().await.unwrap(), Vec::<String>::new());
}

pub async fn a_cancelled_job_is_lost_to_its_worker_and_may_be_queued_again(store: &dyn Store) {
    let make = Maker::new();
    let id = make
        .stored_job(store, &make.job(JobTask::Index {}), None)
        .await;
    claim(store, &make, "a").await.unwrap();
    let now = make.now();
    let mut work = store.begin().await.unwrap();
    assert!(!work.requeue_job(id, now).await.unwrap());
    assert!(work.cancel_job(id, "by a person", now).await.unwrap());
    assert!(!work.cancel_job(id, "again", now).await.unwrap());
    make.commit(work).await;
    assert!(is_lost(
        store.heartbeat(id, "a", 0.5, now, now).await,
        id,
        "a"
    ));
    let cancelled = stored(store, id).await;
    assert_eq!(cancelled.state, JobState::Cancelled);
    assert_eq!(cancelled.reason.as_deref(), Some("by a person"));
    let mut work = store.begin().await.unwrap();
    assert!(work.requeue_job(id, now).await.unwrap());
    make.commit(work).await;
    let queued = stored(store, id).await;
    assert_eq!(
        (queued.state, queued.attempts, queued.reason),
        (JobState::Queued, 0, None)
    );
    assert_eq!(claim(store, &make, "a").await.unwrap().id, id);
}

pub async fn jobs_are_counted_by_state(store: &dyn Store) {
    let make = Maker::new();
    for _ in 0..3 {
        make.stored_job(store, &make.job(JobTask::Index {}), None)
            .await;
    }
    claim(store, &make, "a").await.unwrap();
    let counts = store.reader().await.unwrap().job_counts().await.unwrap();
    let expected = [
        (JobState::Queued, 2),
        (JobState::Running, 1),
        (JobState::Done, 0),
        (JobState::Dead, 0),
        (JobState::Cancelled, 0),
    ];
    assert_eq!(counts, expected);
}
