//! `GET /links`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{CaseId, RecordingId, VoiceId};
use crate::http::AppState;
use crate::http::dto::{LinkBody, LinkPage, LinkStateBody};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;
use crate::services::{LinkFilter, LinkForce};

/// Which links.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LinkParams {
    /// In this state.
    #[param(inline)]
    pub state: Option<LinkStateBody>,
    /// With a side in this case.
    pub case_id: Option<uuid::Uuid>,
    /// With a side in this recording.
    pub recording_id: Option<uuid::Uuid>,
    /// With this voice as a side.
    pub voice_id: Option<uuid::Uuid>,
    /// Links that count no more, since a voice is gone or was described anew, instead of those that
    /// do.
    #[serde(default)]
    pub superseded: bool,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Links, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/links",
    tag = "links",
    params(LinkParams),
    responses((status = 200, body = inline(LinkPage)), (status = 400, body = Problem)),
)]
pub async fn get_links(
    State(state): State<AppState>,
    Params(params): Params<LinkParams>,
) -> Result<Json<LinkPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = LinkFilter {
        state: params.state.map(Into::into),
        case_id: params.case_id.map(CaseId),
        recording_id: params.recording_id.map(RecordingId),
        voice_id: params.voice_id.map(VoiceId),
        force: if params.superseded {
            LinkForce::Superseded
        } else {
            LinkForce::InForce
        },
    };
    let mut reader = state.services.store().reader().await?;
    let links = reader.links(&filter, page).await?;
    Ok(Json(PageBody::of(links, LinkBody::from)))
}
