//! `GET /calibrations`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{CalibrationInUseBody, CalibrationList, StoredCalibrationBody};
use crate::http::problem::Problem;

/// Calibrations, newest first, and which one answers are made with.
#[utoipa::path(
    get,
    path = "/api/v1/calibrations",
    tag = "calibrations",
    responses((status = 200, body = CalibrationList)),
)]
pub async fn get_calibrations(
    State(state): State<AppState>,
) -> Result<Json<CalibrationList>, Problem> {
    let entries = state.services.calibrations().await?;
    let in_use = state.services.calibration().await?;
    let items = entries
        .into_iter()
        .map(|entry| StoredCalibrationBody::of(entry, in_use.sha256()))
        .collect();
    Ok(Json(CalibrationList {
        items,
        in_use: CalibrationInUseBody {
            name: in_use.name().to_owned(),
            sha256: in_use.sha256().to_string(),
            by_setting: state.services.calibration_is_set(),
        },
    }))
}
