//! `GET /limits`: what is accepted.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;
use super::paging::MAX_LIMIT;

/// Net speech below which there is an outcome instead of a number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MinimumSpeech)]
pub struct MinimumSpeechBody {
    /// For a voiceprint.
    pub voiceprint_ms: u64,
    /// For a search or a comparison.
    pub search_ms: u64,
    /// For an enrolment.
    pub enrol_ms: u64,
    /// For automatic linking.
    pub link_ms: u64,
}

/// What is accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limits {
    /// Largest upload.
    pub max_upload_bytes: u64,
    /// Largest JSON body.
    pub max_json_bytes: u64,
    /// Longest recording.
    pub max_duration_ms: u64,
    /// Most channels.
    pub max_channels: u16,
    /// Lowest sample rate.
    pub min_sample_rate_hz: u32,
    /// Highest sample rate.
    pub max_sample_rate_hz: u32,
    /// Net speech that is needed.
    pub minimum_speech: MinimumSpeechBody,
    /// Formats that can be decoded; what a file is comes from its content.
    pub formats: Vec<String>,
    /// Most candidates of a search.
    pub max_top_k: u32,
    /// Most items in a page.
    pub max_page_limit: u32,
}

/// What is accepted.
#[utoipa::path(get, path = "/api/v1/limits", tag = "service", responses((status = 200, body = Limits)))]
pub async fn get_limits(State(state): State<AppState>) -> Json<Limits> {
    let decode = state.services.analyser().decode_limits();
    let service = state.services.settings();
    let minimum = &service.minimum_speech;
    Json(Limits {
        max_upload_bytes: state.settings.max_upload_bytes,
        max_json_bytes: state.settings.max_json_bytes,
        max_duration_ms: decode.max_duration_ms,
        max_channels: decode.max_channels,
        min_sample_rate_hz: decode.min_sample_rate_hz,
        max_sample_rate_hz: decode.max_sample_rate_hz,
        minimum_speech: MinimumSpeechBody {
            voiceprint_ms: minimum.voiceprint().as_millis(),
            search_ms: minimum.search().as_millis(),
            enrol_ms: minimum.enrol().as_millis(),
            link_ms: minimum.link().as_millis(),
        },
        formats: state.services.analyser().formats(),
        max_top_k: service.max_top_k,
        max_page_limit: MAX_LIMIT,
    })
}
