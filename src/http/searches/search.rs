//! `POST /searches`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::domain::{CaseId, RecordingId, VoiceId, VoicePick};
use crate::http::AppState;
use crate::http::dto::{NewSearchBody, SearchBody};
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
    let probe = probe_request(&body.value)?;
    let NewSearchBody {
        against,
        top_k,
        exact,
        case_id,
        purpose,
        ..
    } = body.value;
    let options = SearchOptions {
        against: against.into(),
        top_k,
        exact,
        case_id: case_id.map(CaseId),
        purpose,
        repeats: None,
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

fn probe_request(body: &NewSearchBody) -> Result<ProbeRequest, Problem> {
    let pick = VoicePick {
        channel: body.channel,
        label: body.label,
    };
    match (body.voice_id, body.recording_id) {
        (Some(id), None) if pick == VoicePick::default() => Ok(ProbeRequest::Voice(VoiceId(id))),
        (None, Some(id)) => Ok(ProbeRequest::Recording {
            id: RecordingId(id),
            pick,
        }),
        (Some(_), _) | (None, None) => Err(Problem::invalid(
            "voice_id",
            "not the only choice of a probe",
            "either voice_id, or recording_id with channel and label where there are several voices",
        )),
    }
}
