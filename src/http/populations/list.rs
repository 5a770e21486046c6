//! `GET /populations`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{PopulationBody, PopulationPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Populations with their versions, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/populations",
    tag = "populations",
    params(PageParams),
    responses((status = 200, body = inline(PopulationPage)), (status = 400, body = Problem)),
)]
pub async fn get_populations(
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Result<Json<PopulationPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let populations = state.services.populations(page).await?;
    Ok(Json(PageBody::of(populations, PopulationBody::from)))
}
