//! `GET /cases/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::CaseBody;
use crate::http::extract::Ids;
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;

/// One case.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}",
    tag = "cases",
    params(("id" = uuid::Uuid, Path, description = "Case")),
    responses(
        (status = 200, body = CaseBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_case(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
) -> Result<Answer, Problem> {
    let case = state.services.case(id).await?;
    let version = case.version;
    Ok(Answer::new(StatusCode::OK, &CaseBody::from(case))?.version(version))
}
