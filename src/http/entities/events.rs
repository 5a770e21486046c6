//! `GET /cases/{id}/events` and `GET /entities/{id}/events`. `/events` itself is the stream of what
//! happens in the service.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{CaseId, EntityId, Timestamp};
use crate::http::AppState;
use crate::http::dto::{CaseEventBody, CaseEventPage, EventKindBody};
use crate::http::extract::{Ids, Params};
use crate::http::paging::{PageBody, page_request};
use crate::http::problem::Problem;
use crate::services::EventFilter;

/// Which events.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventParams {
    /// Of this case.
    pub case_id: Option<uuid::Uuid>,
    /// With this entity in any role.
    pub entity_id: Option<uuid::Uuid>,
    /// Of this kind.
    #[param(inline)]
    pub kind: Option<EventKindBody>,
    /// That began at this time or later, RFC 3339.
    pub from: Option<String>,
    /// That began before this time, RFC 3339.
    pub to: Option<String>,
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Events of a case, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/events",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Case"), EventParams),
    responses(
        (status = 200, body = inline(CaseEventPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn get_case_events(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
    Params(mut params): Params<EventParams>,
) -> Result<Json<CaseEventPage>, Problem> {
    state.services.case(id).await?;
    once("case_id", params.case_id, id.0)?;
    params.case_id = Some(id.0);
    events(&state, params).await
}

/// Events of an entity, in every case or in one, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/entities/{id}/events",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Entity"), EventParams),
    responses(
        (status = 200, body = inline(CaseEventPage)),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn get_entity_events(
    State(state): State<AppState>,
    Ids(id): Ids<EntityId>,
    Params(mut params): Params<EventParams>,
) -> Result<Json<CaseEventPage>, Problem> {
    state.services.entity(id).await?;
    once("entity_id", params.entity_id, id.0)?;
    params.entity_id = Some(id.0);
    events(&state, params).await
}

/// A parameter that says another thing than the path is a mistake.
fn once(field: &str, given: Option<uuid::Uuid>, path: uuid::Uuid) -> Result<(), Problem> {
    match given {
        Some(other) if other != path => Err(Problem::invalid(
            field,
            other.to_string(),
            "none, or that of the path",
        )),
        Some(_) | None => Ok(()),
    }
}

async fn events(state: &AppState, params: EventParams) -> Result<Json<CaseEventPage>, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = EventFilter {
        case_id: params.case_id.map(CaseId),
        entity_id: params.entity_id.map(EntityId),
        kind: params.kind.map(Into::into),
        from: time("from", params.from)?,
        to: time("to", params.to)?,
    };
    let page = state
        .services
        .store()
        .reader()
        .await?
        .events(&filter, page)
        .await?;
    let recordings = state.services.recordings_of_events(&page.items).await?;
    let mut recordings = recordings.into_iter();
    Ok(Json(PageBody::of(page, |event| {
        CaseEventBody::of(event, recordings.next().flatten())
    })))
}

fn time(field: &str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| {
        Timestamp::parse(&text).map_err(|_| {
            Problem::invalid(
                field,
                format!("{text:?}"),
                "a time like 2026-01-31T08:00:00Z",
            )
        })
    })
    .transpose()
}
