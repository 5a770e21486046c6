//! `GET /comparisons/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::ComparisonId;
use crate::http::AppState;
use crate::http::dto::ComparisonBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// A stored comparison.
#[utoipa::path(
    get,
    path = "/api/v1/comparisons/{id}",
    tag = "comparisons",
    params(("id" = uuid::Uuid, Path, description = "Comparison")),
    responses((status = 200, body = ComparisonBody), (status = 404, body = Problem)),
)]
pub async fn get_comparison(
    State(state): State<AppState>,
    Ids(id): Ids<ComparisonId>,
) -> Result<Json<ComparisonBody>, Problem> {
    Ok(Json(state.services.stored_comparison(id).await?.into()))
}
