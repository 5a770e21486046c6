//! `POST /searches`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::CaseId;
use crate::http::AppState;
use crate::http::dto::{NewSearchBody, SearchBody, SideBody};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::{Actor, ProbeRequest, SearchOptions};

/// "Have we heard this voice?" The answer is stored and never changed.
#[utoipa::path(
    post,
    path = "/api/v1/searches",
    tag = "searches",
    request_body = NewSearchBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 201, body = SearchBody, headers(("Location" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The recording is still being analysed"),
        (status = 422, body = Problem, description = "Too little speech, no voice, or a wrong field"),
    ),
)]
pub async fn post_search(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewSearchBody>,
) -> Result<Response, Problem> {
    let population = body.value.population()?;
    let NewSearchBody {
        voice_id,
        recording_id,
        channel,
        label,
        against,
        top_k,
        exact,
        case_id,
        purpose,
        population_id: _,
        population_version: _,
        filters,
    } = body.value;
    let probe = SideBody {
        voice_id,
        recording_id,
        channel,
        label,
    };
    let probe = ProbeRequest::Archive(probe.voice_ref("voice_id")?);
    let options = SearchOptions {
        against: against.into(),
        top_k,
        exact,
        case_id: case_id.map(CaseId),
        purpose,
        repeats: None,
        population,
        filters: filters.filters("filters")?,
    };
    once(&state, &headers, "POST searches", body.sha256, async {
        let search = state
            .services
            .search(&Actor::local(), probe, options)
            .await?;
        let location = format!("/api/v1/searches/{}", search.id);
        Ok(Answer::new(StatusCode::CREATED, &SearchBody::from(search))?.at(location))
    })
    .await
}
