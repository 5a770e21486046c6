//! `GET` and `PUT /recordings/{id}/segments`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::RecordingId;
use crate::http::AppState;
use crate::http::dto::{NewSegmentsBody, SegmentsBody};
use crate::http::etag;
use crate::http::extract::{Ids, JsonBody, Params};
use crate::http::idempotency::Answer;
use crate::http::problem::Problem;
use crate::services::{Actor, Revision, SegmentsView};

/// Which revision.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SegmentParams {
    /// Number of the revision; the newest when left out.
    pub revision: Option<u32>,
}

/// Who speaks when, in the newest revision or the one named.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/segments",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording"), SegmentParams),
    responses(
        (status = 200, body = SegmentsBody, headers(("ETag" = String))),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_segments(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
    Params(params): Params<SegmentParams>,
) -> Result<Answer, Problem> {
    let view = state.services.segments(id, params.revision).await?;
    answer(StatusCode::OK, view)
}

/// Corrects who speaks when: a new revision, from which a job makes the voices anew.
#[utoipa::path(
    put,
    path = "/api/v1/recordings/{id}/segments",
    tag = "recordings",
    params(
        ("id" = uuid::Uuid, Path, description = "Recording"),
        ("If-Match" = String, Header, description = "ETag of the revision that was read"),
    ),
    request_body = NewSegmentsBody,
    responses(
        (status = 202, body = SegmentsBody, headers(("ETag" = String), ("Location" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The recording is still being analysed"),
        (status = 412, body = Problem, description = "Somebody corrected it meanwhile"),
        (status = 422, body = Problem, description = "A segment that cannot be"),
        (status = 428, body = Problem, description = "If-Match is missing"),
    ),
)]
pub async fn put_segments(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
    headers: HeaderMap,
    body: JsonBody<NewSegmentsBody>,
) -> Result<Answer, Problem> {
    let revision = Revision {
        based_on: etag::required(&headers)?,
        segments: body.value.segments.into_iter().map(Into::into).collect(),
        author: body.value.author,
        reason: body.value.reason,
    };
    let (view, job) = state
        .services
        .revise_segments(&Actor::local(), id, revision)
        .await?;
    Ok(answer(StatusCode::ACCEPTED, view)?.at(format!("/api/v1/jobs/{}", job.id)))
}

fn answer(status: StatusCode, view: SegmentsView) -> Result<Answer, Problem> {
    let body = SegmentsBody::from(view);
    Ok(Answer::new(status, &body)?.version(body.revision))
}
