//! The calibration that answers are made with: the setting's, or the archive's active one.

use std::sync::{Arc, PoisonError, RwLock};

use super::{ServiceError, Services};
use crate::domain::VerbalScale;
use crate::pipeline::Analyser;
use crate::scoring::{Calibration, ScoreOrigin};

/// Where the calibration in use comes from.
pub enum CalibrationSource {
    /// The file that a setting names, whatever the archive says.
    Setting(Arc<Calibration>),
    /// The active one of the archive.
    Archive,
}

/// The calibration in use. The archive's is read once and again only when another became active,
/// which any process on the archive may bring about.
pub(super) struct CalibrationInUse {
    source: CalibrationSource,
    verbal: VerbalScale,
    read: RwLock<Option<Arc<Calibration>>>,
}

impl CalibrationInUse {
    pub(super) fn new(source: CalibrationSource, verbal: VerbalScale) -> Self {
        Self {
            source,
            verbal,
            read: RwLock::new(None),
        }
    }

    fn last_read(&self) -> Option<Arc<Calibration>> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        read.clone()
    }

    fn keep(&self, calibration: Calibration) -> Arc<Calibration> {
        let calibration = Arc::new(calibration.speaking(self.verbal.clone()));
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        *read = Some(Arc::clone(&calibration));
        calibration
    }
}

/// What makes the pipeline's scores.
pub fn score_origin(analyser: &Analyser) -> ScoreOrigin {
    ScoreOrigin {
        model: analyser.model_id().clone(),
        model_sha256: analyser.model_sha256(),
        compensation_sha256: analyser.compensator().sha256(),
    }
}

impl Services {
    /// The calibration that an answer is made with now.
    ///
    /// # Errors
    /// `NotFound` when the archive has none that is active for the model in use.
    pub async fn calibration(&self) -> Result<Arc<Calibration>, ServiceError> {
        if let CalibrationSource::Setting(calibration) = &self.calibration_in_use.source {
            return Ok(Arc::clone(calibration));
        }
        let origin = score_origin(&self.analyser);
        let none = || ServiceError::not_found("active calibration of", &origin);
        let mut reader = self.store.reader().await?;
        let (id, sha256) = reader
            .active_calibration(origin.sha256())
            .await?
            .ok_or_else(none)?;
        let last = self.calibration_in_use.last_read();
        if let Some(calibration) = last.filter(|last| last.sha256() == sha256) {
            return Ok(calibration);
        }
        let stored = reader.calibration(id).await?.ok_or_else(none)?;
        let calibration = Calibration::parse(&stored.file, &origin)?;
        tracing::info!(name = calibration.name(), %sha256, "calibration in use");
        Ok(self.calibration_in_use.keep(calibration))
    }

    /// Whether a setting decides which calibration is in use.
    pub fn calibration_is_set(&self) -> bool {
        matches!(
            self.calibration_in_use.source,
            CalibrationSource::Setting(_)
        )
    }
}
