//! Past formats open, a future one is refused.

use std::collections::HashMap;
use std::path::Path;

use sqlx::Connection;
use voxtrace::audit;
use voxtrace::domain::*;
use voxtrace::store::sqlite::SqliteStore;
use voxtrace::store::{
    AddedEvents, AlertFilter, DeliveryFilter, EventFilter, JobFilter, LinkFilter, RecordingFilter,
    Store, TextMatch, UnitOfWork,
};

use super::calibrations::calibration;
use super::entities::{import, transfer};
use super::links;
use super::make::{Maker, first, model};
use super::sqlite_file::{database, empty, execute, raw};
use super::watching::{alert, member, rule, watch_list};
use super::webhooks::{delivery, webhook};

#[tokio::test]
async fn a_newer_format_is_refused_in_words() {
    let (folder, store) = empty().await;
    store.close().await;
    let mut other = raw(folder.path()).await;
    execute(
        &mut other,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'future', TRUE, x'00', 0)",
    )
    .await
    .unwrap();
    other.close().await.unwrap();
    let refused = SqliteStore::open(&database(folder.path()))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("format is 9999"), "{refused}");
    assert!(refused.contains("newer version"), "{refused}");
}

/// Opens a copy of a kept file and looks at everything in it.
async fn open_kept(name: &str) -> (tempfile::TempDir, SqliteStore, Recording) {
    let folder = tempfile::tempdir().unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    std::fs::copy(kept.join(name), database(folder.path())).unwrap();
    let store = SqliteStore::open(&database(folder.path())).await.unwrap();
    store.check().await.unwrap();
    let mut reader = store.reader().await.unwrap();
    assert!(audit::verify(reader.as_mut()).await.unwrap().rows >= 5);
    let case = reader.case_by_no("FORMAT-1").await.unwrap().unwrap();
    let filter = RecordingFilter {
        case_id: Some(case.id),
        ..Default::default()
    };
    let recording = reader
        .recordings(&filter, first(9))
        .await
        .unwrap()
        .items
        .remove(0);
    let now = recording.created_at;
    let voice = reader
        .voices_of_recording(recording.id, now)
        .await
        .unwrap()
        .remove(0);
    assert!(voice.subject_id.is_some());
    assert!(
        reader
            .voiceprint(voice.id, &model())
            .await
            .unwrap()
            .is_some()
    );
    let gallery = reader.gallery_changes(&model(), 0, 9).await.unwrap();
    assert!(!gallery.is_empty());
    assert_eq!(reader.searches(first(9)).await.unwrap().items.len(), 1);
    assert_eq!(reader.comparisons(first(9)).await.unwrap().items.len(), 1);
    let jobs = reader.jobs(&JobFilter::default(), first(9)).await.unwrap();
    assert_eq!(jobs.items.len(), 1);
    drop(reader);
    (folder, store, recording)
}

#[tokio::test]
async fn format_1_opens_with_all_that_it_holds() {
    let (_folder, store, _) = open_kept("format-1.db").await;
    answers_are_without_points(&store).await;
}

#[tokio::test]
async fn format_2_opens_with_all_that_it_holds() {
    let (_folder, store, recording) = open_kept("format-2.db").await;
    answers_are_without_points(&store).await;
    let mut reader = store.reader().await.unwrap();
    let revisions = reader.segment_revisions(recording.id).await.unwrap();
    assert_eq!(revisions.len(), 1);
    assert_eq!(revisions[0].origin, SegmentOrigin::Automatic);
    let voices = reader
        .voices_of_recording(recording.id, recording.created_at)
        .await
        .unwrap();
    assert!(voices[0].suitability.is_some());
    let channels = reader.channels(recording.id).await.unwrap();
    assert!(channels[0].quality.silence_ratio.is_some());
}

/// Answers of formats 1 and 2 are older than operating points and words.
async fn answers_are_without_points(store: &SqliteStore) {
    let mut reader = store.reader().await.unwrap();
    let search = reader.searches(first(9)).await.unwrap().items.remove(0);
    assert_eq!(search.answer.operating_points, []);
    assert_eq!(search.answer.candidates[0].operating_point, None);
    assert_eq!(search.answer.candidates[0].evidence.verbal_words, None);
    assert_eq!(reader.calibrations().await.unwrap(), []);
}

#[tokio::test]
async fn format_3_opens_with_all_that_it_holds() {
    let (_folder, store, _) = open_kept("format-3.db").await;
    let mut reader = store.reader().await.unwrap();
    let search = reader.searches(first(9)).await.unwrap().items.remove(0);
    assert_eq!(search.answer.operating_points.len(), 2);
    let calibrations = reader.calibrations().await.unwrap();
    assert_eq!(calibrations.len(), 1);
    assert_eq!(calibrations[0].state, CalibrationState::Active);
    assert_eq!(calibrations[0].changes.len(), 1);
    // Numbers of older calls are normalised as those of new ones are.
    let numbers = reader.newest_numbers(9).await.unwrap();
    assert_eq!(numbers.len(), 1);
    assert_eq!(numbers[0].0, normalised_number("+86 100").unwrap());
    assert_eq!(reader.active_rules().await.unwrap(), []);
}

#[tokio::test]
async fn format_7_opens_with_all_that_it_holds() {
    all_is_kept("format-7.db").await;
}

#[tokio::test]
async fn format_8_opens_with_all_that_it_holds() {
    all_is_kept("format-8.db").await;
}

async fn all_is_kept(name: &str) {
    let (_folder, store, recording) = open_kept(name).await;
    alerts_are_kept(&store).await;
    populations_are_kept(&store, &recording).await;
    events_are_kept(&store, &recording).await;
    links_are_kept(&store).await;
    texts_are_found(&store).await;
}

/// Entities are found by any part of them, also in a file whose format had no index of texts.
async fn texts_are_found(store: &SqliteStore) {
    let mut reader = store.reader().await.unwrap();
    let all = reader.entities_like("", TextMatch::Prefix, 99).await;
    let all = all.unwrap();
    assert!(all.len() >= 2);
    for entity in all {
        let part: String = entity.normalised.chars().skip(1).collect();
        let found = reader.entities_like(&part, TextMatch::Anywhere, 99).await;
        assert!(found.unwrap().contains(&entity), "{part}");
    }
}

async fn alerts_are_kept(store: &SqliteStore) {
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.active_rules().await.unwrap().len(), 1);
    let alerts = reader.alerts(&AlertFilter::default(), first(9)).await;
    let alert = alerts.unwrap().items.remove(0);
    assert_eq!(alert.evidence.unwrap().calibration, "test");
    assert_eq!(reader.alert_sightings(alert.id, 9).await.unwrap().len(), 1);
    let lists = reader.watch_lists(first(9)).await.unwrap().items;
    let members = reader.watch_member_count(lists[0].id).await.unwrap();
    assert_eq!(members, 1);
    let webhooks = reader.active_webhooks().await.unwrap();
    assert_eq!(webhooks.len(), 1);
    let filter = DeliveryFilter::default();
    let deliveries = reader.deliveries(&filter, first(9)).await.unwrap();
    assert_eq!(deliveries.items[0].webhook_id, webhooks[0].id);
}

/// A list with a member, a rule with an alert, and a partner who is told of it.
async fn keep_watching(work: &mut dyn UnitOfWork, make: &Maker) {
    let list = watch_list(make, "kept");
    work.insert_watch_list(&list).await.unwrap();
    let number = WatchedValue::Number("+86100".to_owned());
    work.insert_watch_member(&member(make, &list, number))
        .await
        .unwrap();
    let change = rule(make, "kept", RuleState::Active);
    work.insert_rule(&change).await.unwrap();
    let (alert, sighting) = alert(make, &change.rule, "kept");
    work.insert_alert(&alert, &sighting).await.unwrap();
    let (webhook, secret) = webhook(make, "kept");
    work.insert_webhook(&webhook, &secret).await.unwrap();
    work.insert_delivery(&delivery(make, &webhook, Some(&alert)))
        .await
        .unwrap();
}

async fn populations_are_kept(store: &SqliteStore, recording: &Recording) {
    let mut reader = store.reader().await.unwrap();
    let search = reader.searches(first(9)).await.unwrap().items.remove(0);
    assert_eq!(search.answer.subjects.len(), 1);
    let used = search.answer.population_use.unwrap();
    assert_eq!(used.warnings.len(), 1);
    let population = reader.populations(first(9)).await.unwrap().items.remove(0);
    let version = reader.population_version(population.id, None).await;
    let version = version.unwrap().unwrap();
    let members = reader.whole_population(&version).await.unwrap();
    assert_eq!(members[0].recording_id, recording.id);
    assert_eq!(digest_of_members(&model(), &members), version.sha256);
}

async fn events_are_kept(store: &SqliteStore, recording: &Recording) {
    let mut reader = store.reader().await.unwrap();
    let case_id = recording.case_id.unwrap();
    let filter = EventFilter {
        case_id: Some(case_id),
        ..EventFilter::default()
    };
    let events = reader.events(&filter, first(9)).await.unwrap().items;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].parties.len(), 2);
    assert_eq!(reader.ties_of_case(case_id, 9).await.unwrap().len(), 1);
    let imports = reader.imports(Some(case_id), first(9)).await.unwrap().items;
    assert_eq!(imports[0].id, events[0].source.import_id);
}

/// Jobs of older formats go over into the table that knows imports, and stay what they were.
#[tokio::test]
async fn older_formats_take_imports_and_their_numbers_wait_to_be_read() {
    for name in ["format-1.db", "format-2.db", "format-3.db"] {
        let (_folder, store, recording) = open_kept(name).await;
        let make = Maker::new();
        let mut work = store.begin().await.unwrap();
        let unread = work.unread_parties(9).await.unwrap();
        assert_eq!(unread.len(), 1, "{name}");
        assert_eq!(unread[0].id, recording.id);
        let case = work.case_by_no("FORMAT-1").await.unwrap().unwrap();
        let import = import(&make, &case);
        work.insert_import(&import).await.unwrap();
        let job = make.job(JobTask::Import {
            import_id: import.id,
        });
        work.enqueue(&job, Some("import")).await.unwrap();
        assert_eq!(work.job(job.id).await.unwrap(), Some(job));
        make.commit(work).await;
        store.check().await.unwrap();
    }
}

async fn links_are_kept(store: &SqliteStore) {
    let mut reader = store.reader().await.unwrap();
    let links = reader
        .links(&LinkFilter::default(), first(9))
        .await
        .unwrap();
    assert_eq!(links.items.len(), 1);
    let link = &links.items[0];
    assert_eq!((link.state, link.version), (LinkState::Confirmed, 2));
    let decisions = reader.link_decisions(link.id).await.unwrap();
    assert_eq!(decisions.len(), 1);
    let groups = reader.all_groups().await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].members.len(), 2);
    assert_eq!(reader.lineage(groups[0].id.0, 9).await.unwrap().len(), 1);
    let series = reader.all_series().await.unwrap();
    assert_eq!(series.len(), 1);
    assert_eq!(series[0].case_ids.len(), 2);
    let jobs = reader.jobs(&JobFilter::default(), first(9)).await.unwrap();
    assert_eq!(jobs.items[0].task.kind(), JobKind::Analyse);
}

/// A link with its decision, and what follows from it.
async fn keep_links(store: &SqliteStore, make: &Maker) {
    let archive = links::archive(store, make).await;
    let link = links::link(make, &archive, [0, 0]);
    let ids = [link.left.voice_id.unwrap(), link.right.voice_id.unwrap()];
    let group = links::group(make, &ids);
    let mut case_ids = archive.cases.each_ref().map(|case| case.id).to_vec();
    case_ids.sort_unstable();
    let series = Series {
        id: SeriesId::new(make, make),
        kind: SeriesKind::Confirmed,
        case_ids,
        changed_at: make.now(),
        created_at: make.now(),
    };
    let formed = LineageEvent {
        id: group.id.0,
        change: LineageChange::Formed,
        other: None,
        members: ids.map(|id| id.0).to_vec(),
    };
    let mut work = store.begin().await.unwrap();
    work.insert_link(&link).await.unwrap();
    let confirm = links::decision(make, Decision::Confirm);
    work.decide_link(link.id, 1, LinkState::Confirmed, &confirm)
        .await
        .unwrap();
    work.replace_groups(&[], &[group], make.now())
        .await
        .unwrap();
    work.replace_series(&[], &[series], make.now())
        .await
        .unwrap();
    work.append_lineage(&[formed], make.now()).await.unwrap();
    make.commit(work).await;
}

/// Writes the file that the tests above open, where the variable
/// `VOXTRACE_WRITE_FORMAT` names a path; done once for each format, by the version that made it.
#[tokio::test]
async fn a_file_of_the_present_format_can_be_kept() {
    let (folder, store) = empty().await;
    let make = Maker::new();
    let case = make.case("FORMAT-1");
    let recording = make.recording(b"bytes", Some(&case));
    let mut work = store.begin().await.unwrap();
    work.insert_case(&case).await.unwrap();
    work.insert_recording(&recording).await.unwrap();
    work.insert_search(&make.search()).await.unwrap();
    work.insert_comparison(&make.comparison()).await.unwrap();
    let calibration = calibration(&make, "kept", CalibrationState::Active);
    work.insert_calibration(&calibration).await.unwrap();
    keep_watching(work.as_mut(), &make).await;
    let import = import(&make, &case);
    work.insert_import(&import).await.unwrap();
    let entities = ["6200000001", "6200000002"].map(|value| Entity {
        id: EntityId::new(&make, &make),
        kind: EntityKind::Account,
        normalised: value.to_owned(),
        written: value.to_owned(),
        warnings: vec![EntityWarning::LuhnFailed],
        created_at: make.now(),
    });
    work.put_entities(&entities).await.unwrap();
    let event = transfer(&make, &import, [&entities[0], &entities[1]], 1000, "0.1");
    work.add_events(&AddedEvents {
        case_id: case.id,
        events: &[event],
        written: &HashMap::new(),
        at: make.now(),
    })
    .await
    .unwrap();
    make.commit(work).await;
    let found = make.found(&recording, 1, &[0], &[0]);
    make.stored_analysis(&store, &found).await.unwrap();
    make.stored_population(&store, "p").await;
    let subject = make.stored_subject(&store, "s").await;
    make.stored_enrolment(&store, &make.enrolment(&subject, &[found.voices[0].id]))
        .await;
    make.stored_job(
        &store,
        &make.job(JobTask::Analyse {
            recording_id: recording.id,
        }),
        None,
    )
    .await;
    keep_links(&store, &make).await;
    store.close().await;
    assert!(!folder.path().join("voxtrace.db-wal").exists());
    if let Some(path) = std::env::var_os("VOXTRACE_WRITE_FORMAT") {
        std::fs::copy(database(folder.path()), path).unwrap();
    }
}
