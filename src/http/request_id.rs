//! One id a request: taken from the caller where it is sound, in every answer, problem and log line.

use std::future::Future;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::AppState;
use crate::domain::JobId;

/// Header that carries the id both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a caller.
const MAX_CHARS: usize = 128;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers; empty outside of one.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `work` under a request id, so that problems made in it carry the id.
pub async fn within<F: Future>(id: String, work: F) -> F::Output {
    CURRENT.scope(id, work).await
}

/// Gives each request its id, a log span and its measurements. Neither the query nor a body is
/// logged: they hold names and numbers of people.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| !text.is_empty() && text.len() <= MAX_CHARS)
        .map_or_else(
            || JobId::new(state.services.clock(), state.rng()).to_string(),
            str::to_owned,
        );
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or_else(|| "page".to_owned(), |matched| matched.as_str().to_owned());
    let span = tracing::info_span!("request", request_id = id, method = %method, route);
    let began = std::time::Instant::now();
    let mut response = within(id.clone(), next.run(request))
        .instrument(span.clone())
        .await;
    let elapsed = began.elapsed();
    state
        .metrics
        .answered(method.as_str(), &route, response.status().as_u16(), elapsed);
    span.in_scope(|| {
        tracing::info!(
            status = response.status().as_u16(),
            elapsed_ms = elapsed.as_millis() as u64,
            "request answered"
        );
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
