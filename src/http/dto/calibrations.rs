//! Calibrations as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{CalibrationChange, CalibrationState, Llr, Sha256};
use crate::services::{CalibrationEntry, ConditionFile, ValidityFile};

/// Whether answers are made with a calibration.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalibrationState)]
pub enum CalibrationStateBody {
    /// It may be put in use.
    Available,
    /// Answers of its model are made with it.
    Active,
    /// It is not used again.
    Retired,
}

impl From<CalibrationState> for CalibrationStateBody {
    fn from(state: CalibrationState) -> Self {
        match state {
            CalibrationState::Available => Self::Available,
            CalibrationState::Active => Self::Active,
            CalibrationState::Retired => Self::Retired,
        }
    }
}

/// What is known of one pair of bandwidths.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CalibrationCondition)]
pub struct CalibrationConditionBody {
    /// Pair of bandwidth classes.
    pub pair: String,
    /// Cllr in bits on speakers held out.
    pub cllr: f64,
    /// The least Cllr that any monotone calibration gives there.
    pub min_cllr: f64,
    /// Equal error rate there, a fraction.
    pub eer: f64,
    /// Bounds of log10 LR that the number of speakers supports.
    pub log10_lr_bounds: [f64; 2],
    /// Trials of one speaker that it was made on.
    pub targets: u64,
    /// Trials of two speakers.
    pub non_targets: u64,
    /// Whether its ratios have an interval.
    pub has_interval: bool,
}

impl From<ConditionFile> for CalibrationConditionBody {
    fn from(condition: ConditionFile) -> Self {
        Self {
            log10_lr_bounds: [condition.llr_min, condition.llr_max].map(|llr| Llr(llr).log10()),
            pair: condition.pair,
            cllr: condition.cllr,
            min_cllr: condition.min_cllr,
            eer: condition.eer,
            targets: condition.targets,
            non_targets: condition.non_targets,
            has_interval: !condition.fits.is_empty(),
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CalibrationChange)]
pub struct CalibrationChangeBody {
    /// What it became.
    pub state: CalibrationStateBody,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<CalibrationChange> for CalibrationChangeBody {
    fn from(change: CalibrationChange) -> Self {
        Self {
            state: change.state.into(),
            actor: change.actor,
            reason: change.reason,
            at: change.at.to_string(),
        }
    }
}

/// Bounds that 99 % of the voices of a calibration's data keep.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CalibrationValidity)]
pub struct ValidityBody {
    /// Least net speech, in milliseconds.
    pub net_speech_ms: u64,
    /// Least SNR by WADA, in dB.
    pub wada_snr_db: f64,
    /// Largest fraction of clipped samples.
    pub clipping_ratio: f64,
}

impl From<ValidityFile> for ValidityBody {
    fn from(file: ValidityFile) -> Self {
        Self {
            net_speech_ms: file.net_speech_ms,
            wada_snr_db: file.wada_snr_db,
            clipping_ratio: file.clipping_ratio,
        }
    }
}

/// A calibration of the archive.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StoredCalibration)]
pub struct StoredCalibrationBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name, which every answer carries.
    pub name: String,
    /// Digest of its file.
    pub sha256: String,
    /// Model whose scores it is for.
    pub model_id: String,
    /// Hash of that model's file.
    pub model_sha256: String,
    /// Whether that is the model in use.
    pub fits_model: bool,
    /// State.
    pub state: CalibrationStateBody,
    /// Whether answers are made with it now; a setting comes before the active one.
    pub in_use: bool,
    /// What it was made on.
    pub data: String,
    /// Speakers.
    pub speakers: u32,
    /// Languages.
    pub languages: Vec<String>,
    /// Shortest and longest net speech that it was made on.
    pub net_speech_ms: [u64; 2],
    /// Where nearly all voices of its data lie, beyond which LLRs are drawn toward 0; null where they
    /// never are.
    pub validity: Option<ValidityBody>,
    /// Pairs of bandwidths.
    pub conditions: Vec<CalibrationConditionBody>,
    /// How it came to its state, oldest first.
    pub changes: Vec<CalibrationChangeBody>,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl StoredCalibrationBody {
    /// A calibration beside the digest of the one in use.
    pub fn of(entry: CalibrationEntry, in_use: Sha256) -> Self {
        let CalibrationEntry {
            stored,
            file,
            fits_model,
        } = entry;
        Self {
            id: stored.id.0,
            name: stored.name,
            sha256: stored.sha256.to_string(),
            model_id: stored.model.to_string(),
            model_sha256: file.model_sha256.to_string(),
            fits_model,
            state: stored.state.into(),
            in_use: stored.sha256 == in_use,
            data: file.data,
            speakers: file.speakers,
            languages: file.languages,
            net_speech_ms: file.net_speech_ms,
            validity: file.validity.map(Into::into),
            conditions: file.conditions.into_iter().map(Into::into).collect(),
            changes: stored.changes.into_iter().map(Into::into).collect(),
            created_at: stored.created_at.to_string(),
        }
    }
}

/// One calibration with its file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CalibrationDetail)]
pub struct CalibrationDetailBody {
    /// The calibration.
    #[serde(flatten)]
    pub calibration: StoredCalibrationBody,
    /// Text of its file.
    pub file: String,
}

/// The calibration that answers are made with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CalibrationInUse)]
pub struct CalibrationInUseBody {
    /// Name.
    pub name: String,
    /// Digest of its file.
    pub sha256: String,
    /// Whether the setting `models.calibration` decides, whatever is active.
    pub by_setting: bool,
}

/// Calibrations of the archive.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalibrationList {
    /// Newest first.
    pub items: Vec<StoredCalibrationBody>,
    /// The one in use.
    pub in_use: CalibrationInUseBody,
}

/// A calibration to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCalibration)]
pub struct NewCalibrationBody {
    /// Text of its file, as `voxtrace calibrate` writes it.
    pub file: String,
}

/// Why a calibration is put in use.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Activation)]
pub struct ActivationBody {
    /// Reason.
    pub reason: Option<String>,
}

/// Why a calibration is not used again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Retirement)]
pub struct RetirementBody {
    /// Reason.
    pub reason: String,
}
