//! Calibrations and which one is in use.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{CalibrationChange, CalibrationId, Sha256, StoredCalibration};

/// Looks at calibrations.
#[async_trait]
pub trait CalibrationReader: Send {
    /// One calibration.
    async fn calibration(
        &mut self,
        id: CalibrationId,
    ) -> Result<Option<StoredCalibration>, StoreError>;
    /// Every calibration, newest first. They are few: each is a decision of people.
    async fn calibrations(&mut self) -> Result<Vec<StoredCalibration>, StoreError>;
    /// The active calibration of scores of one origin, with the digest of its text.
    async fn active_calibration(
        &mut self,
        origin_sha256: Sha256,
    ) -> Result<Option<(CalibrationId, Sha256)>, StoreError>;
}

/// Adds calibrations and changes their state.
#[async_trait]
pub trait CalibrationWriter: Send {
    /// Adds a calibration with its changes so far. `Conflict` when its name is taken, or when it is
    /// active beside another of its origin.
    async fn insert_calibration(
        &mut self,
        calibration: &StoredCalibration,
    ) -> Result<(), StoreError>;
    /// Gives a calibration the state of `change` and keeps the change. `Missing` when there is no
    /// such calibration, `Conflict` when it would be active beside another of its origin.
    async fn change_calibration(
        &mut self,
        id: CalibrationId,
        change: &CalibrationChange,
    ) -> Result<(), StoreError>;
}
