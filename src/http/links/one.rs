//! `GET /links/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::LinkId;
use crate::http::AppState;
use crate::http::dto::LinkDetailBody;
use crate::http::extract::Ids;
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;

/// One link with its decisions.
#[utoipa::path(
    get,
    path = "/api/v1/links/{id}",
    tag = "links",
    params(("id" = uuid::Uuid, Path, description = "Link")),
    responses(
        (status = 200, body = LinkDetailBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_link(
    State(state): State<AppState>,
    Ids(id): Ids<LinkId>,
) -> Result<Answer, Problem> {
    let detail = state.services.link_detail(id).await?;
    let version = detail.link.version;
    Ok(Answer::new(StatusCode::OK, &LinkDetailBody::from(detail))?.version(version))
}
