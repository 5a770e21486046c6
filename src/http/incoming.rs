//! Files come in, as a form or as the body itself: streamed to disk while they are hashed, under
//! limits on size and on how long nothing may come.

use std::pin::Pin;
use std::time::Duration;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::AppState;
use super::problem::Problem;
use crate::services::Upload;

/// How long a refused upload is read on.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Longest form field that is no file, in bytes.
const MAX_FIELD_BYTES: usize = 64 * 1024;

/// What is said of a file, in fields of a form or in the query.
pub trait FormFields {
    /// The names of the form fields.
    const FIELDS: &'static str;

    /// The place of a form field; none when there is no such field.
    fn field(&mut self, name: &str) -> Option<&mut Option<String>>;

    /// The place of the file's name.
    fn filename(&mut self) -> &mut Option<String>;
}

/// Receives the one file of a request with what is said of it.
///
/// # Errors
/// The file is too large, ends early or stops coming; a form that is none, or has a field that does
/// not exist.
pub async fn receive_request<T: FormFields>(
    state: &AppState,
    headers: &HeaderMap,
    request: Request,
    query: T,
) -> Result<(Upload, T), Problem> {
    check_announced_size(state, headers)?;
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if content_type.starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, state)
            .await
            .map_err(|rejection| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "malformed_form",
                    rejection.body_text(),
                )
            })?;
        read_form(state, form, query).await
    } else {
        let upload = receive(state, request.into_body().into_data_stream()).await?;
        Ok((upload, query))
    }
}

/// Refuses what is announced as too large before a byte of it is read.
fn check_announced_size(state: &AppState, headers: &HeaderMap) -> Result<(), Problem> {
    let announced: Option<u64> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    // The frame of a form is allowed for.
    let max = state.settings.max_upload_bytes.saturating_add(1 << 20);
    match announced {
        Some(bytes) if bytes > max => Err(too_large(state)),
        Some(_) | None => Ok(()),
    }
}

fn too_large(state: &AppState) -> Problem {
    let max = state.settings.max_upload_bytes;
    let mut problem = Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "upload_too_large",
        format!("file is larger than {max} bytes"),
    );
    problem.field = Some("file".to_owned());
    problem
}

async fn read_form<T: FormFields>(
    state: &AppState,
    mut form: Multipart,
    query: T,
) -> Result<(Upload, T), Problem> {
    let mut metadata = query;
    let mut upload = None;
    loop {
        let idle = Duration::from_millis(state.settings.upload_idle_timeout_ms);
        let next = tokio::time::timeout(idle, form.next_field())
            .await
            .map_err(|_| idle_out(idle))?;
        let Some(field) = next.map_err(|error| ended_early(&error.body_text()))? else {
            break;
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if upload.is_some() {
                return Err(Problem::invalid(
                    "file",
                    "given twice",
                    "one file a request",
                ));
            }
            if metadata.filename().is_none() {
                *metadata.filename() = field.file_name().map(str::to_owned);
            }
            upload = Some(receive(state, field).await?);
            continue;
        }
        let Some(place) = metadata.field(&name) else {
            return Err(Problem::invalid(
                &name,
                "a field that does not exist",
                T::FIELDS,
            ));
        };
        *place = Some(read_text(&name, field).await?);
    }
    let upload = upload.ok_or_else(|| Problem::invalid("file", "missing", "a form field file"))?;
    Ok((upload, metadata))
}

async fn read_text(
    name: &str,
    mut field: axum::extract::multipart::Field<'_>,
) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|error| ended_early(&error.body_text()))?
    {
        if bytes.len() + chunk.len() > MAX_FIELD_BYTES {
            return Err(Problem::invalid(
                name,
                "too long",
                format!("at most {MAX_FIELD_BYTES} bytes"),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Problem::invalid(name, "not UTF-8", "UTF-8 text"))
}

/// Writes the bytes to disk as they come. What ends early leaves nothing behind.
async fn receive<S, E>(state: &AppState, stream: S) -> Result<Upload, Problem>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let idle = Duration::from_millis(state.settings.upload_idle_timeout_ms);
    let max = state.settings.max_upload_bytes;
    let mut upload = state.services.begin_upload().await?;
    let mut stream = std::pin::pin!(stream);
    let mut received: u64 = 0;
    loop {
        let next = tokio::time::timeout(idle, stream.next())
            .await
            .map_err(|_| idle_out(idle))?;
        let Some(chunk) = next else { break };
        let chunk = chunk.map_err(|error| ended_early(&error.to_string()))?;
        received += chunk.len() as u64;
        if received > max {
            drain(stream).await;
            return Err(too_large(state));
        }
        upload.write(chunk).await?;
    }
    upload.end().await?;
    Ok(upload)
}

/// Reads on for a moment and throws away: a client that still sends when the connection is closed
/// never sees the answer.
async fn drain<T, E>(mut stream: Pin<&mut impl Stream<Item = Result<T, E>>>) {
    let reading = async { while let Some(Ok(_)) = stream.next().await {} };
    let _ = tokio::time::timeout(DRAIN_TIME, reading).await;
}

fn ended_early(detail: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "upload_ended_early",
        format!("upload ended before its end, nothing was stored: {detail}"),
    )
}

fn idle_out(idle: Duration) -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "upload_idle",
        format!(
            "nothing came for {} ms, nothing was stored",
            idle.as_millis()
        ),
    )
}
