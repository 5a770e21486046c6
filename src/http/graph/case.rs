//! `GET /cases/{id}/graph`.

use axum::Json;
use axum::extract::State;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::GraphBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// The graph of a case: voices, links that people confirmed, identity groups, subjects, entities,
/// events added up, and other cases in which one of these occurs. `cut` says how much it shows.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/graph",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Case")),
    responses((status = 200, body = GraphBody), (status = 404, body = Problem)),
)]
pub async fn get_case_graph(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
) -> Result<Json<GraphBody>, Problem> {
    Ok(Json(state.services.case_graph(id).await?.into()))
}
