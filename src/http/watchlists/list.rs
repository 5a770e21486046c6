//! `GET /watchlists`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{WatchListBody, WatchListPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Watch lists, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/watchlists",
    tag = "watchlists",
    params(PageParams),
    responses((status = 200, body = inline(WatchListPage)), (status = 400, body = Problem)),
)]
pub async fn get_watch_lists(
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Result<Json<WatchListPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let lists = state.services.watch_lists(page).await?;
    Ok(Json(PageBody::of(lists, WatchListBody::from)))
}
