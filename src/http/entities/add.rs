//! `POST /cases/{id}/entities`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{CaseEntityBody, NewEntityBody};
use crate::http::extract::{Ids, JsonBody};
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, NewEntity};

/// Adds an entity to a case by hand; where it is there, the note takes the place of the one before.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/entities",
    tag = "entities",
    request_body = NewEntityBody,
    params(
        ("id" = uuid::Uuid, Path, description = "Case"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    responses(
        (status = 201, body = CaseEntityBody, headers(("Location" = String))),
        (status = 404, body = Problem, description = "The case does not exist"),
        (status = 422, body = Problem, description = "The value is none of its kind"),
    ),
)]
pub async fn post_case_entity(
    State(state): State<AppState>,
    Ids(id): Ids<CaseId>,
    headers: HeaderMap,
    body: JsonBody<NewEntityBody>,
) -> Result<Response, Problem> {
    let NewEntityBody {
        kind,
        value,
        note,
        region,
    } = body.value;
    let new = NewEntity {
        kind: kind.into(),
        value,
        note,
        region,
    };
    let route = format!("POST cases/{id}/entities");
    once(&state, &headers, &route, body.sha256, async {
        let place = state
            .services
            .add_case_entity(&Actor::local(), id, new)
            .await?;
        let location = format!("/api/v1/entities/{}", place.entity.id);
        Ok(Answer::new(StatusCode::CREATED, &CaseEntityBody::from(place))?.at(location))
    })
    .await
}
