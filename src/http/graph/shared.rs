//! `GET /cases/{id}/shared`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::SharedBody;
use crate::http::extract::{Ids, Params};
use crate::http::problem::Problem;

/// With which case.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SharedParams {
    /// With this case alone.
    pub with: Option<uuid::Uuid>,
}

/// What a case shares with others, or with one: entities, subjects and identity groups, each weighed by how rare it
/// is in the archive, `log2(all cases / cases that have it) + 1` (Spärck Jones 1972).
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/shared",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Case"), SharedParams),
    responses(
        (status = 200, body = SharedBody),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_shared(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
    Params(params): Params<SharedParams>,
) -> Result<Json<SharedBody>, Problem> {
    let with = params.with.map(CaseId);
    let (cases, shared) = state.services.shared_with(id, with).await?;
    Ok(Json(SharedBody {
        cases,
        items: shared.into_iter().map(Into::into).collect(),
    }))
}
