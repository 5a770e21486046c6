//! `GET /watchlists/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::WatchListId;
use crate::http::AppState;
use crate::http::dto::WatchListBody;
use crate::http::extract::Ids;
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;

/// One watch list.
#[utoipa::path(
    get,
    path = "/api/v1/watchlists/{id}",
    tag = "watchlists",
    params(("id" = uuid::Uuid, Path, description = "Watch list")),
    responses(
        (status = 200, body = WatchListBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_watch_list(
    State(state): State<AppState>,
    Ids(id): Ids<WatchListId>,
) -> Result<Answer, Problem> {
    let found = state.services.watch_list(id).await?;
    let version = found.list.version;
    Ok(Answer::new(StatusCode::OK, &WatchListBody::from(found))?.version(version))
}
