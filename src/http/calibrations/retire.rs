//! `POST /calibrations/{id}/retire`.

use axum::Json;
use axum::extract::State;

use crate::domain::CalibrationId;
use crate::http::AppState;
use crate::http::dto::{RetirementBody, StoredCalibrationBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Retires a calibration: it is not used again. The one that answers are made with cannot be
/// retired.
#[utoipa::path(
    post,
    path = "/api/v1/calibrations/{id}/retire",
    tag = "calibrations",
    params(("id" = uuid::Uuid, Path, description = "Calibration")),
    request_body = RetirementBody,
    responses(
        (status = 200, body = StoredCalibrationBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is active, or retired already"),
        (status = 422, body = Problem, description = "Without a reason"),
    ),
)]
pub async fn post_retirement(
    State(state): State<AppState>,
    Ids(id): Ids<CalibrationId>,
    body: JsonBody<RetirementBody>,
) -> Result<Json<StoredCalibrationBody>, Problem> {
    let services = &state.services;
    let entry = services
        .retire_calibration(&Actor::local(), id, body.value.reason)
        .await?;
    let in_use = services.calibration().await?.sha256();
    Ok(Json(StoredCalibrationBody::of(entry, in_use)))
}
