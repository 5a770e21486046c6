//! `GET /jobs/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::JobId;
use crate::http::AppState;
use crate::http::dto::JobBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One job.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}",
    tag = "jobs",
    params(("id" = uuid::Uuid, Path, description = "Job")),
    responses((status = 200, body = JobBody), (status = 404, body = Problem)),
)]
pub async fn get_job(
    State(state): State<AppState>,
    Ids(id): Ids<JobId>,
) -> Result<Json<JobBody>, Problem> {
    Ok(Json(state.services.job(id).await?.into()))
}
