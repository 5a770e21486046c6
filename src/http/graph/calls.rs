//! `GET /cases/{id}/calls`.

use axum::Json;
use axum::extract::State;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{CallJoinBody, CallJoinPage};
use crate::http::extract::{Ids, Params};
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// The recordings of a case, newest first, each with the call record of the same numbers at the same
/// time. What is ambiguous is listed and not guessed.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/calls",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Case"), PageParams),
    responses(
        (status = 200, body = inline(CallJoinPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_case_calls(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
    Params(params): Params<PageParams>,
) -> Result<Json<CallJoinPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let joins = state.services.calls_of_case(id, page).await?;
    Ok(Json(PageBody::of(joins, CallJoinBody::from)))
}
