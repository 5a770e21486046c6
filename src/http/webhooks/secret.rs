//! `POST /webhooks/{id}/secret`.

use axum::Json;
use axum::extract::State;

use crate::domain::WebhookId;
use crate::http::AppState;
use crate::http::dto::{ReasonBody, WebhookSecretBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Gives a subscription a new secret, which is shown this once. Messages are signed with the old one
/// too for as long as the settings say.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/secret",
    tag = "webhooks",
    params(("id" = uuid::Uuid, Path, description = "Webhook")),
    request_body = ReasonBody,
    responses(
        (status = 200, body = WebhookSecretBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is retired"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_secret(
    State(state): State<AppState>,
    Ids(id): Ids<WebhookId>,
    body: JsonBody<ReasonBody>,
) -> Result<Json<WebhookSecretBody>, Problem> {
    let (view, secret) = state
        .services
        .replace_webhook_secret(&Actor::local(), id, body.value.reason)
        .await?;
    Ok(Json(WebhookSecretBody {
        webhook: view.into(),
        secret: Some(secret),
    }))
}
