//! `POST /subjects`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{NewSubjectBody, SubjectBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewSubject};

/// Enters a subject.
#[utoipa::path(
    post,
    path = "/api/v1/subjects",
    tag = "subjects",
    request_body = NewSubjectBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 201, body = SubjectBody, headers(("Location" = String), ("ETag" = String))),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_subject(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewSubjectBody>,
) -> Result<Response, Problem> {
    let NewSubjectBody { name, class, note } = body.value;
    let new = NewSubject { name, class, note };
    once(&state, &headers, "POST subjects", body.sha256, async {
        let subject = state.services.enter_subject(&Actor::local(), new).await?;
        let location = format!("/api/v1/subjects/{}", subject.id);
        let version = subject.version;
        let body = SubjectBody::from(subject);
        Ok(Answer::new(StatusCode::CREATED, &body)?
            .at(location)
            .version(version))
    })
    .await
}
