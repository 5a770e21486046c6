//! `GET /webhooks`.

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::dto::{WebhookBody, WebhookPage};
use crate::http::extract::Params;
use crate::http::paging::{PageBody, PageParams, page_request};
use crate::http::problem::Problem;

/// Partners' subscriptions, newest first. Secrets are not shown.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    tag = "webhooks",
    params(PageParams),
    responses((status = 200, body = inline(WebhookPage)), (status = 400, body = Problem)),
)]
pub async fn get_webhooks(
    State(state): State<AppState>,
    Params(params): Params<PageParams>,
) -> Result<Json<WebhookPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let webhooks = state.services.webhooks(page).await?;
    Ok(Json(PageBody::of(webhooks, WebhookBody::from)))
}
