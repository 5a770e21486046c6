//! Enrolments: in force, expired, withdrawn.

use voxtrace::domain::*;
use voxtrace::store::Store;

use super::make::Maker;

async fn two_voices(make: &Maker, store: &dyn Store) -> [VoiceId; 2] {
    let recording = make.stored_recording(store, b"a").await;
    let found = make.found(&recording, 1, &[0, 1], &[0, 1]);
    make.stored_analysis(store, &found).await.unwrap();
    [found.voices[0].id, found.voices[1].id]
}

pub async fn an_enrolment_ties_voices_while_it_is_in_force(store: &dyn Store) {
    let make = Maker::new();
    let [tied, free] = two_voices(&make, store).await;
    let subject = make.stored_subject(store, "s").await;
    let now = make.now();
    let expiry = now.plus_millis(10);
    let enrolment = Enrolment {
        expires_at: Some(expiry),
        ..make.enrolment(&subject, &[tied])
    };
    make.stored_enrolment(store, &enrolment).await;

    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader.enrolment(enrolment.id).await.unwrap(),
        Some(enrolment.clone())
    );
    for at in [now, expiry.plus_millis(-1), expiry, expiry.plus_millis(1)] {
        let expected = enrolment.in_force(at).then_some(subject.id);
        assert_eq!(
            reader.voice(tied, at).await.unwrap().unwrap().subject_id,
            expected
        );
        assert_eq!(
            reader.voice(free, at).await.unwrap().unwrap().subject_id,
            None
        );
        let enrolled: Vec<_> = expected.map(|id| (tied, id)).into_iter().collect();
        assert_eq!(reader.enrolled_voices(at).await.unwrap(), enrolled);
    }
    drop(reader);

    let mut work = store.begin().await.unwrap();
    work.withdraw_enrolment(enrolment.id, now.plus_millis(1))
        .await
        .unwrap();
    assert_eq!(
        work.voice(tied, now).await.unwrap().unwrap().subject_id,
        None
    );
    assert_eq!(work.enrolled_voices(now).await.unwrap(), []);
    let stored = work.enrolment(enrolment.id).await.unwrap().unwrap();
    assert_eq!(stored.withdrawn_at, Some(now.plus_millis(1)));
}

pub async fn the_newest_enrolment_in_force_names_the_subject(store: &dyn Store) {
    let make = Maker::new();
    let [voice_id, _] = two_voices(&make, store).await;
    let (older, newer) = (
        make.stored_subject(store, "old").await,
        make.stored_subject(store, "new").await,
    );
    make.stored_enrolment(store, &make.enrolment(&older, &[voice_id]))
        .await;
    make.pass(1);
    let newest = make.enrolment(&newer, &[voice_id]);
    make.stored_enrolment(store, &newest).await;
    let now = make.now();
    let mut work = store.begin().await.unwrap();
    assert_eq!(
        work.enrolled_voices(now).await.unwrap(),
        [(voice_id, newer.id)]
    );
    assert_eq!(
        work.voice(voice_id, now).await.unwrap().unwrap().subject_id,
        Some(newer.id)
    );
    work.withdraw_enrolment(newest.id, now).await.unwrap();
    assert_eq!(
        work.enrolled_voices(now).await.unwrap(),
        [(voice_id, older.id)]
    );
}

pub async fn a_withdrawal_keeps_its_first_time(store: &dyn Store) {
    let make = Maker::new();
    let [voice_id, _] = two_voices(&make, store).await;
    let subject = make.stored_subject(store, "s").await;
    let enrolment = make.enrolment(&subject, &[voice_id]);
    make.stored_enrolment(store, &enrolment).await;
    let now = make.now();
    let mut work = store.begin().await.unwrap();
    work.withdraw_enrolment(enrolment.id, now).await.unwrap();
    work.withdraw_enrolment(enrolment.id, now.plus_millis(5))
        .await
        .unwrap();
    let stored = work.enrolment(enrolment.id).await.unwrap().unwrap();
    assert_eq!(stored.withdrawn_at, Some(now));
}

pub async fn enrolments_of_a_subject_come_newest_first(store: &dyn Store) {
    let make = Maker::new();
    let [left, right] = two_voices(&make, store).await;
    let subject = make.stored_subject(store, "s").await;
    let older = make.enrolment(&subject, &[right, left]);
    make.stored_enrolment(store, &older).await;
    make.pass(1);
    let newer = make.enrolment(&subject, &[left]);
    make.stored_enrolment(store, &newer).await;
    let mut reader = store.reader().await.unwrap();
    assert_eq!(
        reader.enrolments_of(subject.id).await.unwrap(),
        [newer, older]
    );
    assert_eq!(
        reader
            .enrolments_of(SubjectId::new(&make, &make))
            .await
            .unwrap(),
        []
    );
}
