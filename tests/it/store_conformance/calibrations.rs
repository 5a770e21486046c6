//! Calibrations: kept whole, one active a model.

use voxtrace::domain::*;
use voxtrace::store::{Store, StoreError};

use super::make::{Maker, model};

const MODEL: &[u8] = b"model";

pub fn calibration(make: &Maker, name: &str, state: CalibrationState) -> StoredCalibration {
    let file = format!("name = \"{name}\"\n# 校准\n");
    StoredCalibration {
        id: CalibrationId::new(make, make),
        name: name.to_owned(),
        sha256: Sha256::of(file.as_bytes()),
        file,
        model: model(),
        origin_sha256: Sha256::of(MODEL),
        state,
        changes: vec![change(make, state, None)],
        created_at: make.now(),
    }
}

fn change(make: &Maker, state: CalibrationState, reason: Option<&str>) -> CalibrationChange {
    CalibrationChange {
        state,
        actor: "test".to_owned(),
        reason: reason.map(str::to_owned),
        at: make.now(),
    }
}

async fn stored(store: &dyn Store, make: &Maker, calibration: &StoredCalibration) {
    let mut work = store.begin().await.unwrap();
    work.insert_calibration(calibration).await.unwrap();
    make.commit(work).await;
}

pub async fn a_calibration_reads_back_and_its_name_is_taken_once(store: &dyn Store) {
    let make = Maker::new();
    let older = calibration(&make, "older", CalibrationState::Available);
    stored(store, &make, &older).await;
    make.pass(1);
    let newer = calibration(&make, "newer", CalibrationState::Active);
    stored(store, &make, &newer).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(
        work.calibration(older.id).await.unwrap(),
        Some(older.clone())
    );
    let unknown = CalibrationId::new(&make, &make);
    assert_eq!(work.calibration(unknown).await.unwrap(), None);
    assert_eq!(
        work.calibrations().await.unwrap(),
        [newer.clone(), older.clone()]
    );
    assert_eq!(
        work.active_calibration(Sha256::of(MODEL)).await.unwrap(),
        Some((newer.id, newer.sha256))
    );
    let other_model = work.active_calibration(Sha256::of(b"other")).await.unwrap();
    assert_eq!(other_model, None);
    let again = calibration(&make, "older", CalibrationState::Available);
    assert!(matches!(
        work.insert_calibration(&again).await,
        Err(StoreError::Conflict { .. })
    ));
}

pub async fn a_model_has_one_active_calibration_and_changes_are_kept(store: &dyn Store) {
    let make = Maker::new();
    let old = calibration(&make, "old", CalibrationState::Active);
    let new = calibration(&make, "new", CalibrationState::Available);
    stored(store, &make, &old).await;
    stored(store, &make, &new).await;
    let activation = change(&make, CalibrationState::Active, Some("our own calls"));
    let mut work = store.begin().await.unwrap();
    assert!(matches!(
        work.change_calibration(new.id, &activation).await,
        Err(StoreError::Conflict { .. })
    ));
    drop(work);
    let mut work = store.begin().await.unwrap();
    let given_up = change(&make, CalibrationState::Available, None);
    work.change_calibration(old.id, &given_up).await.unwrap();
    work.change_calibration(new.id, &activation).await.unwrap();
    make.commit(work).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(
        work.active_calibration(Sha256::of(MODEL)).await.unwrap(),
        Some((new.id, new.sha256))
    );
    let found = work.calibration(new.id).await.unwrap().unwrap();
    assert_eq!(found.state, CalibrationState::Active);
    assert_eq!(found.changes, [new.changes[0].clone(), activation.clone()]);
    let unknown = CalibrationId::new(&make, &make);
    assert!(matches!(
        work.change_calibration(unknown, &activation).await,
        Err(StoreError::Missing { .. })
    ));
}
