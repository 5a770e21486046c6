//! `POST /calibrations/{id}/activate`.

use axum::Json;
use axum::extract::State;

use crate::domain::CalibrationId;
use crate::http::AppState;
use crate::http::dto::{ActivationBody, StoredCalibrationBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Makes answers with a calibration from now on; the one that was active becomes available.
#[utoipa::path(
    post,
    path = "/api/v1/calibrations/{id}/activate",
    tag = "calibrations",
    params(("id" = uuid::Uuid, Path, description = "Calibration")),
    request_body = ActivationBody,
    responses(
        (status = 200, body = StoredCalibrationBody),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is retired"),
        (status = 422, body = Problem, description = "It is of another model, or a wrong field"),
    ),
)]
pub async fn post_activation(
    State(state): State<AppState>,
    Ids(id): Ids<CalibrationId>,
    body: JsonBody<ActivationBody>,
) -> Result<Json<StoredCalibrationBody>, Problem> {
    let services = &state.services;
    let entry = services
        .activate_calibration(&Actor::local(), id, body.value.reason)
        .await?;
    let in_use = services.calibration().await?.sha256();
    Ok(Json(StoredCalibrationBody::of(entry, in_use)))
}
