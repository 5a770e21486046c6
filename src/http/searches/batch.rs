//! `POST /searches/batch`.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tokio_stream::wrappers::ReceiverStream;

use crate::http::AppState;
use crate::http::dto::NewBatchSearchBody;
use crate::http::extract::JsonBody;
use crate::http::problem::Problem;
use crate::services::Actor;

/// What the lines are.
const LINES_OF_JSON: &str = "application/x-ndjson";

/// Searches every voice that `probes` names, and answers as it goes, one JSON object a line: `batch`
/// first, an `answer` or `no_answer` for each probe, `end` last. Without an `end` it was cut off.
#[utoipa::path(
    post,
    path = "/api/v1/searches/batch",
    tag = "searches",
    request_body = NewBatchSearchBody,
    responses(
        (status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "A wrong field"),
    ),
)]
pub async fn post_batch_search(
    State(state): State<AppState>,
    body: JsonBody<NewBatchSearchBody>,
) -> Result<Response, Problem> {
    let request = body.value.request()?;
    let lines = state
        .services
        .batch_search(&Actor::local(), request)
        .await?;
    // An error in the middle breaks the connection off: a whole answer has an end.
    let body = Body::from_stream(ReceiverStream::new(lines));
    Ok(([(CONTENT_TYPE, LINES_OF_JSON)], body).into_response())
}
