//! `POST /populations`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{NewPopulationBody, PopulationBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Makes a population of the voices that a selection takes now: its version 1.
#[utoipa::path(
    post,
    path = "/api/v1/populations",
    tag = "populations",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = NewPopulationBody,
    responses(
        (status = 201, body = PopulationBody, headers(("Location" = String))),
        (status = 404, body = Problem, description = "A case or a voice that is named"),
        (status = 409, body = Problem, description = "The name is taken"),
        (status = 422, body = Problem, description = "A wrong field, no voice, or too many"),
    ),
)]
pub async fn post_population(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewPopulationBody>,
) -> Result<Response, Problem> {
    let new = body.value.into();
    once(&state, &headers, "POST populations", body.sha256, async {
        let entry = state
            .services
            .create_population(&Actor::local(), new)
            .await?;
        let location = format!("/api/v1/populations/{}", entry.population.id);
        Ok(Answer::new(StatusCode::CREATED, &PopulationBody::from(entry))?.at(location))
    })
    .await
}
