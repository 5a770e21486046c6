//! `POST /webhooks/{id}/deliveries/{delivery_id}/retry`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{DeliveryId, WebhookId};
use crate::http::AppState;
use crate::http::dto::DeliveryBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;
use crate::services::Actor;

/// Queues a delivery again that was given up. Its message and id stay.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}/retry",
    tag = "webhooks",
    params(
        ("id" = uuid::Uuid, Path, description = "Webhook"),
        ("delivery_id" = uuid::Uuid, Path, description = "Delivery"),
    ),
    responses(
        (status = 202, body = DeliveryBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It was not given up, or the partner is not told"),
    ),
)]
pub async fn post_retry(
    State(state): State<AppState>,
    Ids((id, delivery_id)): Ids<(WebhookId, DeliveryId)>,
) -> Result<(StatusCode, Json<DeliveryBody>), Problem> {
    let delivery = state
        .services
        .retry_delivery(&Actor::local(), id, delivery_id)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}
