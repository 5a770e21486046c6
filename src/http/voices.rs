//! `GET /voices/{id}`.

use axum::Json;
use axum::extract::State;

use super::AppState;
use super::dto::VoiceBody;
use super::extract::Ids;
use super::problem::Problem;
use crate::domain::VoiceId;

/// One voice with its voiceprint's facts and its subject.
#[utoipa::path(
    get,
    path = "/api/v1/voices/{id}",
    tag = "voices",
    params(("id" = uuid::Uuid, Path, description = "Voice")),
    responses((status = 200, body = VoiceBody), (status = 404, body = Problem)),
)]
pub async fn get_voice(
    State(state): State<AppState>,
    Ids(id): Ids<VoiceId>,
) -> Result<Json<VoiceBody>, Problem> {
    Ok(Json(state.services.voice(id).await?.into()))
}
