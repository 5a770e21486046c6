//! `POST /rules`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{NewRuleBody, RuleDetailBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewRule};

/// Makes a rule as a draft. It raises no alerts until it is active.
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    tag = "rules",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = NewRuleBody,
    responses(
        (status = 201, body = RuleDetailBody, headers(("Location" = String), ("ETag" = String))),
        (status = 409, body = Problem, description = "The name is taken"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_rule(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewRuleBody>,
) -> Result<Response, Problem> {
    let new = NewRule {
        name: body.value.name,
        condition: body.value.condition.into(),
        owner: body.value.owner,
        repeat_window_ms: body.value.repeat_window_ms,
        reason: body.value.reason,
    };
    once(&state, &headers, "POST rules", body.sha256, async {
        let made = state.services.make_rule(&Actor::local(), new).await?;
        let location = format!("/api/v1/rules/{}", made.rule.id);
        let version = made.rule.version;
        Ok(
            Answer::new(StatusCode::CREATED, &RuleDetailBody::from(made))?
                .at(location)
                .version(version),
        )
    })
    .await
}
