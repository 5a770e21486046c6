//! Cases as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given;
use crate::domain::Case;
use crate::http::paging::PageBody;

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Case)]
pub struct CaseBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Number by which people know it.
    pub case_no: String,
    /// Title.
    pub title: Option<String>,
    /// Note.
    pub note: Option<String>,
    /// Counts edits from 1; the `ETag`.
    pub version: u32,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Case> for CaseBody {
    fn from(case: Case) -> Self {
        Self {
            id: case.id.0,
            case_no: case.case_no,
            title: case.title,
            note: case.note,
            version: case.version,
            created_at: case.created_at.to_string(),
        }
    }
}

/// A page of cases.
pub type CasePage = PageBody<CaseBody>;

/// A case to be opened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCase)]
pub struct NewCaseBody {
    /// Number; unique.
    pub case_no: String,
    /// Title.
    pub title: Option<String>,
    /// Note.
    pub note: Option<String>,
}

/// What changes in a case: a field that is left out stays, null empties it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseEdit)]
pub struct CaseEditBody {
    /// Title.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Option<String>>,
    /// Note.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Option<String>>,
}
