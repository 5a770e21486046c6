//! `GET /cases/{id}/entities`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{CaseEntityBody, CaseEntityPage, EntityKindBody};
use crate::http::extract::{Ids, Params};
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;

/// Which entities.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntityParams {
    /// Of this kind.
    #[param(inline)]
    pub kind: Option<EntityKindBody>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Entities of a case, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/entities",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Case"), EntityParams),
    responses(
        (status = 200, body = inline(CaseEntityPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_case_entities(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
    Params(params): Params<EntityParams>,
) -> Result<Json<CaseEntityPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    state.services.case(id).await?;
    let kind = params.kind.map(Into::into);
    let entities = state
        .services
        .store()
        .reader()
        .await?
        .entities_of_case(id, kind, page)
        .await?;
    Ok(Json(PageBody::of(entities, CaseEntityBody::from)))
}
