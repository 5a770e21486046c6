//! `POST /watchlists`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{NewWatchListBody, WatchListBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewWatchList};

/// Makes a watch list without members.
#[utoipa::path(
    post,
    path = "/api/v1/watchlists",
    tag = "watchlists",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = NewWatchListBody,
    responses(
        (status = 201, body = WatchListBody, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, description = "The name is taken"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_watch_list(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewWatchListBody>,
) -> Result<Response, Problem> {
    let new = NewWatchList {
        name: body.value.name,
        purpose: body.value.purpose,
        ground: body.value.ground,
        owner: body.value.owner,
        expires_at: body.value.expires_at,
    };
    once(&state, &headers, "POST watchlists", body.sha256, async {
        let made = state.services.make_watch_list(&Actor::local(), new).await?;
        let location = format!("/api/v1/watchlists/{}", made.list.id);
        let version = made.list.version;
        Ok(
            Answer::new(StatusCode::CREATED, &WatchListBody::from(made))?
                .at(location)
                .version(version),
        )
    })
    .await
}
