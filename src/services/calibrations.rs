//! Calibrations are added, put in use and retired.

use serde_json::json;

use super::calibration_in_use::score_origin;
use super::cases::check_name;
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    CalibrationChange, CalibrationId, CalibrationState, Sha256, StoredCalibration,
};
use crate::scoring::{Calibration, CalibrationFile, ScoringError};
use crate::store::UnitOfWork;

/// Longest name of a calibration, in characters.
const MAX_NAME_CHARS: usize = 256;
/// Longest description of the data, and of its languages together, in characters.
const MAX_DATA_CHARS: usize = 2000;
/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1000;

/// A calibration of the archive with what its file says.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationEntry {
    /// As it is kept.
    pub stored: StoredCalibration,
    /// What its file says.
    pub file: CalibrationFile,
    /// Whether it is for the model in use.
    pub fits_model: bool,
}

impl Services {
    /// Every calibration of the archive, newest first.
    ///
    /// # Errors
    /// A kept file is not understood.
    pub async fn calibrations(&self) -> Result<Vec<CalibrationEntry>, ServiceError> {
        let stored = self.store.reader().await?.calibrations().await?;
        stored.into_iter().map(|one| self.entry(one)).collect()
    }

    /// One calibration of the archive.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn stored_calibration(
        &self,
        id: CalibrationId,
    ) -> Result<CalibrationEntry, ServiceError> {
        let stored = self.store.reader().await?.calibration(id).await?;
        self.entry(stored.ok_or_else(|| ServiceError::not_found("calibration", id))?)
    }

    /// Adds a calibration from the text of its file. It is available, and not used until it is
    /// activated.
    ///
    /// # Errors
    /// `Invalid` when the text is no calibration or another model's; `Conflict` when its name is
    /// taken.
    pub async fn add_calibration(
        &self,
        actor: &Actor,
        text: String,
    ) -> Result<CalibrationEntry, ServiceError> {
        self.usable(&text)?;
        let new = self.new_calibration(actor, text, CalibrationState::Available)?;
        let mut work = self.store.begin().await?;
        self.insert_calibration(work.as_mut(), actor, &new.stored)
            .await?;
        work.commit().await?;
        Ok(new)
    }

    /// Registers the calibration that ships with the model, and activates it where none is active.
    ///
    /// # Errors
    /// `Invalid` when it is no calibration of the model.
    pub async fn register_shipped_calibration(&self, text: &str) -> Result<(), ServiceError> {
        let sha256 = Sha256::of(text.as_bytes());
        let known = |present: &[StoredCalibration]| present.iter().any(|one| one.sha256 == sha256);
        if known(&self.store.reader().await?.calibrations().await?) {
            return Ok(());
        }
        self.usable(text)?;
        let mut work = self.store.begin().await?;
        let present = work.calibrations().await?;
        if known(&present) {
            return Ok(());
        }
        let active = work
            .active_calibration(score_origin(&self.analyser).sha256())
            .await?;
        let state = match active {
            None => CalibrationState::Active,
            Some(_) => CalibrationState::Available,
        };
        let actor = Actor::service();
        let new = self.new_calibration(&actor, text.to_owned(), state)?;
        if let Some(other) = present.iter().find(|one| one.name == new.stored.name) {
            if active.is_none() {
                // Nothing would be left to answer with.
                return Err(ServiceError::Conflict {
                    what: "calibration",
                    value: other.name.clone(),
                });
            }
            tracing::warn!(
                name = other.name,
                kept = %other.sha256,
                shipped = %sha256,
                "shipped calibration is not added: the archive has another one of its name"
            );
            return Ok(());
        }
        self.insert_calibration(work.as_mut(), &actor, &new.stored)
            .await?;
        work.commit().await?;
        Ok(())
    }

    /// Makes answers with a calibration from now on. The one that was active becomes available. What
    /// is active stays so without a further change.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when it is of another model or the reason is too long;
    /// `CalibrationState` when it is retired.
    pub async fn activate_calibration(
        &self,
        actor: &Actor,
        id: CalibrationId,
        reason: Option<String>,
    ) -> Result<CalibrationEntry, ServiceError> {
        if let Some(reason) = &reason {
            check_name("reason", reason, MAX_REASON_CHARS)?;
        }
        let mut work = self.store.begin().await?;
        let present = found(work.as_mut(), id).await?;
        self.usable(&present.file)?;
        match present.state {
            CalibrationState::Active => return self.entry(present),
            CalibrationState::Available => {}
            CalibrationState::Retired => {
                return Err(calibration_state(present.state, "available"));
            }
        }
        let replaced = work.active_calibration(present.origin_sha256).await?;
        let change = |state, reason| CalibrationChange {
            state,
            actor: actor.as_str().to_owned(),
            reason,
            at: self.clock.now(),
        };
        if let Some((replaced, _)) = replaced {
            let given_up = change(CalibrationState::Available, None);
            work.change_calibration(replaced, &given_up).await?;
        }
        let activation = change(CalibrationState::Active, reason);
        let details = json!({
            "name": present.name,
            "sha256": present.sha256,
            "replaces": replaced.map(|(id, _)| id),
            "reason": activation.reason,
        });
        let action = audit::action::CALIBRATION_ACTIVATED;
        self.change(work, actor, id, &activation, (action, details))
            .await
    }

    /// Retires a calibration: it is not used again.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` without a reason; `CalibrationState` when answers are made with it, since
    /// another one has to be activated first, or it is retired already.
    pub async fn retire_calibration(
        &self,
        actor: &Actor,
        id: CalibrationId,
        reason: String,
    ) -> Result<CalibrationEntry, ServiceError> {
        check_name("reason", &reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        let present = found(work.as_mut(), id).await?;
        let origin = score_origin(&self.analyser).sha256();
        match present.state {
            CalibrationState::Available => {}
            // Of scores that are made no more, none takes its place, and no answer needs it.
            CalibrationState::Active if present.origin_sha256 != origin => {}
            CalibrationState::Active => {
                return Err(calibration_state(
                    present.state,
                    "available: activate another calibration first",
                ));
            }
            CalibrationState::Retired => {
                return Err(calibration_state(present.state, "available"));
            }
        }
        let details = json!({
            "name": present.name,
            "sha256": present.sha256,
            "reason": reason,
        });
        let change = CalibrationChange {
            state: CalibrationState::Retired,
            actor: actor.as_str().to_owned(),
            reason: Some(reason),
            at: self.clock.now(),
        };
        let action = audit::action::CALIBRATION_RETIRED;
        self.change(work, actor, id, &change, (action, details))
            .await
    }

    /// Changes the state of a calibration, and commits with the audit row that says so.
    async fn change(
        &self,
        mut work: Box<dyn UnitOfWork + '_>,
        actor: &Actor,
        id: CalibrationId,
        change: &CalibrationChange,
        (action, details): (&str, serde_json::Value),
    ) -> Result<CalibrationEntry, ServiceError> {
        work.change_calibration(id, change).await?;
        self.record_calibration(work.as_mut(), actor, action, id, details)
            .await?;
        let changed = found(work.as_mut(), id).await?;
        work.commit().await?;
        self.entry(changed)
    }

    fn entry(&self, stored: StoredCalibration) -> Result<CalibrationEntry, ServiceError> {
        Ok(CalibrationEntry {
            file: CalibrationFile::parse(&stored.file)?,
            fits_model: stored.origin_sha256 == score_origin(&self.analyser).sha256(),
            stored,
        })
    }

    /// Whether answers of the model in use can be made with this text.
    fn usable(&self, text: &str) -> Result<(), ServiceError> {
        let origin = score_origin(&self.analyser);
        match Calibration::parse(text, &origin) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused_file(&error, origin.to_string())),
        }
    }

    fn new_calibration(
        &self,
        actor: &Actor,
        text: String,
        state: CalibrationState,
    ) -> Result<CalibrationEntry, ServiceError> {
        let file = CalibrationFile::parse(&text)?;
        check_name("name", &file.name, MAX_NAME_CHARS)?;
        // Each answer holds both.
        check_name("data", &file.data, MAX_DATA_CHARS)?;
        check_name("languages", &file.languages.join(", "), MAX_DATA_CHARS)?;
        let now = self.clock.now();
        let origin_sha256 = file.origin().sha256();
        self.entry(StoredCalibration {
            id: CalibrationId::new(self.clock(), self.rng.as_ref()),
            name: file.name,
            sha256: Sha256::of(text.as_bytes()),
            file: text,
            origin_sha256,
            model: file.model,
            state,
            changes: vec![CalibrationChange {
                state,
                actor: actor.as_str().to_owned(),
                reason: None,
                at: now,
            }],
            created_at: now,
        })
    }

    async fn insert_calibration(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        new: &StoredCalibration,
    ) -> Result<(), ServiceError> {
        work.insert_calibration(new).await?;
        let details = json!({
            "name": new.name,
            "sha256": new.sha256,
            "model": new.model,
            "state": new.state,
        });
        self.record_calibration(
            work,
            actor,
            audit::action::CALIBRATION_ADDED,
            new.id,
            details,
        )
        .await
    }

    async fn record_calibration(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        action: &str,
        id: CalibrationId,
        details: serde_json::Value,
    ) -> Result<(), ServiceError> {
        let subject = format!("calibration/{id}");
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            action,
            &subject,
            details,
        )
        .await?;
        Ok(())
    }
}

async fn found(
    work: &mut dyn UnitOfWork,
    id: CalibrationId,
) -> Result<StoredCalibration, ServiceError> {
    let found = work.calibration(id).await?;
    found.ok_or_else(|| ServiceError::not_found("calibration", id))
}

fn calibration_state(found: CalibrationState, expected: &'static str) -> ServiceError {
    ServiceError::CalibrationState {
        found: found.as_str(),
        expected,
    }
}

/// A file that is no calibration of the model, as what is wrong with the field that holds it.
fn refused_file(error: &ScoringError, model: String) -> ServiceError {
    ServiceError::Invalid {
        field: "file",
        found: error.to_string(),
        expected: format!("a calibration for scores of {model}, as `voxtrace calibrate` writes it"),
    }
}
