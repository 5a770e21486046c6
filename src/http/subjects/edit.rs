//! `PATCH /subjects/{id}`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::SubjectId;
use crate::http::AppState;
use crate::http::dto::{SubjectBody, SubjectEditBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, SubjectEdit};

/// Edits name, class and note of a subject.
#[utoipa::path(
    patch,
    path = "/api/v1/subjects/{id}",
    tag = "subjects",
    params(
        ("id" = uuid::Uuid, Path, description = "Subject"),
        ("If-Match" = String, Header, description = "ETag of the version that was read"),
    ),
    request_body = SubjectEditBody,
    responses(
        (status = 200, body = SubjectBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "Somebody edited it meanwhile"),
        (status = 428, body = Problem, description = "If-Match is missing"),
    ),
)]
pub async fn patch_subject(
    State(state): State<AppState>,
    Ids(id): Ids<SubjectId>,
    headers: HeaderMap,
    body: JsonBody<SubjectEditBody>,
) -> Result<Answer, Problem> {
    let version = etag::required(&headers)?;
    let SubjectEditBody { name, class, note } = body.value;
    let edit = SubjectEdit { name, class, note };
    let subject = state
        .services
        .edit_subject(&Actor::local(), id, version, edit)
        .await?;
    let version = subject.version;
    Ok(Answer::new(StatusCode::OK, &SubjectBody::from(subject))?.version(version))
}
