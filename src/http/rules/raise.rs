//! `POST /rules/{id}/raise`.

use axum::Json;
use axum::extract::State;

use crate::domain::RuleId;
use crate::http::AppState;
use crate::http::dto::{NewRuleRaiseBody, RaisedPastBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::{Actor, Partners, PastRequest};

/// Raises the alerts that an active rule would have raised on what the archive held before. What was
/// counted for the rule before is not counted again.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/raise",
    tag = "rules",
    params(("id" = uuid::Uuid, Path, description = "Rule")),
    request_body = NewRuleRaiseBody,
    responses(
        (status = 200, body = RaisedPastBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The rule is not active"),
        (status = 412, body = Problem, description = "Somebody edited it meanwhile"),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_raise(
    State(state): State<AppState>,
    Ids(id): Ids<RuleId>,
    body: JsonBody<NewRuleRaiseBody>,
) -> Result<Json<RaisedPastBody>, Problem> {
    let request = PastRequest {
        limit: body.value.limit,
        partners: if body.value.tell_partners {
            Partners::Told
        } else {
            Partners::NotTold
        },
        reason: body.value.reason,
    };
    let services = &state.services;
    let raised = services
        .raise_for_past(&Actor::local(), id, request)
        .await?;
    Ok(Json(raised.into()))
}
