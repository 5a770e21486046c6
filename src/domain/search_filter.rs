//! Which voices a search is about, as its person says it.

use serde::{Deserialize, Serialize};

use super::analysis::Bandwidth;
use super::ids::{CaseId, WatchListId};
use super::subject::SubjectClass;
use super::time::Timestamp;

/// Narrows a search; everything that is said must hold of a voice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchFilters {
    /// Only enrolled voices of subjects of this class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_class: Option<SubjectClass>,
    /// Only enrolled voices of the subjects on this watch list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch_list_id: Option<WatchListId>,
    /// Only voices of this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<CaseId>,
    /// No voices of the probe's own case, nor of the case that the search is for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exclude_own_case: bool,
    /// Only calls that began at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_from: Option<Timestamp>,
    /// Only calls that began before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_before: Option<Timestamp>,
    /// Only calls from or to a number that begins so: the country or the area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_prefix: Option<String>,
    /// Only voices of this measured bandwidth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
}

impl SearchFilters {
    /// Whether nothing is left out.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Recordings that a filter is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordingScope {
    /// Of this case.
    pub case_id: Option<CaseId>,
    /// Of calls that began at this time or later.
    pub started_from: Option<Timestamp>,
    /// Of calls that began before this time.
    pub started_before: Option<Timestamp>,
    /// With a number that begins so, as it is compared.
    pub number_prefix: Option<String>,
}
