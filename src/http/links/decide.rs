//! `POST /links/{id}/decision`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::LinkId;
use crate::http::AppState;
use crate::http::dto::{LinkDetailBody, NewLinkDecisionBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, DecisionRequest};

/// Decides about a link: confirm, reject, or reopen what was decided. Each decision is kept for ever;
/// groups and series follow in the same step.
#[utoipa::path(
    post,
    path = "/api/v1/links/{id}/decision",
    tag = "links",
    params(
        ("id" = uuid::Uuid, Path, description = "Link"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version that was read; left out, the present one is decided"),
    ),
    request_body = NewLinkDecisionBody,
    responses(
        (status = 200, body = LinkDetailBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`link_state`: it is decided or open already, or counts no more; `contradictory_decision`: another decision says otherwise"),
        (status = 412, body = Problem, description = "Somebody decided meanwhile"),
        (status = 422, body = Problem, description = "Without a reason"),
    ),
)]
pub async fn post_decision(
    State(state): State<AppState>,
    Ids(id): Ids<LinkId>,
    headers: HeaderMap,
    body: JsonBody<NewLinkDecisionBody>,
) -> Result<Answer, Problem> {
    let request = DecisionRequest {
        decision: body.value.decision.into(),
        reason: body.value.reason,
        version: etag::given(&headers)?,
        despite_contradictions: body.value.despite_contradictions,
    };
    let services = &state.services;
    let detail = services.decide_link(&Actor::local(), id, request).await?;
    let version = detail.link.version;
    Ok(Answer::new(StatusCode::OK, &LinkDetailBody::from(detail))?.version(version))
}
