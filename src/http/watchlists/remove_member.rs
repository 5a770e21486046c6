//! `POST /watchlists/{id}/members/{member_id}/remove`.

use axum::Json;
use axum::extract::State;

use crate::domain::{WatchListId, WatchMemberId};
use crate::http::AppState;
use crate::http::dto::{ReasonBody, WatchMemberBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Takes a member off a watch list. It stays in the list of members, with its times.
#[utoipa::path(
    post,
    path = "/api/v1/watchlists/{id}/members/{member_id}/remove",
    tag = "watchlists",
    params(
        ("id" = uuid::Uuid, Path, description = "Watch list"),
        ("member_id" = uuid::Uuid, Path, description = "Member"),
    ),
    request_body = ReasonBody,
    responses(
        (status = 200, body = WatchMemberBody),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_removal(
    State(state): State<AppState>,
    Ids((id, member_id)): Ids<(WatchListId, WatchMemberId)>,
    body: JsonBody<ReasonBody>,
) -> Result<Json<WatchMemberBody>, Problem> {
    let member = state
        .services
        .remove_watch_member(&Actor::local(), id, member_id, body.value.reason)
        .await?;
    Ok(Json(member.into()))
}
