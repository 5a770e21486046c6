//! `GET /subjects/{id}/enrolments`.

use axum::Json;
use axum::extract::State;

use crate::domain::SubjectId;
use crate::http::AppState;
use crate::http::dto::{EnrolmentBody, EnrolmentList};
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// Enrolments of a subject, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/subjects/{id}/enrolments",
    tag = "subjects",
    params(("id" = uuid::Uuid, Path, description = "Subject")),
    responses((status = 200, body = EnrolmentList), (status = 404, body = Problem)),
)]
pub async fn get_enrolments(
    State(state): State<AppState>,
    Ids(id): Ids<SubjectId>,
) -> Result<Json<EnrolmentList>, Problem> {
    let now = state.services.clock().now();
    let enrolments = state.services.enrolments_of(id).await?;
    let items = enrolments
        .into_iter()
        .map(|enrolment| EnrolmentBody::at(enrolment, now))
        .collect();
    Ok(Json(EnrolmentList { items }))
}
