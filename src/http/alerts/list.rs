//! `GET /alerts`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::RuleId;
use crate::http::AppState;
use crate::http::dto::{AlertBody, AlertList, AlertStateBody};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;
use crate::services::AlertFilter;

/// Which alerts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertParams {
    /// In this state.
    #[param(inline)]
    pub state: Option<AlertStateBody>,
    /// Of this rule.
    pub rule_id: Option<uuid::Uuid>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Alerts, the newest first, with how many there are in each state.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    tag = "alerts",
    params(AlertParams),
    responses((status = 200, body = AlertList), (status = 400, body = Problem)),
)]
pub async fn get_alerts(
    State(state): State<AppState>,
    Params(params): Params<AlertParams>,
) -> Result<Json<AlertList>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = AlertFilter {
        state: params.state.map(Into::into),
        rule_id: params.rule_id.map(RuleId),
    };
    let mut reader = state.services.store().reader().await?;
    let alerts = reader.alerts(&filter, page).await?;
    let counts = reader.alert_counts().await?;
    let page = PageBody::of(alerts, AlertBody::from);
    Ok(Json(AlertList::of(page, &counts)))
}
