//! `GET /subjects/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::SubjectId;
use crate::http::AppState;
use crate::http::dto::SubjectBody;
use crate::http::extract::Ids;
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;

/// One subject.
#[utoipa::path(
    get,
    path = "/api/v1/subjects/{id}",
    tag = "subjects",
    params(("id" = uuid::Uuid, Path, description = "Subject")),
    responses(
        (status = 200, body = SubjectBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_subject(
    State(state): State<AppState>,
    Ids(id): Ids<SubjectId>,
) -> Result<Answer, Problem> {
    let subject = state.services.subject(id).await?;
    let version = subject.version;
    Ok(Answer::new(StatusCode::OK, &SubjectBody::from(subject))?.version(version))
}
