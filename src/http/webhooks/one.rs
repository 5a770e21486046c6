//! `GET /webhooks/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::WebhookId;
use crate::http::AppState;
use crate::http::dto::WebhookBody;
use crate::http::extract::Ids;
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;

/// One subscription. Its secret is not shown.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = uuid::Uuid, Path, description = "Webhook")),
    responses(
        (status = 200, body = WebhookBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_webhook(
    State(state): State<AppState>,
    Ids(id): Ids<WebhookId>,
) -> Result<Answer, Problem> {
    let found = state.services.webhook(id).await?;
    let version = found.webhook.version;
    Ok(Answer::new(StatusCode::OK, &WebhookBody::from(found))?.version(version))
}
