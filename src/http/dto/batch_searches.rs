//! Many searches at once, as sent.

use serde::Deserialize;
use utoipa::ToSchema;

use super::search_filters::SearchFiltersBody;
use super::searches::AgainstBody;
use crate::domain::BatchSearchRequest;
use crate::http::problem::Problem;

/// Candidates for each probe when nothing is said: a list of leads, not a gallery.
const DEFAULT_TOP_K: u32 = 5;

fn default_top_k() -> u32 {
    DEFAULT_TOP_K
}

/// Which voices are searched for among which.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewBatchSearch)]
pub struct NewBatchSearchBody {
    /// Which voices are probes; all when left out.
    #[serde(default)]
    pub probes: SearchFiltersBody,
    /// Against what.
    #[serde(default)]
    pub against: AgainstBody,
    /// Which voices they are searched against; all when left out.
    #[serde(default)]
    pub filters: SearchFiltersBody,
    /// Candidates at most for each probe; 5 when left out.
    #[serde(default = "default_top_k")]
    #[schema(minimum = 1)]
    pub top_k: u32,
    /// Candidates below this log10 LR are left out.
    pub min_log10_lr: Option<f64>,
    /// To what purpose.
    pub purpose: Option<String>,
}

impl NewBatchSearchBody {
    /// What is asked.
    ///
    /// # Errors
    /// A time that is none.
    pub fn request(self) -> Result<BatchSearchRequest, Problem> {
        Ok(BatchSearchRequest {
            probes: self.probes.filters("probes")?,
            against: self.against.into(),
            filters: self.filters.filters("filters")?,
            top_k: self.top_k,
            min_log10_lr: self.min_log10_lr,
            purpose: self.purpose,
        })
    }
}
