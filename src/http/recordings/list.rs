//! `GET /recordings`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{CaseId, RecordingState, Sha256};
use crate::http::AppState;
use crate::http::dto::{RecordingBody, RecordingPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;
use crate::services::RecordingFilter;

/// Which recordings.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordingParams {
    /// Of this case.
    pub case_id: Option<uuid::Uuid>,
    /// Of the case with this number.
    pub case_no: Option<String>,
    /// `pending`, `analysed`, `no_voice` or `failed`.
    #[param(value_type = Option<String>)]
    pub state: Option<RecordingState>,
    /// With these bytes.
    #[param(value_type = Option<String>)]
    pub sha256: Option<Sha256>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Recordings, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/recordings",
    tag = "recordings",
    params(RecordingParams),
    responses((status = 200, body = inline(RecordingPage)), (status = 400, body = Problem)),
)]
pub async fn get_recordings(
    State(state): State<AppState>,
    Params(params): Params<RecordingParams>,
) -> Result<Json<RecordingPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let mut reader = state.services.store().reader().await?;
    let mut case_id = params.case_id.map(CaseId);
    if let Some(case_no) = params.case_no {
        let case = reader.case_by_no(&case_no).await?;
        // A number that no case has, or that another case than `case_id` has, leaves nothing.
        match case {
            Some(case) if case_id.is_none_or(|id| id == case.id) => case_id = Some(case.id),
            Some(_) | None => {
                return Ok(Json(PageBody {
                    items: Vec::new(),
                    next_cursor: None,
                }));
            }
        }
    }
    let filter = RecordingFilter {
        case_id,
        state: params.state,
        sha256: params.sha256,
    };
    let recordings = reader.recordings(&filter, page).await?;
    Ok(Json(PageBody::of(recordings, RecordingBody::from)))
}
