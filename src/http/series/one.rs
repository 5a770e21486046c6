//! `GET /series/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::SeriesId;
use crate::http::AppState;
use crate::http::dto::SeriesDetailBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One series: cases, groups, calls in time, subjects, numbers, open questions and lineage.
#[utoipa::path(
    get,
    path = "/api/v1/series/{id}",
    tag = "series",
    params(("id" = uuid::Uuid, Path, description = "Series")),
    responses(
        (status = 200, body = SeriesDetailBody),
        (status = 404, body = Problem, description = "Also when it ended"),
    ),
)]
pub async fn get_series(
    State(state): State<AppState>,
    Ids(id): Ids<SeriesId>,
) -> Result<Json<SeriesDetailBody>, Problem> {
    Ok(Json(state.services.series_detail(id).await?.into()))
}
