//! `GET /models`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;

/// An installed model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub struct ModelBody {
    /// Id.
    pub id: String,
    /// `embedding`, `vad` or `segmentation`.
    pub role: String,
    /// Hash of its file.
    pub sha256: String,
    /// Licence.
    pub licence: String,
    /// Where it comes from.
    pub origin: String,
    /// Whether the service works with it.
    pub active: bool,
}

/// Installed models.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelList {
    /// By id.
    pub items: Vec<ModelBody>,
}

/// Installed models.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", responses((status = 200, body = ModelList)))]
pub async fn get_models(State(state): State<AppState>) -> Json<ModelList> {
    let analyser = state.services.analyser();
    let active = [analyser.model_sha256(), analyser.vad_sha256()];
    let items = state
        .settings
        .models
        .iter()
        .map(|listed| ModelBody {
            id: listed.id.clone(),
            role: listed.role.clone(),
            sha256: listed.sha256.to_string(),
            licence: listed.licence.clone(),
            origin: listed.origin.clone(),
            active: active.contains(&listed.sha256),
        })
        .collect();
    Json(ModelList { items })
}
