//! `GET /calibrations/trials.csv`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::AppState;
use crate::http::problem::Problem;
use crate::services::Actor;

/// Labelled trials of enrolled voices, for `voxtrace calibrate --audio DATA/blobs`.
#[utoipa::path(
    get,
    path = "/api/v1/calibrations/trials.csv",
    tag = "calibrations",
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 422, body = Problem, description = "Too few subjects with two recordings"),
    ),
)]
pub async fn get_trials(State(state): State<AppState>) -> Result<Response, Problem> {
    let trials = state.services.export_trials(&Actor::local()).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"trials.csv\"",
        ),
    ];
    Ok((headers, trials.csv).into_response())
}
