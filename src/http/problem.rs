//! Errors as `application/problem+json` (RFC 9457): the only place that gives a failure a status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_id;
use crate::services::PipelineError;
use crate::services::ServiceError;
use crate::services::StoreError;

/// Where a voice is within its recording.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct VoicePlace {
    /// Channel index from 0.
    pub channel: u16,
    /// Speaker label within the recording, from 0.
    pub label: u16,
}

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:voxtrace:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// What was found and what was expected.
    pub detail: String,
    /// Field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What it may hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Net speech that is there, for `too_little_speech`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_ms: Option<u64>,
    /// Net speech that is needed, for `too_little_speech`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_ms: Option<u64>,
    /// Channels to choose from, for `voice_ambiguous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<u16>>,
    /// Voices to choose from, for `voice_ambiguous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voices: Option<Vec<VoicePlace>>,
    /// Request, as the logs name it.
    pub request_id: String,
}

impl Problem {
    /// A problem with a status, a code and words.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:voxtrace:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            field: None,
            found: None,
            expected: None,
            found_ms: None,
            minimum_ms: None,
            channels: None,
            voices: None,
            request_id: request_id::current(),
        }
    }

    /// A field that is wrong.
    pub fn invalid(field: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        let (found, expected) = (found.into(), expected.into());
        let detail = format!("{field} is {found}, expected {expected}");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
            .about(field, found, expected)
    }

    /// Names the field, what it held and what it may hold.
    pub fn about(
        mut self,
        field: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        self.field = Some(field.to_owned());
        self.found = Some(found.into());
        self.expected = Some(expected.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(code = self.code, detail = self.detail, "request failed");
        }
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let detail = error.to_string();
        match error {
            ServiceError::Invalid {
                field,
                found,
                expected,
            } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
                .about(field, found, expected),
            ServiceError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            ServiceError::Conflict { what, value } => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                detail,
            )
            .about(what, value, "a value that is not taken"),
            ServiceError::Stale {
                expected, found, ..
            } => Self::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail).about(
                "If-Match",
                format!("\"{expected}\""),
                format!("\"{found}\""),
            ),
            ServiceError::RecordingPending { .. } => {
                Self::new(StatusCode::CONFLICT, "recording_pending", detail)
            }
            ServiceError::NoVoice { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no_voice", detail)
            }
            ServiceError::VoiceAmbiguous { voices, .. } => {
                let mut problem =
                    Self::new(StatusCode::UNPROCESSABLE_ENTITY, "voice_ambiguous", detail);
                problem.field = Some("channel".to_owned());
                let mut channels: Vec<u16> = voices.iter().map(|(channel, _)| *channel).collect();
                channels.dedup();
                problem.channels = Some(channels);
                let voices = voices.into_iter();
                let voices = voices.map(|(channel, label)| VoicePlace { channel, label });
                problem.voices = Some(voices.collect());
                problem
            }
            ServiceError::TooLittleSpeech { found, minimum, .. } => {
                let mut problem = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "too_little_speech",
                    detail,
                );
                problem.found_ms = Some(found.as_millis());
                problem.minimum_ms = Some(minimum.as_millis());
                problem
            }
            ServiceError::JobState { found, expected } => {
                Self::new(StatusCode::CONFLICT, "job_state", detail).about("state", found, expected)
            }
            ServiceError::CalibrationState { found, expected } => {
                Self::new(StatusCode::CONFLICT, "calibration_state", detail)
                    .about("state", found, expected)
            }
            ServiceError::State {
                what,
                found,
                expected,
            } => Self::new(StatusCode::CONFLICT, &format!("{what}_state"), detail)
                .about("state", found, expected),
            ServiceError::Signature(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "signature_invalid", detail)
            }
            ServiceError::ReportKey(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "report_key", detail)
            }
            ServiceError::ContradictoryDecision { contradictions } => {
                Self::new(StatusCode::CONFLICT, "contradictory_decision", detail).about(
                    "decision",
                    contradictions.join("; "),
                    "a decision that goes together with others, or despite_contradictions",
                )
            }
            ServiceError::TooFewTrials {
                speakers, minimum, ..
            } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_few_trials", detail).about(
                "speakers",
                speakers.to_string(),
                format!("at least {minimum}"),
            ),
            ServiceError::Pipeline(error) => error.into(),
            ServiceError::Transcode(error) => {
                of_file(error.code(), error.is_permanent(), error.to_string())
            }
            ServiceError::Store(error) => error.into(),
            ServiceError::Interrupted { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "interrupted", detail)
            }
            ServiceError::Scoring(_)
            | ServiceError::Index(_)
            | ServiceError::Audit(_)
            | ServiceError::Table(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }
}

impl From<PipelineError> for Problem {
    fn from(error: PipelineError) -> Self {
        of_file(error.code(), error.is_permanent(), error.to_string())
    }
}

/// What is wrong with the bytes of a recording.
fn of_file(code: &'static str, is_permanent: bool, detail: String) -> Problem {
    let status = match code {
        "unknown_format" | "unsupported_codec" | "needs_transcoder" | "convert_first" => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        "too_large" | "transcode_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        _ if is_permanent => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut problem = Problem::new(status, code, detail);
    problem.field = Some("file".to_owned());
    problem
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::Unavailable { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", detail)
            }
            StoreError::Conflict { .. } => Self::new(StatusCode::CONFLICT, "conflict", detail),
            StoreError::Missing { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            StoreError::Stale { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail)
            }
            StoreError::LeaseLost { .. } => Self::new(StatusCode::CONFLICT, "lease_lost", detail),
            StoreError::AuditChain { .. }
            | StoreError::Corrupt { .. }
            | StoreError::File { .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "store_failed", detail)
            }
        }
    }
}
