//! What an answer says of the gallery that was searched, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{BaseRate, OperatingThreshold};

/// Prior odds of a voice of the gallery, if the speaker is surely among them and each is as likely
/// as the other. An LR multiplies prior odds; what they are in a case is not known here.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BaseRate)]
pub struct BaseRateBody {
    /// Voices searched.
    pub voices: u64,
    /// Prior odds of one voice are 1 to so many.
    pub odds_against: u64,
    /// The prior odds to base 10.
    pub log10_prior_odds: f64,
}

impl From<BaseRate> for BaseRateBody {
    fn from(rate: BaseRate) -> Self {
        Self {
            voices: rate.voices,
            odds_against: rate.odds_against,
            log10_prior_odds: rate.log10_prior_odds,
        }
    }
}

/// From which ratio on how few voices of other people are expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OperatingPoint)]
pub struct OperatingPointBody {
    /// Name.
    pub name: String,
    /// Voices of other people that are expected, at most.
    pub expected_false: f64,
    /// Ratio from which on; null where the bounds of the calibration support none.
    pub log10_lr: Option<f64>,
    /// Whether the false match rates behind it lie beyond what was measured.
    pub extrapolated: bool,
}

impl From<OperatingThreshold> for OperatingPointBody {
    fn from(point: OperatingThreshold) -> Self {
        Self {
            name: point.name,
            expected_false: point.expected_false,
            log10_lr: point.log10_lr,
            extrapolated: point.extrapolated,
        }
    }
}
