//! `GET /imports`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{ImportBody, ImportPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;

/// Which imports.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportParams {
    /// Into this case.
    pub case_id: Option<uuid::Uuid>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Imports, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/imports",
    tag = "entities",
    params(ImportParams),
    responses((status = 200, body = inline(ImportPage)), (status = 400, body = Problem)),
)]
pub async fn get_imports(
    State(state): State<AppState>,
    Params(params): Params<ImportParams>,
) -> Result<Json<ImportPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let imports = state
        .services
        .store()
        .reader()
        .await?
        .imports(params.case_id.map(CaseId), page)
        .await?;
    Ok(Json(PageBody::of(imports, ImportBody::from)))
}
