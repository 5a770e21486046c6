//! `POST /cases`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{CaseBody, NewCaseBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewCase};

/// Opens a case.
#[utoipa::path(
    post,
    path = "/api/v1/cases",
    tag = "cases",
    request_body = NewCaseBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 201, body = CaseBody, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, description = "The number is taken"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_case(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewCaseBody>,
) -> Result<Response, Problem> {
    let new = NewCase {
        case_no: body.value.case_no,
        title: body.value.title,
        note: body.value.note,
    };
    once(&state, &headers, "POST cases", body.sha256, async {
        let case = state.services.open_case(&Actor::local(), new).await?;
        let location = format!("/api/v1/cases/{}", case.id);
        let version = case.version;
        Ok(Answer::new(StatusCode::CREATED, &CaseBody::from(case))?
            .at(location)
            .version(version))
    })
    .await
}
