//! `GET /comparisons`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{ComparisonBody, ComparisonPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Stored comparisons, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/comparisons",
    tag = "comparisons",
    params(PageParams),
    responses((status = 200, body = inline(ComparisonPage)), (status = 400, body = Problem)),
)]
pub async fn get_comparisons(
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Result<Json<ComparisonPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let comparisons = state
        .services
        .store()
        .reader()
        .await?
        .comparisons(page)
        .await?;
    Ok(Json(PageBody::of(comparisons, ComparisonBody::from)))
}
