//! `POST /watchlists/{id}/members`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::WatchListId;
use crate::http::AppState;
use crate::http::dto::{NewWatchMemberBody, WatchMemberBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewWatchMember};

/// Puts a subject, a number or an account on a watch list.
#[utoipa::path(
    post,
    path = "/api/v1/watchlists/{id}/members",
    tag = "watchlists",
    params(
        ("id" = uuid::Uuid, Path, description = "Watch list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body = NewWatchMemberBody,
    responses(
        (status = 201, body = WatchMemberBody),
        (status = 404, body = Problem, description = "There is no such list or subject"),
        (status = 409, body = Problem, description = "It is on the list"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_watch_member(
    State(state): State<AppState>,
    Ids(id): Ids<WatchListId>,
    headers: HeaderMap,
    body: JsonBody<NewWatchMemberBody>,
) -> Result<Response, Problem> {
    let (value, reason) = body.value.taken_apart();
    let new = NewWatchMember { value, reason };
    let route = format!("POST watchlists/{id}/members");
    once(&state, &headers, &route, body.sha256, async {
        let services = &state.services;
        let member = services.add_watch_member(&Actor::local(), id, new).await?;
        Answer::new(StatusCode::CREATED, &WatchMemberBody::from(member))
    })
    .await
}
