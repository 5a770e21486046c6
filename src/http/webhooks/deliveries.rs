//! `GET /webhooks/{id}/deliveries`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::WebhookId;
use crate::http::AppState;
use crate::http::dto::{DeliveryBody, DeliveryPage, DeliveryStateBody};
use crate::http::extract::{Ids, Params};
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;

/// Which deliveries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryParams {
    /// In this state; `dead` is the dead-letter list.
    #[param(inline)]
    pub state: Option<DeliveryStateBody>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Deliveries to a partner with every try, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries",
    tag = "webhooks",
    params(("id" = uuid::Uuid, Path, description = "Webhook"), DeliveryParams),
    responses(
        (status = 200, body = inline(DeliveryPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
    ),
)]
pub async fn get_deliveries(
    State(state): State<AppState>,
    Ids(id): Ids<WebhookId>,
    Params(params): Params<DeliveryParams>,
) -> Result<Json<DeliveryPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let wanted = params.state.map(Into::into);
    let deliveries = state.services.deliveries(id, wanted, page).await?;
    Ok(Json(PageBody::of(deliveries, DeliveryBody::from)))
}
