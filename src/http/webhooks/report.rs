//! `POST /webhooks/{id}/reports`: what a partner did about an alert. The partner signs it.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;

use crate::domain::WebhookId;
use crate::http::AppState;
use crate::http::dto::{NewPartnerReportBody, PartnerReportBody};
use crate::http::extract::{Ids, SignedBody, parse_json};
use crate::http::problem::Problem;
use crate::services::{ID_HEADER, SIGNATURE_HEADER, SignedReport, TIMESTAMP_HEADER};

/// Takes a partner's report on an alert that it was told of, signed with the subscription's secret
/// as messages to the partner are. The same `webhook-id` again gets the same answer.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/reports",
    tag = "webhooks",
    params(
        ("id" = uuid::Uuid, Path, description = "Webhook"),
        ("webhook-id" = String, Header, description = "The partner's id of the message"),
        ("webhook-timestamp" = String, Header, description = "Seconds since 1970-01-01 UTC"),
        ("webhook-signature" = String, Header, description = "v1, and base64 of HMAC-SHA256 over id.timestamp.body"),
    ),
    request_body = NewPartnerReportBody,
    responses(
        (status = 200, body = PartnerReportBody),
        (status = 401, body = Problem, description = "It is not signed as expected"),
        (status = 404, body = Problem, description = "The partner was not told of the alert"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_report(
    State(state): State<AppState>,
    Ids(id): Ids<WebhookId>,
    headers: HeaderMap,
    body: SignedBody,
) -> Result<Json<PartnerReportBody>, Problem> {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let message_id = text(ID_HEADER);
    let report = SignedReport {
        id: &message_id,
        timestamp: &text(TIMESTAMP_HEADER),
        signatures: &text(SIGNATURE_HEADER),
        body: &body.0,
    };
    let services = &state.services;
    services.check_report(id, &report).await?;
    let new: NewPartnerReportBody = parse_json(&body.0)?;
    let kept = services.take_report(id, &message_id, new.into()).await?;
    Ok(Json(kept.into()))
}
