//! `GET /alerts/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::AlertId;
use crate::http::AppState;
use crate::http::dto::AlertDetailBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One alert with everything that became of it.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    tag = "alerts",
    params(("id" = uuid::Uuid, Path, description = "Alert")),
    responses((status = 200, body = AlertDetailBody), (status = 404, body = Problem)),
)]
pub async fn get_alert(
    State(state): State<AppState>,
    Ids(id): Ids<AlertId>,
) -> Result<Json<AlertDetailBody>, Problem> {
    Ok(Json(state.services.alert(id).await?.into()))
}
