//! What is said of an upload, in form fields or in the query.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{CallFacts, CaseId, Direction, Timestamp};
use crate::http::incoming::FormFields;
use crate::http::problem::Problem;
use crate::services::{CaseChoice, RecordingMetadata};

/// What is said of an upload.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadMetadata {
    /// Name of the file.
    pub filename: Option<String>,
    /// Case.
    pub case_id: Option<String>,
    /// Or number of the case, which is opened if it is new.
    pub case_no: Option<String>,
    /// Number that called.
    pub caller: Option<String>,
    /// Number that was called.
    pub callee: Option<String>,
    /// When the call began, RFC 3339.
    pub started_at: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<String>,
    /// Where the file comes from.
    pub source: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

impl FormFields for UploadMetadata {
    const FIELDS: &'static str =
        "file, filename, case_id, case_no, caller, callee, started_at, direction, source, note";

    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "filename" => Some(&mut self.filename),
            "case_id" => Some(&mut self.case_id),
            "case_no" => Some(&mut self.case_no),
            "caller" => Some(&mut self.caller),
            "callee" => Some(&mut self.callee),
            "started_at" => Some(&mut self.started_at),
            "direction" => Some(&mut self.direction),
            "source" => Some(&mut self.source),
            "note" => Some(&mut self.note),
            _ => None,
        }
    }

    fn filename(&mut self) -> &mut Option<String> {
        &mut self.filename
    }
}

impl UploadMetadata {
    /// Checks the texts and reads what they say.
    pub fn read(self) -> Result<RecordingMetadata, Problem> {
        let text = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        let case = match (text(self.case_id), text(self.case_no)) {
            (None, None) => CaseChoice::None,
            (None, Some(case_no)) => CaseChoice::No(case_no),
            (Some(id), None) => CaseChoice::Id(
                id.parse::<CaseId>()
                    .map_err(|_| Problem::invalid("case_id", format!("{id:?}"), "an id"))?,
            ),
            (Some(_), Some(_)) => {
                return Err(Problem::invalid(
                    "case_id",
                    "given with case_no",
                    "only one of them",
                ));
            }
        };
        let started_at = match text(self.started_at) {
            None => None,
            Some(value) => Some(Timestamp::parse(&value).map_err(|_| {
                Problem::invalid(
                    "started_at",
                    format!("{value:?}"),
                    "a time like 2026-01-31T08:00:00Z",
                )
            })?),
        };
        let direction = match text(self.direction).as_deref() {
            None => None,
            Some("inbound") => Some(Direction::Inbound),
            Some("outbound") => Some(Direction::Outbound),
            Some(other) => {
                return Err(Problem::invalid(
                    "direction",
                    format!("{other:?}"),
                    "inbound or outbound",
                ));
            }
        };
        Ok(RecordingMetadata {
            filename: self.filename.unwrap_or_default(),
            case,
            call: CallFacts {
                caller: text(self.caller),
                callee: text(self.callee),
                started_at,
                direction,
                source: text(self.source),
                note: text(self.note),
            },
        })
    }
}
