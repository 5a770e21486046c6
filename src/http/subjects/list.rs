//! `GET /subjects`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::SubjectClass;
use crate::http::AppState;
use crate::http::dto::{SubjectBody, SubjectPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;
use crate::services::SubjectFilter;

/// Which subjects.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubjectParams {
    /// Of this class.
    #[param(value_type = Option<String>)]
    pub class: Option<SubjectClass>,
    /// With exactly this name.
    pub name: Option<String>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Subjects, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/subjects",
    tag = "subjects",
    params(SubjectParams),
    responses((status = 200, body = inline(SubjectPage)), (status = 400, body = Problem)),
)]
pub async fn get_subjects(
    State(state): State<AppState>,
    Params(params): Params<SubjectParams>,
) -> Result<Json<SubjectPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = SubjectFilter {
        class: params.class,
        name: params.name,
    };
    let subjects = state
        .services
        .store()
        .reader()
        .await?
        .subjects(&filter, page)
        .await?;
    Ok(Json(PageBody::of(subjects, SubjectBody::from)))
}
