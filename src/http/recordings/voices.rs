//! `GET /recordings/{id}/voices`.

use axum::Json;
use axum::extract::State;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::dto::{VoiceBody, VoiceList};
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// Voices of a recording, by channel and label.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/voices",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording")),
    responses((status = 200, body = VoiceList), (status = 404, body = Problem)),
)]
pub async fn get_voices(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
) -> Result<Json<VoiceList>, Problem> {
    let voices = state.services.voices_of(id).await?;
    Ok(Json(VoiceList {
        items: voices.into_iter().map(VoiceBody::from).collect(),
    }))
}
