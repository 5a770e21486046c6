//! `GET /recordings/{id}/spectrogram`.

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::extract::{Ids, Params};
use crate::http::problem::Problem;
use crate::services::TileRequest;

/// Header that says how high the picture reaches.
const TOP_HZ: HeaderName = HeaderName::from_static("x-top-hz");

/// A recording's bytes never change, and neither does its picture.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Which tile.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TileParams {
    /// Channel index from 0; the first when left out.
    pub channel: Option<u16>,
    /// 0 to 8: 10 ms a column at 0, twice as much with each; 0 when left out.
    pub zoom: Option<u32>,
    /// Number of the tile, 512 columns each; the first when left out.
    pub tile: Option<u32>,
}

/// A tile of the spectrogram: 8-bit grey, brighter is louder, 128 rows from 0 Hz at the bottom to
/// the frequency in `X-Top-Hz`.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/spectrogram",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording"), TileParams),
    responses(
        (status = 200, content_type = "image/png", headers(("X-Top-Hz" = u32))),
        (status = 404, body = Problem, description = "No such recording, or beyond its end"),
        (status = 422, body = Problem),
    ),
)]
pub async fn get_spectrogram(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
    Params(params): Params<TileParams>,
) -> Result<impl IntoResponse, Problem> {
    let request = TileRequest {
        channel: params.channel.unwrap_or(0),
        zoom: params.zoom.unwrap_or(0),
        tile: params.tile.unwrap_or(0),
    };
    let tile = state.services.spectrogram(id, request).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/png".to_owned()),
        (header::CACHE_CONTROL, FOR_EVER.to_owned()),
        (TOP_HZ, tile.top_hz.to_string()),
    ];
    Ok((headers, tile.png))
}
