//! `POST /comparisons`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::{RecordingId, VoiceId, VoicePick};
use crate::http::AppState;
use crate::http::dto::{ComparisonBody, NewComparisonBody, SideBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, SideRequest};

/// Compares two voices of the archive. The answer is stored and never changed.
#[utoipa::path(
    post,
    path = "/api/v1/comparisons",
    tag = "comparisons",
    request_body = NewComparisonBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 201, body = ComparisonBody, headers(("Location" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "A recording is still being analysed"),
        (status = 422, body = Problem, description = "Too little speech, no voice, or a wrong field"),
    ),
)]
pub async fn post_comparison(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewComparisonBody>,
) -> Result<Response, Problem> {
    let left = side_request("left", &body.value.left)?;
    let right = side_request("right", &body.value.right)?;
    once(&state, &headers, "POST comparisons", body.sha256, async {
        let comparison = state.services.compare(&Actor::local(), left, right).await?;
        let location = format!("/api/v1/comparisons/{}", comparison.id);
        Ok(Answer::new(StatusCode::CREATED, &ComparisonBody::from(comparison))?.at(location))
    })
    .await
}

fn side_request(field: &str, side: &SideBody) -> Result<SideRequest, Problem> {
    let pick = VoicePick {
        channel: side.channel,
        label: side.label,
    };
    match (side.voice_id, side.recording_id) {
        (Some(id), None) if pick == VoicePick::default() => Ok(SideRequest::Voice(VoiceId(id))),
        (None, Some(id)) => Ok(SideRequest::Recording {
            id: RecordingId(id),
            pick,
        }),
        (Some(_), _) | (None, None) => Err(Problem::invalid(
            field,
            "not the only choice of a voice",
            "either voice_id, or recording_id with channel and label where there are several voices",
        )),
    }
}
