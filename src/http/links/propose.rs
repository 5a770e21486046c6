//! `POST /links`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::VoiceId;
use crate::http::AppState;
use crate::http::dto::{LinkDetailBody, NewLinkBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Proposes a link of two voices, whatever their ratio. It is decided like any other.
#[utoipa::path(
    post,
    path = "/api/v1/links",
    tag = "links",
    request_body = NewLinkBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 201, body = LinkDetailBody, headers(("Location" = String), ("ETag" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The pair has a link"),
        (status = 422, body = Problem, description = "Too little speech, twice the same voice, or a wrong field"),
    ),
)]
pub async fn post_link(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewLinkBody>,
) -> Result<Response, Problem> {
    let [left, right] = [body.value.left_voice_id, body.value.right_voice_id].map(VoiceId);
    once(&state, &headers, "POST links", body.sha256, async {
        let services = &state.services;
        let detail = services.propose_link(&Actor::local(), left, right).await?;
        let location = format!("/api/v1/links/{}", detail.link.id);
        let version = detail.link.version;
        Ok(
            Answer::new(StatusCode::CREATED, &LinkDetailBody::from(detail))?
                .at(location)
                .version(version),
        )
    })
    .await
}
