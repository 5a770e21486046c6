//! `GET /groups`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{GroupBody, GroupPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;

/// Which groups.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupParams {
    /// With voices in this case.
    pub case_id: Option<uuid::Uuid>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Groups of two voices or more, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/groups",
    tag = "links",
    params(GroupParams),
    responses((status = 200, body = inline(GroupPage)), (status = 400, body = Problem)),
)]
pub async fn get_groups(
    State(state): State<AppState>,
    Params(params): Params<GroupParams>,
) -> Result<Json<GroupPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let mut reader = state.services.store().reader().await?;
    let groups = reader.groups(params.case_id.map(CaseId), page).await?;
    Ok(Json(PageBody::of(groups, GroupBody::from)))
}
