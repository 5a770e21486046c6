//! `GET /entities/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::EntityId;
use crate::http::AppState;
use crate::http::dto::EntityDetailBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One entity with the cases, recordings, voices, subjects and events that it occurs in.
#[utoipa::path(
    get,
    path = "/api/v1/entities/{id}",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Entity")),
    responses((status = 200, body = EntityDetailBody), (status = 404, body = Problem)),
)]
pub async fn get_entity(
    State(state): State<AppState>,
    Ids(id): Ids<EntityId>,
) -> Result<Json<EntityDetailBody>, Problem> {
    Ok(Json(state.services.entity_detail(id).await?.into()))
}
