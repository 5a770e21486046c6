//! `GET /recordings/{id}/peaks`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::dto::PeaksBody;
use crate::http::extract::{Ids, Params};
use crate::http::problem::Problem;
use crate::services::PeakRange;

/// Parts where no number is asked for.
const DEFAULT_POINTS: u32 = 1000;

/// Which waveform.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeakParams {
    /// Channel index from 0; the first when left out.
    pub channel: Option<u16>,
    /// Parts at most, 1 to 20000.
    pub points: Option<u32>,
    /// Where the waveform begins; the start when left out.
    pub start_ms: Option<u64>,
    /// Where it ends; the end when left out.
    pub end_ms: Option<u64>,
}

/// The waveform of one channel.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/peaks",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording"), PeakParams),
    responses(
        (status = 200, body = PeaksBody),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn get_peaks(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
    Params(params): Params<PeakParams>,
) -> Result<Json<PeaksBody>, Problem> {
    let channel = params.channel.unwrap_or(0);
    let points = params.points.unwrap_or(DEFAULT_POINTS);
    let range = PeakRange {
        start_ms: params.start_ms.unwrap_or(0),
        end_ms: params.end_ms,
    };
    let peaks = state.services.peaks(id, channel, points, range).await?;
    Ok(Json(peaks.into()))
}
