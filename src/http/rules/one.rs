//! `GET /rules/{id}`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::RuleId;
use crate::http::AppState;
use crate::http::dto::RuleDetailBody;
use crate::http::extract::Ids;
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;

/// One rule with its versions, and how often it was wrong.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{id}",
    tag = "rules",
    params(("id" = uuid::Uuid, Path, description = "Rule")),
    responses(
        (status = 200, body = RuleDetailBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_rule(
    State(state): State<AppState>,
    Ids(id): Ids<RuleId>,
) -> Result<Answer, Problem> {
    let found = state.services.rule(id).await?;
    let version = found.rule.version;
    Ok(Answer::new(StatusCode::OK, &RuleDetailBody::from(found))?.version(version))
}
