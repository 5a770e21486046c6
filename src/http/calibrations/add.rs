//! `POST /calibrations`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{NewCalibrationBody, StoredCalibrationBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Adds a calibration. It is not used until it is activated.
#[utoipa::path(
    post,
    path = "/api/v1/calibrations",
    tag = "calibrations",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = NewCalibrationBody,
    responses(
        (status = 201, body = StoredCalibrationBody, headers(("Location" = String))),
        (status = 409, body = Problem, description = "The name is taken"),
        (status = 422, body = Problem, description = "No calibration, or one of another model"),
    ),
)]
pub async fn post_calibration(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewCalibrationBody>,
) -> Result<Response, Problem> {
    once(&state, &headers, "POST calibrations", body.sha256, async {
        let services = &state.services;
        let entry = services
            .add_calibration(&Actor::local(), body.value.file)
            .await?;
        let location = format!("/api/v1/calibrations/{}", entry.stored.id);
        let in_use = services.calibration().await?.sha256();
        let body = StoredCalibrationBody::of(entry, in_use);
        Ok(Answer::new(StatusCode::CREATED, &body)?.at(location))
    })
    .await
}
