//! What an answer says of a population that it was measured on, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    PopulationId, PopulationMismatch, PopulationRates, PopulationUse, PopulationWarning, Reach,
};
use crate::http::problem::Problem;
use crate::services::PopulationChoice;

/// How many voices of a population reach a ratio with a voice.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Reach)]
pub struct ReachBody {
    /// Voices that were counted: without those that may be one of the two people.
    pub voices: u32,
    /// Voices whose ratio is at least that of the answer.
    pub reached: u32,
    /// Upper bound of their share at 95 %.
    pub upper: f64,
}

impl From<Reach> for ReachBody {
    fn from(reach: Reach) -> Self {
        Self {
            voices: reach.voices,
            reached: reach.reached,
            upper: reach.upper,
        }
    }
}

/// The false match rate of one case, measured on the answer's population.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = PopulationRates)]
pub struct PopulationRatesBody {
    /// Against the probe: how typical it is.
    pub probe: ReachBody,
    /// Against the candidate.
    pub candidate: ReachBody,
}

impl From<PopulationRates> for PopulationRatesBody {
    fn from(rates: PopulationRates) -> Self {
        Self {
            probe: rates.probe.into(),
            candidate: rates.candidate.into(),
        }
    }
}

/// A point in which a population does not resemble a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PopulationWarning)]
pub struct PopulationWarningBody {
    /// `bandwidth`: less than half of its voices have that of the side; `net_speech`: 90 % of them
    /// have more, or less; `unlike`: the side's mean score with it lies outside of where that of 99 %
    /// of its own voices with each other does.
    pub kind: String,
    /// `probe`, `left` or `right`.
    pub side: String,
    /// What that side is.
    pub found: String,
    /// What the population has: a share, or a range.
    pub population: String,
}

impl From<PopulationWarning> for PopulationWarningBody {
    fn from(warning: PopulationWarning) -> Self {
        let kind = match warning.kind {
            PopulationMismatch::Bandwidth => "bandwidth",
            PopulationMismatch::NetSpeech => "net_speech",
            PopulationMismatch::Unlike => "unlike",
        };
        Self {
            kind: kind.to_owned(),
            side: warning.side,
            found: warning.found,
            population: warning.population,
        }
    }
}

/// The population that an answer was measured on.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PopulationUse)]
pub struct PopulationUseBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Digest of its members.
    pub sha256: String,
    /// Its voices.
    pub voices: u32,
    /// In what it does not resemble the case.
    pub warnings: Vec<PopulationWarningBody>,
}

impl From<PopulationUse> for PopulationUseBody {
    fn from(used: PopulationUse) -> Self {
        Self {
            id: used.id.0,
            name: used.name,
            version: used.version,
            sha256: used.sha256.to_string(),
            voices: used.voices,
            warnings: used.warnings.into_iter().map(Into::into).collect(),
        }
    }
}

/// The population that a request names.
///
/// # Errors
/// A version without a population.
pub(super) fn population_choice(
    id: Option<uuid::Uuid>,
    version: Option<u32>,
) -> Result<Option<PopulationChoice>, Problem> {
    match (id, version) {
        (None, Some(version)) => Err(Problem::invalid(
            "population_version",
            format!("{version} without population_id"),
            "a population beside its version",
        )),
        (None, None) => Ok(None),
        (Some(id), version) => Ok(Some(PopulationChoice {
            id: PopulationId(id),
            version,
        })),
    }
}
