//! `POST /subjects/{id}/enrolments`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::{RecordingId, SubjectId, VoiceId, VoicePick};
use crate::http::AppState;
use crate::http::dto::{EnrolmentBody, JobBody, NewEnrolmentBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, EnrolRequest, Enrolled, VoiceChoice};

/// Ties voices to a subject. While the recording is still being analysed a job does it.
#[utoipa::path(
    post,
    path = "/api/v1/subjects/{id}/enrolments",
    tag = "subjects",
    params(
        ("id" = uuid::Uuid, Path, description = "Subject"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body = NewEnrolmentBody,
    responses(
        (status = 201, body = EnrolmentBody),
        (status = 202, body = JobBody, headers(("Location" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "A voice belongs to another subject"),
        (status = 422, body = Problem, description = "Too little speech, no voice, or a wrong field"),
    ),
)]
pub async fn post_enrolment(
    State(state): State<AppState>,
    Ids(id): Ids<SubjectId>,
    headers: HeaderMap,
    body: JsonBody<NewEnrolmentBody>,
) -> Result<Response, Problem> {
    let request = enrol_request(id, body.value)?;
    let route = format!("POST subjects/{id}/enrolments");
    once(&state, &headers, &route, body.sha256, async {
        match state.services.enrol(&Actor::local(), request).await? {
            Enrolled::Made(enrolment) => {
                let location = format!("/api/v1/subjects/{id}/enrolments");
                let body = EnrolmentBody::at(enrolment, state.services.clock().now());
                Ok(Answer::new(StatusCode::CREATED, &body)?.at(location))
            }
            Enrolled::Queued(job_id) => {
                let job = state.services.job(job_id).await?;
                let location = format!("/api/v1/jobs/{job_id}");
                Ok(Answer::new(StatusCode::ACCEPTED, &JobBody::from(job))?.at(location))
            }
        }
    })
    .await
}

fn enrol_request(subject_id: SubjectId, body: NewEnrolmentBody) -> Result<EnrolRequest, Problem> {
    let pick = VoicePick {
        channel: body.channel,
        label: body.label,
    };
    let choice = match (body.voice_ids, body.recording_id) {
        (Some(ids), None) if pick == VoicePick::default() => {
            VoiceChoice::Voices(ids.into_iter().map(VoiceId).collect())
        }
        (None, Some(id)) => VoiceChoice::Recording {
            recording_id: RecordingId(id),
            pick,
        },
        (Some(_), Some(_)) | (Some(_), None) | (None, None) => {
            return Err(Problem::invalid(
                "voice_ids",
                "not the only choice of a voice",
                "either voice_ids, or recording_id with channel and label where there are several voices",
            ));
        }
    };
    Ok(EnrolRequest {
        subject_id,
        choice,
        ground: body.ground,
        expires_at: body.expires_at,
    })
}
