//! `GET /events`: what happens, as server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures_util::Stream;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

use super::AppState;
use crate::services::Event;

/// What happens from now on: `recording`, `job`, `alert`, `gallery`, `link`, `group` and `series`
/// events with ids and states, and
/// `missed` when the listener was too slow and should read the lists again.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "service",
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream")),
)]
pub async fn get_events(
    State(state): State<AppState>,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    let heard = BroadcastStream::new(state.services.subscribe()).map(|event| Ok(sent(event)));
    let stopped = state.shutdown.clone();
    let until_shutdown = futures_util::StreamExt::take_until(heard, async move {
        stopped.cancelled().await;
    });
    Sse::new(until_shutdown).keep_alive(KeepAlive::default())
}

fn sent(event: Result<Event, BroadcastStreamRecvError>) -> Sent {
    match event {
        Ok(event) => {
            let data = serde_json::to_string(&event).unwrap_or_default();
            Sent::default().event(event.name()).data(data)
        }
        Err(BroadcastStreamRecvError::Lagged(missed)) => Sent::default()
            .event("missed")
            .data(format!("{{\"missed\":{missed}}}")),
    }
}
