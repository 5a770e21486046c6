//! `GET /rules`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::AppState;
use crate::http::dto::{RuleBody, RulePage, RuleStateBody};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;

/// Which rules.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RuleParams {
    /// In this state.
    #[param(inline)]
    pub state: Option<RuleStateBody>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Rules, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    tag = "rules",
    params(RuleParams),
    responses((status = 200, body = inline(RulePage)), (status = 400, body = Problem)),
)]
pub async fn get_rules(
    State(state): State<AppState>,
    Params(params): Params<RuleParams>,
) -> Result<Json<RulePage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let mut reader = state.services.store().reader().await?;
    let rules = reader.rules(params.state.map(Into::into), page).await?;
    Ok(Json(PageBody::of(rules, RuleBody::from)))
}
