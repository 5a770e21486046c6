//! `PATCH /watchlists/{id}`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::WatchListId;
use crate::http::AppState;
use crate::http::dto::{WatchListBody, WatchListEditBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, WatchListEdit};

/// Edits a watch list, or ends it.
#[utoipa::path(
    patch,
    path = "/api/v1/watchlists/{id}",
    tag = "watchlists",
    params(
        ("id" = uuid::Uuid, Path, description = "Watch list"),
        ("If-Match" = String, Header, description = "ETag of the version that was read"),
    ),
    request_body = WatchListEditBody,
    responses(
        (status = 200, body = WatchListBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
        (status = 412, body = Problem, description = "Somebody edited it meanwhile"),
        (status = 422, body = Problem),
        (status = 428, body = Problem, description = "If-Match is missing"),
    ),
)]
pub async fn patch_watch_list(
    State(state): State<AppState>,
    Ids(id): Ids<WatchListId>,
    headers: HeaderMap,
    body: JsonBody<WatchListEditBody>,
) -> Result<Answer, Problem> {
    let version = etag::required(&headers)?;
    let edit = WatchListEdit {
        name: body.value.name,
        purpose: body.value.purpose,
        ground: body.value.ground,
        owner: body.value.owner,
        expires_at: body.value.expires_at,
        reason: body.value.reason,
    };
    let edited = state
        .services
        .edit_watch_list(&Actor::local(), id, version, edit)
        .await?;
    let version = edited.list.version;
    Ok(Answer::new(StatusCode::OK, &WatchListBody::from(edited))?.version(version))
}
