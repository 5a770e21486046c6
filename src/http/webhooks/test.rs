//! `POST /webhooks/{id}/test`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::WebhookId;
use crate::http::AppState;
use crate::http::dto::DeliveryBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// Queues a message that tells nothing, to see whether the partner takes it.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/test",
    tag = "webhooks",
    params(("id" = uuid::Uuid, Path, description = "Webhook")),
    responses(
        (status = 202, body = DeliveryBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is not active"),
    ),
)]
pub async fn post_test(
    State(state): State<AppState>,
    Ids(id): Ids<WebhookId>,
) -> Result<(StatusCode, Json<DeliveryBody>), Problem> {
    let delivery = state.services.test_webhook(id).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}
