//! `POST /jobs`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::dto::{JobBody, NewJobBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Queues a job; an equal one that is queued or running serves.
#[utoipa::path(
    post,
    path = "/api/v1/jobs",
    tag = "jobs",
    request_body = NewJobBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 202, body = JobBody, headers(("Location" = String))),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn post_job(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewJobBody>,
) -> Result<Response, Problem> {
    once(&state, &headers, "POST jobs", body.sha256, async {
        let actor = Actor::local();
        let job = match body.value {
            NewJobBody::Index {} => state.services.queue_index(&actor).await?,
            NewJobBody::Analyse { recording_id } => {
                state
                    .services
                    .queue_analysis(&actor, RecordingId(recording_id))
                    .await?
            }
        };
        let location = format!("/api/v1/jobs/{}", job.id);
        Ok(Answer::new(StatusCode::ACCEPTED, &JobBody::from(job))?.at(location))
    })
    .await
}
