//! `Idempotency-Key`: the same key and request again get the stored answer, not a second creation.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError, Weak};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::AppState;
use super::problem::Problem;
use crate::domain::{Sha256, Timestamp};
use crate::services::Actor;
use crate::services::{IdempotencyRecord, StoreError};

/// Header that carries the key.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Header that marks a stored answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key.
const MAX_CHARS: usize = 255;
/// How long an answer is kept, in milliseconds: a day.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// Keys at work now, so that two requests with one key come one after the other.
#[derive(Default)]
pub struct KeysAtWork(std::sync::Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl KeysAtWork {
    fn turn(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = keys.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        keys.insert(key.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// An answer that can be given again.
pub struct Answer {
    status: StatusCode,
    location: Option<String>,
    etag: Option<String>,
    body: String,
    /// What is kept for a repeated request; none where it is the body.
    kept: Option<String>,
}

impl Answer {
    /// An answer with a JSON body.
    pub fn new(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self {
            status,
            location: None,
            etag: None,
            body: text_of(body)?,
            kept: None,
        })
    }

    /// Has a repeated request answered with another body: what is shown once is not kept.
    pub fn kept_as(mut self, body: &impl Serialize) -> Result<Self, Problem> {
        self.kept = Some(text_of(body)?);
        Ok(self)
    }

    /// Says where the thing is.
    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Says which version it is.
    pub fn version(mut self, version: u32) -> Self {
        self.etag = Some(super::etag::of(version));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

fn text_of(body: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(body).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            error.to_string(),
        )
    })
}

/// Does `work` once for a key. Without a key it is simply done.
///
/// The answer is stored after the work has committed: a crash between the two makes a repeated
/// request do the work again, where unique numbers and digests still keep it single.
pub async fn once<F>(
    state: &AppState,
    headers: &HeaderMap,
    route: &str,
    request_sha256: Sha256,
    work: F,
) -> Result<Response, Problem>
where
    F: Future<Output = Result<Answer, Problem>>,
{
    let Some(key) = key_of(headers)? else {
        return Ok(work.await?.into_response());
    };
    let key = format!("{route} {key}");
    let turn = state.keys.turn(&key);
    let _turn = turn.lock().await;
    let stored = state
        .services
        .store()
        .reader()
        .await?
        .idempotency(&key)
        .await?;
    if let Some(stored) = stored {
        return replay(stored, request_sha256);
    }
    let answer = work.await?;
    if let Err(error) = remember(state, key, request_sha256, &answer).await {
        tracing::warn!(%error, "answer could not be kept for its idempotency key");
    }
    Ok(answer.into_response())
}

fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(text) if (1..=MAX_CHARS).contains(&text.len()) => Ok(Some(text)),
        Ok(text) => Err(Problem::invalid(
            "Idempotency-Key",
            format!("{} characters long", text.len()),
            format!("1 to {MAX_CHARS} visible characters"),
        )),
        Err(_) => Err(Problem::invalid(
            "Idempotency-Key",
            "not visible ASCII",
            format!("1 to {MAX_CHARS} visible characters"),
        )),
    }
}

fn replay(stored: IdempotencyRecord, request_sha256: Sha256) -> Result<Response, Problem> {
    if stored.request_sha256 != request_sha256 {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used with another request, expected a new key",
        ));
    }
    let answer = Answer {
        status: StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK),
        location: stored.location,
        etag: None,
        body: stored.body,
        kept: None,
    };
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

async fn remember(
    state: &AppState,
    key: String,
    request_sha256: Sha256,
    answer: &Answer,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let clock = state.services.clock();
    let now = clock.now();
    let record = IdempotencyRecord {
        key,
        request_sha256,
        status: answer.status.as_u16(),
        location: answer.location.clone(),
        body: answer.kept.as_ref().unwrap_or(&answer.body).clone(),
        created_at: now,
    };
    let mut work = state.services.store().begin().await?;
    work.expire_idempotency(Timestamp::from_millis(now.as_millis() - KEPT_MS))
        .await?;
    match work.insert_idempotency(&record).await {
        // Another process was as fast; its answer stands.
        Err(StoreError::Conflict { .. }) => return Ok(()),
        other => other?,
    }
    state
        .services
        .note_kept_answer(
            work.as_mut(),
            &Actor::local(),
            json!({
                "status": record.status,
                "request_sha256": record.request_sha256,
            }),
        )
        .await?;
    work.commit().await?;
    Ok(())
}
