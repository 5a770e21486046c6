//! `GET /populations/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::PopulationId;
use crate::http::AppState;
use crate::http::dto::PopulationBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One population with its versions.
#[utoipa::path(
    get,
    path = "/api/v1/populations/{id}",
    tag = "populations",
    params(("id" = uuid::Uuid, Path, description = "Population")),
    responses((status = 200, body = PopulationBody), (status = 404, body = Problem)),
)]
pub async fn get_population(
    State(state): State<AppState>,
    Ids(id): Ids<PopulationId>,
) -> Result<Json<PopulationBody>, Problem> {
    Ok(Json(state.services.population(id).await?.into()))
}
