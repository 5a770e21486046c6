//! `PATCH /cases/{id}`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{CaseBody, CaseEditBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, CaseEdit};

/// Edits title and note of a case.
#[utoipa::path(
    patch,
    path = "/api/v1/cases/{id}",
    tag = "cases",
    params(
        ("id" = uuid::Uuid, Path, description = "Case"),
        ("If-Match" = String, Header, description = "ETag of the version that was read"),
    ),
    request_body = CaseEditBody,
    responses(
        (status = 200, body = CaseBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Somebody edited it meanwhile"),
        (status = 428, body = Problem, description = "If-Match is missing"),
    ),
)]
pub async fn patch_case(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
    headers: HeaderMap,
    body: JsonBody<CaseEditBody>,
) -> Result<Answer, Problem> {
    let version = etag::required(&headers)?;
    let edit = CaseEdit {
        title: body.value.title,
        note: body.value.note,
    };
    let case = state
        .services
        .edit_case(&Actor::local(), id, version, edit)
        .await?;
    let version = case.version;
    Ok(Answer::new(StatusCode::OK, &CaseBody::from(case))?.version(version))
}
