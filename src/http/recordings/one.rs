//! `GET /recordings/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::dto::{ChannelBody, RecordingDetailBody};
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One recording with its channels.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording")),
    responses((status = 200, body = RecordingDetailBody), (status = 404, body = Problem)),
)]
pub async fn get_recording(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
) -> Result<Json<RecordingDetailBody>, Problem> {
    let (recording, channels, job_id) = state.services.recording_detail(id).await?;
    Ok(Json(RecordingDetailBody {
        recording: recording.into(),
        channels: channels.into_iter().map(ChannelBody::from).collect(),
        job_id: job_id.map(|id| id.0),
    }))
}
