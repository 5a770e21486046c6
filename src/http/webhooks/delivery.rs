//! `GET /webhooks/{id}/deliveries/{delivery_id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::{DeliveryId, WebhookId};
use crate::http::AppState;
use crate::http::dto::DeliveryDetailBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One delivery with its message.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries/{delivery_id}",
    tag = "webhooks",
    params(
        ("id" = uuid::Uuid, Path, description = "Webhook"),
        ("delivery_id" = uuid::Uuid, Path, description = "Delivery"),
    ),
    responses((status = 200, body = DeliveryDetailBody), (status = 404, body = Problem)),
)]
pub async fn get_delivery(
    State(state): State<AppState>,
    Ids((id, delivery_id)): Ids<(WebhookId, DeliveryId)>,
) -> Result<Json<DeliveryDetailBody>, Problem> {
    let delivery = state.services.delivery(id, delivery_id).await?;
    Ok(Json(DeliveryDetailBody {
        body: delivery.body.clone(),
        delivery: delivery.into(),
    }))
}
