//! `POST /recordings`: streamed to disk while it is hashed, acknowledged when bytes and row are on
//! disk.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::metadata::UploadMetadata;
use crate::domain::Sha256;
use crate::http::AppState;
use crate::http::dto::UploadBody;
use crate::http::extract::Params;
use crate::http::idempotency::{Answer, once};
use crate::http::incoming::receive_request;
use crate::http::problem::Problem;
use crate::services::{Actor, ReceivedOutcome, RecordingMetadata, Upload};

/// Receives a recording: a multipart form with `file` and what is said of it, or the bytes
/// themselves with what is said of them in the query.
#[utoipa::path(
    post,
    path = "/api/v1/recordings",
    tag = "recordings",
    params(
        UploadMetadata,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body(
        content(
            (UploadForm = "multipart/form-data"),
            (Vec<u8> = "application/octet-stream"),
        ),
    ),
    responses(
        (status = 201, body = UploadBody, headers(("Location" = String))),
        (status = 200, body = UploadBody, description = "The case has these bytes already"),
        (status = 400, body = Problem, description = "The body ended early, or is no form"),
        (status = 404, body = Problem, description = "The case does not exist"),
        (status = 413, body = Problem),
        (status = 415, body = Problem, description = "The bytes are no recording"),
        (status = 422, body = Problem, description = "The recording lies outside the limits, or a field is wrong"),
    ),
)]
pub async fn post_recording(
    State(state): State<AppState>,
    Params(query): Params<UploadMetadata>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let (upload, query) = receive_request(&state, &headers, request, query).await?;
    let metadata = query.read()?;
    let request_sha256 = digest_of(&upload, &metadata);
    once(&state, &headers, "POST recordings", request_sha256, async {
        let received = state
            .services
            .receive_upload(&Actor::local(), upload, metadata)
            .await?;
        let location = format!("/api/v1/recordings/{}", received.recording.id);
        let status = match received.outcome {
            ReceivedOutcome::Stored => StatusCode::CREATED,
            ReceivedOutcome::AlreadyThere => StatusCode::OK,
        };
        let body = UploadBody {
            id: received.recording.id.0,
            recording: received.recording.into(),
            job_id: received.job_id.map(|id| id.0),
            already_there: received.outcome == ReceivedOutcome::AlreadyThere,
        };
        Ok(Answer::new(status, &body)?.at(location))
    })
    .await
}

/// The form of an upload, for the description.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
pub struct UploadForm {
    /// The recording.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Case.
    case_id: Option<String>,
    /// Or number of the case.
    case_no: Option<String>,
    /// Number that called.
    caller: Option<String>,
    /// Number that was called.
    callee: Option<String>,
    /// When the call began, RFC 3339.
    started_at: Option<String>,
    /// `inbound` or `outbound`.
    direction: Option<String>,
    /// Where the file comes from.
    source: Option<String>,
    /// Anything else.
    note: Option<String>,
}

/// What makes two uploads the same request: the bytes and what is said of them.
fn digest_of(upload: &Upload, metadata: &RecordingMetadata) -> Sha256 {
    Sha256::of(format!("{} {metadata:?}", upload.sha256()).as_bytes())
}
