//! Comparisons as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::evidence::EvidenceBody;
use super::population_rates::{PopulationRatesBody, PopulationUseBody, population_choice};
use super::searches::VoiceFactsBody;
use super::subject_sides::SubjectSideBody;
use super::voice_ref::{RightSideBody, SideBody};
use crate::domain::Comparison;
use crate::http::paging::PageBody;
use crate::http::problem::Problem;
use crate::services::PopulationChoice;

/// A comparison to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewComparison)]
pub struct NewComparisonBody {
    /// Left side.
    pub left: SideBody,
    /// Right side: a voice, or a subject by all of its enrolled voices.
    pub right: RightSideBody,
    /// The population that it is to be measured on.
    pub population_id: Option<uuid::Uuid>,
    /// Its version; the newest when left out.
    pub population_version: Option<u32>,
}

impl NewComparisonBody {
    /// The population that it names.
    ///
    /// # Errors
    /// A version without a population.
    pub fn population(&self) -> Result<Option<PopulationChoice>, Problem> {
        population_choice(self.population_id, self.population_version)
    }
}

/// A stored comparison of two voices.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Comparison)]
pub struct ComparisonBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Left side.
    pub left: VoiceFactsBody,
    /// Right side; of a subject, its voice with the highest score.
    pub right: VoiceFactsBody,
    /// The subject on the right, where the ratio is the joint one of its voices.
    pub subject: Option<SubjectSideBody>,
    /// The ratio.
    #[serde(flatten)]
    pub evidence: EvidenceBody,
    /// The population that it was measured on.
    pub population_use: Option<PopulationUseBody>,
    /// How many of its voices reach the ratio, with the left side as the probe.
    pub population: Option<PopulationRatesBody>,
    /// Embedding model.
    pub model_id: String,
    /// Hash of its file.
    pub model_sha256: String,
    /// Version of Voxtrace.
    pub software_version: String,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// `evaluative_comparison`: its ratio may stand in a report.
    pub kind: String,
    /// What a comparison is for.
    pub kind_notice: String,
    /// What the numbers do not say.
    pub notice: String,
}

impl From<Comparison> for ComparisonBody {
    fn from(comparison: Comparison) -> Self {
        Self {
            id: comparison.id.0,
            left: comparison.left.into(),
            right: comparison.right.into(),
            subject: comparison.subject.map(|side| (*side).into()),
            evidence: comparison.evidence.into(),
            population_use: comparison.population_use.map(Into::into),
            population: comparison.population_rates.map(Into::into),
            model_id: comparison.model.to_string(),
            model_sha256: comparison.model_sha256.to_string(),
            software_version: comparison.software_version,
            created_at: comparison.created_at.to_string(),
            kind: crate::services::EVALUATIVE.code.to_owned(),
            kind_notice: crate::services::EVALUATIVE.notice.to_owned(),
            notice: crate::services::NOTICE.to_owned(),
        }
    }
}

/// A page of comparisons.
pub type ComparisonPage = PageBody<ComparisonBody>;
