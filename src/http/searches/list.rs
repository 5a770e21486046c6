//! `GET /searches`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{SearchBody, SearchPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Stored searches, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/searches",
    tag = "searches",
    params(PageParams),
    responses((status = 200, body = inline(SearchPage)), (status = 400, body = Problem)),
)]
pub async fn get_searches(
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Result<Json<SearchPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let searches = state
        .services
        .store()
        .reader()
        .await?
        .searches(page)
        .await?;
    Ok(Json(PageBody::of(searches, SearchBody::from)))
}
