//! `POST /populations/{id}/versions`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::PopulationId;
use crate::http::AppState;
use crate::http::dto::{NewPopulationVersionBody, PopulationBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Makes a new version of a population. Answers that name an earlier one keep it.
#[utoipa::path(
    post,
    path = "/api/v1/populations/{id}/versions",
    tag = "populations",
    params(
        ("id" = uuid::Uuid, Path, description = "Population"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body = NewPopulationVersionBody,
    responses(
        (status = 201, body = PopulationBody, headers(("Location" = String))),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "A wrong field, no voice, or too many"),
    ),
)]
pub async fn post_version(
    State(state): State<AppState>,
    Ids(id): Ids<PopulationId>,
    headers: HeaderMap,
    body: JsonBody<NewPopulationVersionBody>,
) -> Result<Response, Problem> {
    let new = body.value.into();
    let route = format!("POST populations/{id}/versions");
    once(&state, &headers, &route, body.sha256, async {
        let entry = state
            .services
            .add_population_version(&Actor::local(), id, new)
            .await?;
        let location = format!("/api/v1/populations/{id}");
        Ok(Answer::new(StatusCode::CREATED, &PopulationBody::from(entry))?.at(location))
    })
    .await
}
