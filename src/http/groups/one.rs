//! `GET /groups/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::GroupId;
use crate::http::AppState;
use crate::http::dto::GroupDetailBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One group with its voices, links and lineage.
#[utoipa::path(
    get,
    path = "/api/v1/groups/{id}",
    tag = "links",
    params(("id" = uuid::Uuid, Path, description = "Group")),
    responses(
        (status = 200, body = GroupDetailBody),
        (status = 404, body = Problem, description = "Also when it ended"),
    ),
)]
pub async fn get_group(
    State(state): State<AppState>,
    Ids(id): Ids<GroupId>,
) -> Result<Json<GroupDetailBody>, Problem> {
    Ok(Json(state.services.group_detail(id).await?.into()))
}
