//! `PATCH /rules/{id}`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::RuleId;
use crate::http::AppState;
use crate::http::dto::{RuleDetailBody, RuleEditBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, RuleEdit};

/// Edits a rule, or puts it in force, pauses or retires it. Each edit is a version of its own.
#[utoipa::path(
    patch,
    path = "/api/v1/rules/{id}",
    tag = "rules",
    params(
        ("id" = uuid::Uuid, Path, description = "Rule"),
        ("If-Match" = String, Header, description = "ETag of the version that was read"),
    ),
    request_body = RuleEditBody,
    responses(
        (status = 200, body = RuleDetailBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Its state does not allow it, or the name is taken"),
        (status = 412, body = Problem, description = "Somebody edited it meanwhile"),
        (status = 422, body = Problem),
        (status = 428, body = Problem, description = "If-Match is missing"),
    ),
)]
pub async fn patch_rule(
    State(state): State<AppState>,
    Ids(id): Ids<RuleId>,
    headers: HeaderMap,
    body: JsonBody<RuleEditBody>,
) -> Result<Answer, Problem> {
    let version = etag::required(&headers)?;
    let edit = RuleEdit {
        name: body.value.name,
        condition: body.value.condition.map(Into::into),
        owner: body.value.owner,
        repeat_window_ms: body.value.repeat_window_ms,
        state: body.value.state.map(Into::into),
        reason: body.value.reason,
    };
    let edited = state
        .services
        .edit_rule(&Actor::local(), id, version, edit)
        .await?;
    let version = edited.rule.version;
    Ok(Answer::new(StatusCode::OK, &RuleDetailBody::from(edited))?.version(version))
}
