//! `GET /series`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::AppState;
use crate::http::dto::{SeriesBody, SeriesKindBody, SeriesPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;

/// Which series.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeriesParams {
    /// `confirmed`, the default, or `proposed`.
    #[serde(default)]
    #[param(inline)]
    pub kind: SeriesKindBody,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Series of one kind, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/series",
    tag = "series",
    params(SeriesParams),
    responses((status = 200, body = inline(SeriesPage)), (status = 400, body = Problem)),
)]
pub async fn get_series_list(
    State(state): State<AppState>,
    Params(params): Params<SeriesParams>,
) -> Result<Json<SeriesPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let listed = state.services.series_list(params.kind.into(), page).await?;
    Ok(Json(PageBody::of(listed, |(series, cases)| {
        SeriesBody::of(series, &cases)
    })))
}
