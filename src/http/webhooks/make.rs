//! `POST /webhooks`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::RuleId;
use crate::http::AppState;
use crate::http::dto::{NewWebhookBody, WebhookSecretBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewWebhook};

/// Makes a partner's subscription. The answer has its secret, which is shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    tag = "webhooks",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = NewWebhookBody,
    responses(
        (status = 201, body = WebhookSecretBody, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, description = "The name is taken"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_webhook(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewWebhookBody>,
) -> Result<Response, Problem> {
    let new = NewWebhook {
        name: body.value.name,
        url: body.value.url,
        rule_ids: body.value.rule_ids.into_iter().map(RuleId).collect(),
    };
    once(&state, &headers, "POST webhooks", body.sha256, async {
        let (made, secret) = state.services.make_webhook(&Actor::local(), new).await?;
        let location = format!("/api/v1/webhooks/{}", made.webhook.id);
        let version = made.webhook.version;
        let mut body = WebhookSecretBody {
            webhook: made.into(),
            secret: Some(secret),
        };
        let answer = Answer::new(StatusCode::CREATED, &body)?;
        body.secret = None;
        Ok(answer.kept_as(&body)?.at(location).version(version))
    })
    .await
}
