//! What a search is about, as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::populations::BandwidthBody;
use crate::domain::{CaseId, SearchFilters, SubjectClass, Timestamp, WatchListId};
use crate::http::problem::Problem;

/// Narrows a search; everything that is said must hold of a voice.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SearchFilters)]
pub struct SearchFiltersBody {
    /// Only enrolled voices of subjects of this class.
    #[schema(value_type = Option<String>, example = "suspect")]
    pub subject_class: Option<SubjectClass>,
    /// Only enrolled voices of the subjects on this watch list, which must be in force.
    pub watch_list_id: Option<uuid::Uuid>,
    /// Only voices of this case.
    pub case_id: Option<uuid::Uuid>,
    /// No voices of the probe's own case, nor of the case that the search is for.
    #[serde(default)]
    pub exclude_own_case: bool,
    /// Only calls that began at this time or later, RFC 3339.
    pub started_from: Option<String>,
    /// Only calls that began before this time, RFC 3339.
    pub started_before: Option<String>,
    /// Only calls from or to a number that begins so: the country or the area.
    #[schema(example = "+86755")]
    pub number_prefix: Option<String>,
    /// Only voices of this measured bandwidth.
    pub bandwidth: Option<BandwidthBody>,
}

impl SearchFiltersBody {
    /// What they say; `field` is the one that holds them.
    ///
    /// # Errors
    /// A time that is none.
    pub fn filters(&self, field: &str) -> Result<SearchFilters, Problem> {
        let from = format!("{field}.started_from");
        let before = format!("{field}.started_before");
        Ok(SearchFilters {
            subject_class: self.subject_class,
            watch_list_id: self.watch_list_id.map(WatchListId),
            case_id: self.case_id.map(CaseId),
            exclude_own_case: self.exclude_own_case,
            started_from: time(&from, self.started_from.as_deref())?,
            started_before: time(&before, self.started_before.as_deref())?,
            number_prefix: self.number_prefix.clone(),
            bandwidth: self.bandwidth.map(Into::into),
        })
    }
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| {
        Timestamp::parse(text)
            .map_err(|_| Problem::invalid(field, text, "a time such as 2026-03-01T00:00:00+08:00"))
    })
    .transpose()
}

impl From<SearchFilters> for SearchFiltersBody {
    fn from(filters: SearchFilters) -> Self {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Self {
            subject_class: filters.subject_class,
            watch_list_id: filters.watch_list_id.map(|id| id.0),
            case_id: filters.case_id.map(|id| id.0),
            exclude_own_case: filters.exclude_own_case,
            started_from: time(filters.started_from),
            started_before: time(filters.started_before),
            number_prefix: filters.number_prefix,
            bandwidth: filters.bandwidth.map(Into::into),
        }
    }
}
