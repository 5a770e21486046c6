//! `GET /jobs`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{JobKind, JobState, RecordingId};
use crate::http::AppState;
use crate::http::dto::{JobBody, JobPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;
use crate::services::JobFilter;

/// Which jobs.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobParams {
    /// `analyse`, `enrol`, `index`, `watch`, `deliver`, `link` or `import`.
    #[param(value_type = Option<String>)]
    pub kind: Option<JobKind>,
    /// `queued`, `running`, `done`, `dead` or `cancelled`.
    #[param(value_type = Option<String>)]
    pub state: Option<JobState>,
    /// Working on this recording.
    pub recording_id: Option<uuid::Uuid>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Jobs, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/jobs",
    tag = "jobs",
    params(JobParams),
    responses((status = 200, body = inline(JobPage)), (status = 400, body = Problem)),
)]
pub async fn get_jobs(
    State(state): State<AppState>,
    Params(params): Params<JobParams>,
) -> Result<Json<JobPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = JobFilter {
        kind: params.kind,
        state: params.state,
        recording_id: params.recording_id.map(RecordingId),
    };
    let jobs = state
        .services
        .store()
        .reader()
        .await?
        .jobs(&filter, page)
        .await?;
    Ok(Json(PageBody::of(jobs, JobBody::from)))
}
