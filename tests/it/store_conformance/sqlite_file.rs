//! What only a SQLite file can show: crashes, tampering, other processes, past and future formats.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use voxtrace::audit::{self, AuditError};
use voxtrace::domain::*;
use voxtrace::store::blobs::BlobStore;
use voxtrace::store::sqlite::{SqliteOptions, SqliteStore};
use voxtrace::store::{JobQueue, Store, StoreError, TextMatch};

use super::make::{Maker, first, model};
use super::watching::{decided, stored_alert};
use super::webhooks::{attempt, delivery, report, webhook};

/// An empty store in a folder of its own.
pub async fn empty() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&database(folder.path())).await.unwrap();
    (folder, store)
}

pub fn database(folder: &Path) -> PathBuf {
    folder.join("voxtrace.db")
}

/// A connection that knows nothing of the store's rules.
pub async fn raw(folder: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", database(folder).display()))
        .await
        .unwrap()
}

pub async fn execute(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}

/// What a power cut would leave: the files as they are, copied while the store is open.
fn copy_as_after_a_crash(from: &Path, to: &Path) {
    for name in ["voxtrace.db", "voxtrace.db-wal"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[tokio::test]
async fn what_was_committed_survives_a_crash_and_what_was_not_is_gone() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let (kept, lost) = (make.case("A-1"), make.case("A-2"));
    let mut work = store.begin().await.unwrap();
    work.insert_case(&kept).await.unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    work.insert_case(&lost).await.unwrap();
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

    let after = tempfile::tempdir().unwrap();
    copy_as_after_a_crash(folder.path(), after.path());
    drop(work);
    let store = SqliteStore::open(&database(after.path())).await.unwrap();
    store.check().await.unwrap();
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.cases(first(9)).await.unwrap().items, [kept]);
    assert_eq!(audit::verify(reader.as_mut()).await.unwrap().rows, 1);
}

#[tokio::test]
async fn a_store_that_was_dropped_without_closing_opens_again() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let job = make.job(JobTask::Index {});
    make.stored_job(&store, &job, None).await;
    let now = make.now();
    store
        .claim("killed", now, now.plus_millis(1000))
        .await
        .unwrap();
    drop(store);
    let store = SqliteStore::open(&database(folder.path())).await.unwrap();
    assert_eq!(store.lease_owners().await.unwrap(), ["killed"]);
    store.check().await.unwrap();
    store.close().await;
    assert!(matches!(
        store.begin().await.err(),
        Some(StoreError::Unavailable { .. })
    ));
}

#[tokio::test]
async fn two_processes_share_the_file_and_its_chain() {
    let (folder, serving) = empty().await;
    let ingesting = SqliteStore::open(&database(folder.path())).await.unwrap();
    let make = Maker::new();
    let write = |store: SqliteStore, prefix: &'static str| {
        let make = &make;
        async move {
            for number in 0..20 {
                let mut work = store.begin().await.unwrap();
                work.insert_case(&make.case(&format!("{prefix}-{number}")))
                    .await
                    .unwrap();
                make.commit(work).await;
            }
        }
    };
    tokio::join!(write(serving.clone(), "A"), write(ingesting, "B"));
    let mut reader = serving.reader().await.unwrap();
    assert_eq!(audit::verify(reader.as_mut()).await.unwrap().rows, 40);
}

#[tokio::test]
async fn a_writer_that_does_not_end_makes_the_store_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    // The wait bounds the opening and each honest turn as well, on a busy machine too.
    let options = SqliteOptions {
        wait: Duration::from_secs(3),
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open_with(&database(folder.path()), options)
        .await
        .unwrap();
    let mut other = raw(folder.path()).await;
    execute(&mut other, "BEGIN IMMEDIATE").await.unwrap();
    assert!(matches!(
        store.begin().await.err(),
        Some(StoreError::Unavailable { .. })
    ));
    let now = Timestamp::from_millis(0);
    let claimed = store.claim("a", now, now).await;
    assert!(matches!(claimed, Err(StoreError::Unavailable { .. })));
    execute(&mut other, "ROLLBACK").await.unwrap();
    let held = store.begin().await.unwrap();
    assert!(matches!(
        store.begin().await.err(),
        Some(StoreError::Unavailable { .. })
    ));
    drop(held);
    assert!(store.begin().await.is_ok());
}

#[tokio::test]
async fn the_database_refuses_to_change_what_must_stay() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let mut work = store.begin().await.unwrap();
    work.insert_search(&make.search()).await.unwrap();
    work.insert_comparison(&make.comparison()).await.unwrap();
    make.commit(work).await;
    let recording = make.stored_recording(&store, b"a").await;
    let found = make.found(&recording, 1, &[0], &[0]);
    make.stored_analysis(&store, &found).await.unwrap();
    make.stored_population(&store, "callers").await;
    let mut other = raw(folder.path()).await;
    for sql in [
        "UPDATE audit SET actor = 'b'",
        "DELETE FROM audit",
        "UPDATE searches SET answer = '{}'",
        "DELETE FROM searches",
        "UPDATE comparisons SET answer = '{}'",
        "DELETE FROM comparisons",
        "UPDATE populations SET name = 'other'",
        "DELETE FROM populations",
        "UPDATE population_versions SET facts = '{}'",
        "DELETE FROM population_versions",
        "UPDATE population_members SET net_speech_ms = 1",
        "DELETE FROM population_members",
    ] {
        let refused = execute(&mut other, sql).await.unwrap_err().to_string();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
}

/// A chain of five rows, tampered with by one who drops the triggers first.
async fn verified_after(tampering: &'static str) -> AuditError {
    let (folder, store) = empty().await;
    let make = Maker::new();
    for _ in 0..5 {
        make.commit(store.begin().await.unwrap()).await;
    }
    let mut other = raw(folder.path()).await;
    execute(
        &mut other,
        "DROP TRIGGER audit_never_changes; DROP TRIGGER audit_never_goes",
    )
    .await
    .unwrap();
    execute(&mut other, tampering).await.unwrap();
    let mut reader = store.reader().await.unwrap();
    audit::verify(reader.as_mut()).await.unwrap_err()
}

#[tokio::test]
async fn tampering_is_found_and_the_row_is_named() {
    let found = verified_after("UPDATE audit SET actor = 'someone else' WHERE seq = 3").await;
    assert!(matches!(found, AuditError::OwnHash { seq: 3, .. }));
    let found = verified_after("UPDATE audit SET at = at + 1 WHERE seq = 5").await;
    assert!(matches!(found, AuditError::OwnHash { seq: 5, .. }));
    let found = verified_after("DELETE FROM audit WHERE seq = 2").await;
    assert!(matches!(
        found,
        AuditError::Sequence {
            expected: 2,
            found: 3
        }
    ));
    let found = verified_after("UPDATE audit SET prev_hash = zeroblob(32) WHERE seq = 4").await;
    assert!(matches!(found, AuditError::PreviousHash { seq: 4, .. }));
    let found =
        verified_after("DELETE FROM audit WHERE seq = 1; UPDATE audit SET seq = seq - 1").await;
    assert!(matches!(found, AuditError::PreviousHash { seq: 1, .. }));
}

#[tokio::test]
async fn damage_is_an_error_that_names_the_place() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let recording = make.stored_recording(&store, b"a").await;
    let found = make.found(&recording, 1, &[0], &[0]);
    make.stored_analysis(&store, &found).await.unwrap();
    let mut other = raw(folder.path()).await;
    execute(
        &mut other,
        "UPDATE voiceprints SET embedding = zeroblob(768)",
    )
    .await
    .unwrap();
    execute(&mut other, "UPDATE recordings SET media = '{'")
        .await
        .unwrap();
    let mut reader = store.reader().await.unwrap();
    let read = reader.recording(recording.id).await;
    assert!(matches!(
        read,
        Err(StoreError::Corrupt {
            what: "recording",
            ..
        })
    ));
    let read = reader.voiceprint(found.voices[0].id, &model()).await;
    assert!(matches!(
        read,
        Err(StoreError::Corrupt {
            what: "embedding",
            ..
        })
    ));
    let read = reader.gallery_changes(&model(), 0, 10).await;
    assert!(matches!(
        read,
        Err(StoreError::Corrupt {
            what: "embedding",
            ..
        })
    ));
    drop(reader);
    execute(&mut other, "PRAGMA foreign_keys = OFF; DELETE FROM voices")
        .await
        .unwrap();
    assert!(matches!(
        store.check().await,
        Err(StoreError::Corrupt {
            what: "database",
            ..
        })
    ));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        database(folder.path()),
        "not a database, and longer than its header",
    )
    .unwrap();
    let refused = SqliteStore::open(&database(folder.path()))
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused}");
    let nowhere = folder.path().join("absent/voxtrace.db");
    let refused = SqliteStore::open(&nowhere).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Unavailable { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn a_blob_without_a_row_is_an_orphan_and_one_with_a_row_is_not() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let blobs = BlobStore::open(folder.path()).unwrap();
    let mut put = Vec::new();
    for bytes in [b"with", b"lost"] {
        let mut incoming = blobs.begin().unwrap();
        incoming.write(bytes).unwrap();
        put.push(incoming.finish().unwrap().sha256);
    }
    make.stored_recording(&store, b"with").await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(blobs.orphans(reader.as_mut(), 10).await.unwrap(), [put[1]]);
    assert_eq!(blobs.orphans(reader.as_mut(), 0).await.unwrap(), []);
}

#[tokio::test]
async fn what_alerts_say_and_what_became_of_them_cannot_be_rewritten() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let (alert, _) = stored_alert(&store, &make, "key").await;
    let (partner, secret) = webhook(&make, "bank");
    let told = delivery(&make, &partner, Some(&alert));
    let mut work = store.begin().await.unwrap();
    let decision = decided(&make, Disposition::False);
    work.change_alert(alert.id, &decision).await.unwrap();
    work.insert_webhook(&partner, &secret).await.unwrap();
    work.insert_delivery(&told).await.unwrap();
    let tried = attempt(&make, AttemptOutcome::Refused, Some(500));
    work.insert_delivery_attempt(told.id, &tried).await.unwrap();
    work.insert_partner_report(&report(&make, &partner, &alert))
        .await
        .unwrap();
    make.commit(work).await;
    store.close().await;
    let mut other = raw(folder.path()).await;
    for sql in [
        "UPDATE rule_changes SET reason = 'x'",
        "DELETE FROM rule_changes",
        "DELETE FROM rules",
        "UPDATE alerts SET key = 'x'",
        "UPDATE alerts SET evidence = NULL",
        "DELETE FROM alerts",
        "UPDATE alert_sightings SET at = 0",
        "DELETE FROM alert_sightings",
        "UPDATE alert_changes SET reason = 'x'",
        "DELETE FROM alert_changes",
        "UPDATE deliveries SET body = 'x'",
        "DELETE FROM deliveries",
        "UPDATE delivery_attempts SET outcome = 'delivered'",
        "DELETE FROM delivery_attempts",
        "UPDATE partner_reports SET action = 'nothing_done'",
        "DELETE FROM partner_reports",
    ] {
        let refused = execute(&mut other, sql).await.unwrap_err().to_string();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn an_index_of_texts_that_is_lost_or_wrong_is_made_anew_at_opening() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let entities: Vec<Entity> = (0..40)
        .map(|number| Entity {
            id: EntityId::new(&make, &make),
            kind: EntityKind::Person,
            normalised: format!("张三{number:02}"),
            written: "x".to_owned(),
            warnings: Vec::new(),
            created_at: make.now(),
        })
        .collect();
    let mut work = store.begin().await.unwrap();
    work.put_entities(&entities).await.unwrap();
    make.commit(work).await;
    store.close().await;
    for damage in [
        // A file of an older format has none.
        "DELETE FROM entity_texts; INSERT INTO entity_grams (entity_grams) VALUES ('delete-all')",
        "DELETE FROM entity_texts WHERE position = 7",
        "INSERT INTO entity_grams (entity_grams) VALUES ('delete-all')",
        "PRAGMA foreign_keys = OFF; UPDATE entity_texts SET entity_id = randomblob(16) WHERE position = 9",
        "SELECT 1",
    ] {
        let mut other = raw(folder.path()).await;
        execute(&mut other, damage).await.unwrap();
        other.close().await.unwrap();
        let store = SqliteStore::open(&database(folder.path())).await.unwrap();
        store.check().await.unwrap();
        let mut reader = store.reader().await.unwrap();
        for (text, count) in [
            ("张三", 40),
            ("三07", 1),
            ("三09", 1),
            ("三38", 1),
            ("三40", 0),
        ] {
            let found = reader.entities_like(text, TextMatch::Anywhere, 99).await;
            assert_eq!(found.unwrap().len(), count, "{text} after {damage:?}");
        }
        drop(reader);
        store.close().await;
    }
}
