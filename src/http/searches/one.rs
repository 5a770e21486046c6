//! `GET /searches/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::SearchId;
use crate::http::AppState;
use crate::http::dto::SearchBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// A stored answer, as it was given.
#[utoipa::path(
    get,
    path = "/api/v1/searches/{id}",
    tag = "searches",
    params(("id" = uuid::Uuid, Path, description = "Search")),
    responses((status = 200, body = SearchBody), (status = 404, body = Problem)),
)]
pub async fn get_search(
    State(state): State<AppState>,
    Ids(id): Ids<SearchId>,
) -> Result<Json<SearchBody>, Problem> {
    let search = state.services.stored_search(id).await?;
    let standing = state.services.standing_of(&search).await?;
    Ok(Json(SearchBody::from(search).standing(standing)))
}
