//! `POST /alerts/{id}/acknowledge`.

use axum::Json;
use axum::extract::State;

use crate::domain::AlertId;
use crate::http::AppState;
use crate::http::dto::{AcknowledgementBody, AlertBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Takes an open alert up, so that others see that somebody is on it.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/acknowledge",
    tag = "alerts",
    params(("id" = uuid::Uuid, Path, description = "Alert")),
    request_body = AcknowledgementBody,
    responses(
        (status = 200, body = AlertBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is not open"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_acknowledgement(
    State(state): State<AppState>,
    Ids(id): Ids<AlertId>,
    body: JsonBody<AcknowledgementBody>,
) -> Result<Json<AlertBody>, Problem> {
    let alert = state
        .services
        .acknowledge_alert(&Actor::local(), id, body.value.author)
        .await?;
    Ok(Json(alert.into()))
}
