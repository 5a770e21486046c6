//! `POST /jobs/{id}/cancel`.

use axum::Json;
use axum::extract::State;

use crate::domain::JobId;
use crate::http::AppState;
use crate::http::dto::JobBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;
use crate::services::Actor;

/// Cancels a job that is queued or running. What is finished stays.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{id}/cancel",
    tag = "jobs",
    params(("id" = uuid::Uuid, Path, description = "Job")),
    responses(
        (status = 200, body = JobBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The job's state does not allow it"),
    ),
)]
pub async fn post_cancel(
    State(state): State<AppState>,
    Ids(id): Ids<JobId>,
) -> Result<Json<JobBody>, Problem> {
    Ok(Json(
        state.services.cancel_job(&Actor::local(), id).await?.into(),
    ))
}
