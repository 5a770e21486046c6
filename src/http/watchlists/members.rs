//! `GET /watchlists/{id}/members`.

use axum::Json;
use axum::extract::State;

use crate::domain::WatchListId;
use crate::http::AppState;
use crate::http::dto::{WatchMemberBody, WatchMemberPage};
use crate::http::extract::{Ids, Params};
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Members of a watch list, newest first, those that were removed among them.
#[utoipa::path(
    get,
    path = "/api/v1/watchlists/{id}/members",
    tag = "watchlists",
    params(("id" = uuid::Uuid, Path, description = "Watch list"), PageParams),
    responses(
        (status = 200, body = inline(WatchMemberPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_watch_members(
    State(state): State<AppState>,
    Ids(id): Ids<WatchListId>,
    Params(params): Params<PageParams>,
) -> Result<Json<WatchMemberPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let members = state.services.watch_members(id, page).await?;
    Ok(Json(PageBody::of(members, WatchMemberBody::from)))
}
