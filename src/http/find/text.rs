//! `GET /find`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::AppState;
use crate::http::dto::FoundBody;
use crate::http::extract::Params;
use crate::http::problem::Problem;

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindParams {
    /// A number, account, device, name, case number or file name, 1 to 256 characters.
    pub q: String,
    /// Items of a group at most, 1 to 100.
    pub limit: Option<u32>,
}

/// Everything that is known of a number, an account, a name, a case number or a file name: grouped,
/// the surest first, each with why.
#[utoipa::path(
    get,
    path = "/api/v1/find",
    tag = "entities",
    params(FindParams),
    responses(
        (status = 200, body = FoundBody),
        (status = 400, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn get_find(
    State(state): State<AppState>,
    Params(params): Params<FindParams>,
) -> Result<Json<FoundBody>, Problem> {
    let found = state.services.find(&params.q, params.limit).await?;
    Ok(Json(found.into()))
}
