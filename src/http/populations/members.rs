//! `GET /populations/{id}/versions/{version}/members`.

use axum::Json;
use axum::extract::State;

use crate::domain::PopulationId;
use crate::http::AppState;
use crate::http::dto::{PopulationMemberBody, PopulationMemberPage};
use crate::http::extract::{Ids, Params};
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Voices of a version as they were when it was made, those with the newest voiceprints first.
#[utoipa::path(
    get,
    path = "/api/v1/populations/{id}/versions/{version}/members",
    tag = "populations",
    params(
        ("id" = uuid::Uuid, Path, description = "Population"),
        ("version" = u32, Path, description = "Version, from 1"),
        PageParams,
    ),
    responses(
        (status = 200, body = inline(PopulationMemberPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_members(
    State(state): State<AppState>,
    Ids((id, version)): Ids<(PopulationId, u32)>,
    Params(params): Params<PageParams>,
) -> Result<Json<PopulationMemberPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let members = state.services.population_members(id, version, page).await?;
    Ok(Json(PageBody::of(members, PopulationMemberBody::from)))
}
