//! `ETag` and `If-Match` on what people edit: the version in quotes.

use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;

/// The entity tag of a version.
pub fn of(version: u32) -> String {
    format!("\"{version}\"")
}

/// The version that `If-Match` names.
///
/// # Errors
/// 428 without the header, 422 when it is no version.
pub fn required(headers: &HeaderMap) -> Result<u32, Problem> {
    given(headers)?.ok_or_else(|| {
        Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_required",
            "If-Match is missing, expected the ETag of the version that the edit is based on",
        )
        .about(
            "If-Match",
            "nothing",
            "the ETag of the version that was read",
        )
    })
}

/// The version that `If-Match` names, where there is one.
///
/// # Errors
/// 422 when it is no version.
pub fn given(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let version = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    version
        .and_then(|version| version.parse().ok())
        .map(Some)
        .ok_or_else(|| {
            Problem::invalid(
                "If-Match",
                format!("{text:?}"),
                "the ETag of the version that was read",
            )
        })
}
