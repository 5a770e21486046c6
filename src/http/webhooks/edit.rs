//! `PATCH /webhooks/{id}`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::{RuleId, WebhookId};
use crate::http::AppState;
use crate::http::dto::{WebhookBody, WebhookEditBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, WebhookEdit};

/// Edits a subscription, or pauses or retires it.
#[utoipa::path(
    patch,
    path = "/api/v1/webhooks/{id}",
    tag = "webhooks",
    params(
        ("id" = uuid::Uuid, Path, description = "Webhook"),
        ("If-Match" = String, Header, description = "ETag of the version that was read"),
    ),
    request_body = WebhookEditBody,
    responses(
        (status = 200, body = WebhookBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is retired, or the name is taken"),
        (status = 412, body = Problem, description = "Somebody edited it meanwhile"),
        (status = 422, body = Problem),
        (status = 428, body = Problem, description = "If-Match is missing"),
    ),
)]
pub async fn patch_webhook(
    State(state): State<AppState>,
    Ids(id): Ids<WebhookId>,
    headers: HeaderMap,
    body: JsonBody<WebhookEditBody>,
) -> Result<Answer, Problem> {
    let version = etag::required(&headers)?;
    let rule_ids = body.value.rule_ids;
    let edit = WebhookEdit {
        name: body.value.name,
        url: body.value.url,
        rule_ids: rule_ids.map(|ids| ids.into_iter().map(RuleId).collect()),
        state: body.value.state.map(Into::into),
        reason: body.value.reason,
    };
    let edited = state
        .services
        .edit_webhook(&Actor::local(), id, version, edit)
        .await?;
    let version = edited.webhook.version;
    Ok(Answer::new(StatusCode::OK, &WebhookBody::from(edited))?.version(version))
}
