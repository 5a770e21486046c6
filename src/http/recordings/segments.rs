//! `GET /recordings/{id}/segments`.

use axum::Json;
use axum::extract::State;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::dto::SegmentsBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// Who speaks when, in the newest revision.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/segments",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording")),
    responses((status = 200, body = SegmentsBody), (status = 404, body = Problem)),
)]
pub async fn get_segments(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
) -> Result<Json<SegmentsBody>, Problem> {
    let voices = state.services.voices_of(id).await?;
    let voices: Vec<_> = voices.into_iter().map(|detail| detail.voice).collect();
    let (revision, segments) = state.services.store().reader().await?.segments(id).await?;
    Ok(Json(SegmentsBody::new(revision, segments, &voices)))
}
