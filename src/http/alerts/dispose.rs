//! `POST /alerts/{id}/disposition`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::AlertId;
use crate::http::AppState;
use crate::http::dto::{AlertBody, NewDispositionBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Decides on an alert. A later decision takes the place of an earlier one, which stays in the log;
/// partners who were told of the alert are told of the decision.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/disposition",
    tag = "alerts",
    params(
        ("id" = uuid::Uuid, Path, description = "Alert"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body = NewDispositionBody,
    responses(
        (status = 200, body = AlertBody),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_disposition(
    State(state): State<AppState>,
    Ids(id): Ids<AlertId>,
    headers: HeaderMap,
    body: JsonBody<NewDispositionBody>,
) -> Result<Response, Problem> {
    let decision = body.value.into();
    let route = format!("POST alerts/{id}/disposition");
    once(&state, &headers, &route, body.sha256, async {
        let services = &state.services;
        let alert = services
            .dispose_alert(&Actor::local(), id, decision)
            .await?;
        Answer::new(StatusCode::OK, &AlertBody::from(alert))
    })
    .await
}
