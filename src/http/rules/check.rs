//! `POST /rules/{id}/check`.

use axum::Json;
use axum::extract::State;

use crate::domain::RuleId;
use crate::http::AppState;
use crate::http::dto::{NewRuleCheckBody, RuleCheckBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Tries a rule on what the archive holds. No alert is raised and nobody is told.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/check",
    tag = "rules",
    params(("id" = uuid::Uuid, Path, description = "Rule")),
    request_body = NewRuleCheckBody,
    responses(
        (status = 200, body = RuleCheckBody),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_check(
    State(state): State<AppState>,
    Ids(id): Ids<RuleId>,
    body: JsonBody<NewRuleCheckBody>,
) -> Result<Json<RuleCheckBody>, Problem> {
    let check = state
        .services
        .check_rule_on_archive(&Actor::local(), id, body.value.limit)
        .await?;
    Ok(Json(check.into()))
}
