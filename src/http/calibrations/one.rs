//! `GET /calibrations/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::CalibrationId;
use crate::http::AppState;
use crate::http::dto::{CalibrationDetailBody, StoredCalibrationBody};
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One calibration with its file.
#[utoipa::path(
    get,
    path = "/api/v1/calibrations/{id}",
    tag = "calibrations",
    params(("id" = uuid::Uuid, Path, description = "Calibration")),
    responses((status = 200, body = CalibrationDetailBody), (status = 404, body = Problem)),
)]
pub async fn get_calibration(
    State(state): State<AppState>,
    Ids(id): Ids<CalibrationId>,
) -> Result<Json<CalibrationDetailBody>, Problem> {
    let entry = state.services.stored_calibration(id).await?;
    let in_use = state.services.calibration().await?.sha256();
    Ok(Json(CalibrationDetailBody {
        file: entry.stored.file.clone(),
        calibration: StoredCalibrationBody::of(entry, in_use),
    }))
}
