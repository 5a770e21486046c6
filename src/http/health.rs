//! `GET /healthz` and `GET /readyz`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;

/// That the process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
    /// Version of Voxtrace.
    pub version: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = Health)))]
pub async fn get_health() -> Json<Health> {
    Json(Health {
        status: "ok",
        version: crate::domain::VERSION,
    })
}

/// Whether each part can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready` or `not_ready`.
    pub status: &'static str,
    /// `ok`, or what is wrong, by part.
    pub checks: ReadinessChecks,
}

/// The parts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessChecks {
    /// Database.
    pub store: String,
    /// Embedding model.
    pub model: String,
    /// Voices that can be found.
    pub voices: u64,
}

/// Whether the service can do its work.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)),
)]
pub async fn get_readiness(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let services = &state.services;
    let answers = match services.store().reader().await {
        Ok(mut reader) => reader.gallery_seq().await.map(|_| ()),
        Err(error) => Err(error),
    };
    let ready = answers.is_ok() && !state.shutdown.is_cancelled();
    let checks = ReadinessChecks {
        store: answers.map_or_else(|error| error.to_string(), |()| "ok".to_owned()),
        model: services.analyser().model_id().to_string(),
        voices: services.gallery().len() as u64,
    };
    let (code, status) = if ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    };
    (code, Json(Readiness { status, checks }))
}
