//! What an analysis writes, and the gallery that follows from it.

use voxtrace::domain::*;
use voxtrace::store::{
    DescribedRevision, GalleryChange, GalleryEntry, ReplacedVoices, RevisedSegments, Store,
    StoreError,
};

use super::make::{Maker, model};

/// Entries as (added, voice).
fn told(entries: &[GalleryEntry]) -> Vec<(bool, VoiceId)> {
    entries
        .iter()
        .map(|entry| match &entry.change {
            GalleryChange::Added(voice) => (true, voice.voice_id),
            GalleryChange::Removed(voice_id) => (false, *voice_id),
        })
        .collect()
}

pub async fn an_analysis_reads_back(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let found = make.found(&recording, 1, &[0, 1], &[0]);
    let replaced = make.stored_analysis(store, &found).await.unwrap();
    assert_eq!(replaced, ReplacedVoices::default());

    let now = make.now();
    let mut reader = store.reader().await.unwrap();
    let stored = reader.recording(recording.id).await.unwrap().unwrap();
    assert_eq!(stored.state, RecordingState::Analysed);
    assert_eq!(stored.media, Some(found.analysis.media.clone()));
    assert_eq!(
        reader.channels(recording.id).await.unwrap(),
        found.analysis.channels
    );
    let segments = reader.segments(recording.id).await.unwrap();
    assert_eq!(segments, (1, found.analysis.segments.clone()));
    assert_eq!(
        reader.voices_of_recording(recording.id, now).await.unwrap(),
        found.voices
    );
    let ids = [
        found.voices[1].id,
        VoiceId::new(&make, &make),
        found.voices[0].id,
    ];
    let voices = reader.voices(&ids, now).await.unwrap();
    assert_eq!(voices, [found.voices[1].clone(), found.voices[0].clone()]);
    assert_eq!(
        reader.voice(ids[0], now).await.unwrap(),
        Some(found.voices[1].clone())
    );
    let print = &found.voiceprints[0];
    assert_eq!(
        reader.voiceprint(print.voice_id, &model()).await.unwrap(),
        Some(print.clone())
    );
    let other = ModelId::new("other");
    assert_eq!(
        reader.voiceprint(print.voice_id, &other).await.unwrap(),
        None
    );
    assert_eq!(
        reader
            .voiceprint(found.voices[1].id, &model())
            .await
            .unwrap(),
        None
    );
    assert_eq!(reader.gallery_bandwidths(&model()).await.unwrap(), (1, 0));
    assert_eq!(reader.gallery_bandwidths(&other).await.unwrap(), (0, 0));
}

pub async fn a_second_analysis_replaces_voices_and_carries_enrolments_over(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let other = make.stored_recording(store, b"b").await;
    let old = make.found(&recording, 1, &[0, 1], &[0, 1]);
    let bystander = make.found(&other, 1, &[0], &[0]);
    make.stored_analysis(store, &old).await.unwrap();
    make.stored_analysis(store, &bystander).await.unwrap();
    let subject = make.stored_subject(store, "s").await;
    let enrolment = make.enrolment(&subject, &[old.voices[1].id, bystander.voices[0].id]);
    make.stored_enrolment(store, &enrolment).await;

    make.pass(1000);
    let new = make.found(&recording, 2, &[0, 1, 2], &[1, 2]);
    let mut replaced = make.stored_analysis(store, &new).await.unwrap();
    replaced.removed.sort_unstable();
    let mut removed = vec![old.voices[0].id, old.voices[1].id];
    removed.sort_unstable();
    let carried = vec![(enrolment.id, old.voices[1].id, new.voices[1].id)];
    assert_eq!(
        replaced,
        ReplacedVoices {
            removed,
            carried,
            lost: vec![]
        }
    );

    let now = make.now();
    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader.segments(recording.id).await.unwrap(),
        (2, new.analysis.segments.clone())
    );
    assert_eq!(reader.voice(old.voices[0].id, now).await.unwrap(), None);
    let voices = reader.voices_of_recording(recording.id, now).await.unwrap();
    let subjects: Vec<_> = voices
        .iter()
        .map(|voice| (voice.id, voice.subject_id))
        .collect();
    let expected: Vec<_> = new
        .voices
        .iter()
        .map(|voice| (voice.id, (voice.label == 1).then_some(subject.id)))
        .collect();
    assert_eq!(subjects, expected);
    let stored = reader.enrolment(enrolment.id).await.unwrap().unwrap();
    assert_eq!(stored.voice_ids, [new.voices[1].id, bystander.voices[0].id]);
    let changes = reader.gallery_changes(&model(), 0, 100).await.unwrap();
    assert_eq!(
        told(&changes),
        [
            (true, bystander.voices[0].id),
            (false, old.voices[0].id),
            (false, old.voices[1].id),
            (true, new.voices[1].id),
            (true, new.voices[2].id),
        ]
    );
}

pub async fn a_speaker_who_is_gone_takes_his_enrolment_along_and_it_is_told(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let old = make.found(&recording, 1, &[0, 1], &[0, 1]);
    make.stored_analysis(store, &old).await.unwrap();
    let subject = make.stored_subject(store, "s").await;
    let enrolment = make.enrolment(&subject, &[old.voices[1].id]);
    make.stored_enrolment(store, &enrolment).await;
    let new = make.found(&recording, 2, &[0], &[0]);
    let replaced = make.stored_analysis(store, &new).await.unwrap();
    assert_eq!(replaced.lost, [(enrolment.id, old.voices[1].id)]);
    assert_eq!(replaced.carried, []);
    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader
            .enrolment(enrolment.id)
            .await
            .unwrap()
            .unwrap()
            .voice_ids,
        []
    );
    assert_eq!(reader.enrolled_voices(make.now()).await.unwrap(), []);
}

pub async fn an_analysis_of_an_old_revision_is_stale(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    make.stored_analysis(store, &make.found(&recording, 1, &[0], &[0]))
        .await
        .unwrap();
    let refused = make
        .stored_analysis(store, &make.found(&recording, 1, &[0], &[0]))
        .await;
    assert!(matches!(
        refused,
        Err(StoreError::Stale {
            what: "segments",
            expected: 0,
            found: 1
        })
    ));
}

pub async fn an_analysis_of_nothing_is_missing(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.recording(b"a", None);
    let refused = make
        .stored_analysis(store, &make.found(&recording, 1, &[0], &[0]))
        .await;
    assert!(matches!(
        refused,
        Err(StoreError::Missing {
            what: "recording",
            ..
        })
    ));
}

pub async fn the_gallery_log_keeps_its_order_by_model(store: &dyn Store) {
    let make = Maker::new();
    let other = ModelId::new("model-b");
    let recording = make.stored_recording(store, b"a").await;
    let mut found = make.found(&recording, 1, &[0, 1], &[0, 1]);
    let second = make.voiceprint(found.voices[0].id, &other, &super::make::provenance());
    found.voiceprints.insert(1, second);
    make.stored_analysis(store, &found).await.unwrap();
    let mut reader = store.reader().await.unwrap();
    let changes = reader.gallery_changes(&model(), 0, 10).await.unwrap();
    assert_eq!(
        told(&changes),
        [(true, found.voices[0].id), (true, found.voices[1].id)]
    );
    assert!(changes.is_sorted_by(|before, after| before.seq < after.seq));
    let GalleryChange::Added(voice) = &changes[1].change else {
        panic!("a voice was added")
    };
    assert_eq!(voice.embedding, found.voiceprints[2].embedding);
    assert_eq!(voice.recording_id, recording.id);
    assert_eq!(voice.bandwidth, Bandwidth::Narrowband);
    let changes = reader.gallery_changes(&other, 0, 10).await.unwrap();
    assert_eq!(told(&changes), [(true, found.voices[0].id)]);
    assert_eq!(reader.gallery_seq().await.unwrap(), 3);
    assert_eq!(
        reader
            .gallery_changes(&model(), u64::MAX, 10)
            .await
            .unwrap(),
        []
    );
}

pub async fn gallery_changes_come_in_batches_without_gaps(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    make.stored_analysis(store, &make.found(&recording, 1, &[0, 1], &[0, 1]))
        .await
        .unwrap();
    make.stored_analysis(store, &make.found(&recording, 2, &[0, 1, 2], &[0, 1, 2]))
        .await
        .unwrap();
    let mut reader = store.reader().await.unwrap();
    let whole = reader.gallery_changes(&model(), 0, 100).await.unwrap();
    assert_eq!(whole.len(), 5);
    for limit in 1..6u32 {
        let mut joined: Vec<GalleryEntry> = Vec::new();
        loop {
            let after = joined.last().map_or(0, |entry| entry.seq);
            let batch = reader
                .gallery_changes(&model(), after, limit)
                .await
                .unwrap();
            let full = batch.len() == limit as usize;
            joined.extend(batch);
            if !full {
                break;
            }
        }
        assert_eq!(joined, whole);
    }
    assert_eq!(
        whole.last().unwrap().seq,
        reader.gallery_seq().await.unwrap()
    );
}

pub async fn gallery_members_are_those_of_the_position(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let old = make.found(&recording, 1, &[0, 1], &[0, 1]);
    let none = store.reader().await.unwrap().newest_model().await.unwrap();
    assert_eq!(none, None);
    make.stored_analysis(store, &old).await.unwrap();
    let before = store.reader().await.unwrap().gallery_seq().await.unwrap();
    let new = make.found(&recording, 2, &[0], &[0]);
    make.stored_analysis(store, &new).await.unwrap();
    let mut reader = store.reader().await.unwrap();
    let after = reader.gallery_seq().await.unwrap();
    for (at, voices) in [
        (0, &[][..]),
        (before, &old.voices[..]),
        (after, &new.voices[..]),
    ] {
        let members = reader.gallery_members(&model(), at).await.unwrap();
        assert_eq!(members.len(), voices.len());
        for (member, voice) in members.iter().zip(voices) {
            assert_eq!(
                (member.voice_id, member.recording_id),
                (voice.id, recording.id)
            );
            assert_eq!(member.bandwidth, voice.quality.bandwidth);
        }
    }
    let last = new.voices.last().map(|voice| voice.id);
    assert_eq!(reader.gallery_voice_at(after).await.unwrap(), last);
    assert_eq!(reader.newest_model().await.unwrap(), Some(model()));
    assert_eq!(reader.gallery_voice_at(0).await.unwrap(), None);
    assert_eq!(reader.gallery_voice_at(after + 1).await.unwrap(), None);
    assert_eq!(
        reader
            .gallery_members(&ModelId::new("other"), after)
            .await
            .unwrap(),
        []
    );
}

pub async fn a_persons_revision_stands_beside_the_automatic_one(store: &dyn Store) {
    let make = Maker::new();
    let recording = make.stored_recording(store, b"a").await;
    let revise = async |revision, segments: &[Segment]| {
        let mut work = store.begin().await?;
        let revised = RevisedSegments {
            recording_id: recording.id,
            revision,
            segments,
            author: "technician",
            reason: "the boundary was late",
            at: make.now(),
        };
        work.revise_segments(&revised).await?;
        make.commit(work).await;
        Ok::<(), StoreError>(())
    };
    let stale = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Stale { .. }));
    assert!(stale(revise(1, &[]).await), "nothing was analysed yet");
    let found = make.found(&recording, 1, &[0, 1], &[0, 1]);
    make.stored_analysis(store, &found).await.unwrap();
    assert!(stale(revise(3, &[]).await));
    let mut segments = found.analysis.segments.clone();
    segments[1].start_ms += 50;
    revise(2, &segments).await.unwrap();

    let mut reader = store.reader().await.unwrap();
    let id = recording.id;
    assert_eq!(reader.segments(id).await.unwrap(), (2, segments));
    let first = reader.segments_of_revision(id, 1).await.unwrap();
    assert_eq!(first, Some(found.analysis.segments.clone()));
    assert_eq!(reader.segments_of_revision(id, 3).await.unwrap(), None);
    let revisions = reader.segment_revisions(id).await.unwrap();
    let made: Vec<_> = revisions
        .iter()
        .map(|revision| {
            (
                revision.revision,
                revision.origin,
                revision.author.as_deref(),
            )
        })
        .collect();
    let expected = [
        (1, SegmentOrigin::Automatic, None),
        (2, SegmentOrigin::Edited, Some("technician")),
    ];
    assert_eq!(made, expected);
    assert_eq!(reader.voices_revision(id).await.unwrap(), Some(1));
    drop(reader);

    // Voices of the new revision come back under their ids, and say so in the gallery.
    let mut again = make.found(&recording, 2, &[0], &[0]);
    again.revision = DescribedRevision::Newest(2);
    again.voices[0].id = found.voices[0].id;
    again.voiceprints[0].voice_id = found.voices[0].id;
    let replaced = make.stored_analysis(store, &again).await.unwrap();
    assert_eq!(replaced.removed, [found.voices[1].id]);
    let mut reader = store.reader().await.unwrap();
    assert_eq!(reader.voices_revision(id).await.unwrap(), Some(2));
    assert_eq!(reader.segments(id).await.unwrap().0, 2);
    let changes = reader.gallery_changes(&model(), 0, 100).await.unwrap();
    let (first, second) = (found.voices[0].id, found.voices[1].id);
    let expected = [(false, first), (false, second), (true, first)];
    assert_eq!(told(&changes), expected);
    drop(reader);

    // What was found before the correction does not overwrite it.
    let late = make.found(&recording, 2, &[0], &[0]);
    let refused = make.stored_analysis(store, &late).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })));
}
