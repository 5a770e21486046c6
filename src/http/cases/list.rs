//! `GET /cases`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{CaseBody, CasePage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Cases, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/cases",
    tag = "cases",
    params(PageParams),
    responses((status = 200, body = inline(CasePage)), (status = 400, body = Problem)),
)]
pub async fn get_cases(
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Result<Json<CasePage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let cases = state.services.store().reader().await?.cases(page).await?;
    Ok(Json(PageBody::of(cases, CaseBody::from)))
}
