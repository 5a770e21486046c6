//! `DELETE /subjects/{id}/enrolments/{enrolment_id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::{EnrolmentId, SubjectId};
use crate::http::AppState;
use crate::http::dto::EnrolmentBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;
use crate::services::Actor;

/// Withdraws an enrolment. The row stays, the voices are no longer the subject's.
#[utoipa::path(
    delete,
    path = "/api/v1/subjects/{id}/enrolments/{enrolment_id}",
    tag = "subjects",
    params(
        ("id" = uuid::Uuid, Path, description = "Subject"),
        ("enrolment_id" = uuid::Uuid, Path, description = "Enrolment"),
    ),
    responses((status = 200, body = EnrolmentBody), (status = 404, body = Problem)),
)]
pub async fn delete_enrolment(
    State(state): State<AppState>,
    Ids((id, enrolment_id)): Ids<(SubjectId, EnrolmentId)>,
) -> Result<Json<EnrolmentBody>, Problem> {
    let enrolment = state
        .services
        .withdraw_enrolment(&Actor::local(), id, enrolment_id)
        .await?;
    Ok(Json(EnrolmentBody::at(
        enrolment,
        state.services.clock().now(),
    )))
}
