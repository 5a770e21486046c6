//! `GET /recordings/{id}/audio`.

use std::fs::File;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Recording, RecordingId};
use crate::http::AppState;
use crate::http::extract::{Ids, Params};
use crate::http::problem::Problem;

/// In which form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AudioForm {
    /// The sealed bytes.
    #[default]
    Original,
    /// Decoded to 16-bit PCM WAV, for players that do not know the codec.
    Wav,
}

/// In which form.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AudioParams {
    /// `original` or `wav`.
    #[serde(rename = "as", default)]
    #[param(value_type = Option<String>)]
    pub form: AudioForm,
}

/// A recording's bytes. Ranges are answered.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/audio",
    tag = "recordings",
    params(("id" = uuid::Uuid, Path, description = "Recording"), AudioParams),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "audio/*"),
        (status = 206, description = "A range of them", body = Vec<u8>, content_type = "audio/*"),
        (status = 404, body = Problem),
        (status = 416, body = Problem),
    ),
)]
pub async fn get_audio(
    State(state): State<AppState>,
    Ids(id): Ids<RecordingId>,
    Params(params): Params<AudioParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (recording, file, size_bytes, mime) = match params.form {
        AudioForm::Original => {
            let (recording, file) = state.services.audio(id).await?;
            let size_bytes = recording.size_bytes;
            let mime = mime_of(&recording);
            (recording, file, size_bytes, mime)
        }
        AudioForm::Wav => {
            let (recording, body) = state.services.audio_as_wav(id).await?;
            (recording, body.file, body.size_bytes, "audio/wav")
        }
    };
    let form = match params.form {
        AudioForm::Original => "",
        AudioForm::Wav => "-wav",
    };
    let etag = format!("\"{}{form}\"", recording.sha256);
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    // A range of another version of the bytes is no use: the whole is sent then.
    let same_version = headers
        .get(header::IF_RANGE)
        .is_none_or(|value| value.as_bytes() == etag.as_bytes());
    let range = match asked
        .filter(|_| same_version)
        .map(|text| parse_range(text, size_bytes))
    {
        None | Some(Range::Ignored) => None,
        Some(Range::Part { start, end }) => Some((start, end)),
        Some(Range::Unsatisfiable) => {
            let problem = Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range_not_satisfiable",
                format!("range lies outside of the {size_bytes} bytes"),
            );
            let all = [(header::CONTENT_RANGE, format!("bytes */{size_bytes}"))];
            return Ok((all, problem).into_response());
        }
    };
    let mut response = send(file, size_bytes, range).await?;
    let fields: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, mime),
        (header::ACCEPT_RANGES, "bytes"),
        (header::ETAG, &etag),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn send(file: File, size_bytes: u64, range: Option<(u64, u64)>) -> Result<Response, Problem> {
    let fault = |error: std::io::Error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "audio_unreadable",
            error.to_string(),
        )
    };
    let mut file = tokio::fs::File::from_std(file);
    let (status, start, length) = match range {
        None => (StatusCode::OK, 0, size_bytes),
        Some((start, end)) => (StatusCode::PARTIAL_CONTENT, start, end - start + 1),
    };
    file.seek(std::io::SeekFrom::Start(start))
        .await
        .map_err(fault)?;
    let body = Body::from_stream(ReaderStream::new(file.take(length)));
    let mut response =
        (status, [(header::CONTENT_LENGTH, length.to_string())], body).into_response();
    if let Some((start, end)) = range
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {start}-{end}/{size_bytes}"))
    {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// Nothing that must be heeded: the whole is sent.
    Ignored,
    /// First and last byte.
    Part { start: u64, end: u64 },
    /// Nothing that is there.
    Unsatisfiable,
}

/// Reads a `Range` header. Several ranges, other units and malformed ranges are ignored, as RFC
/// 9110 section 14.2 allows.
fn parse_range(text: &str, size_bytes: u64) -> Range {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|spec| spec.split_once('-'))
    else {
        return Range::Ignored;
    };
    let last_byte = size_bytes.saturating_sub(1);
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(start), Ok(end)) if start <= end && start < size_bytes => Range::Part {
            start,
            end: end.min(last_byte),
        },
        (Ok(start), Ok(end)) if start > end => Range::Ignored,
        (Ok(start), Err(_)) if last.trim().is_empty() && start < size_bytes => Range::Part {
            start,
            end: last_byte,
        },
        (Ok(_), Ok(_)) => Range::Unsatisfiable,
        (Ok(_), Err(_)) if last.trim().is_empty() => Range::Unsatisfiable,
        (Err(_), Ok(0)) if first.trim().is_empty() => Range::Unsatisfiable,
        (Err(_), Ok(length)) if first.trim().is_empty() && size_bytes > 0 => Range::Part {
            start: size_bytes.saturating_sub(length),
            end: last_byte,
        },
        (Ok(_), Err(_)) | (Err(_), _) => Range::Ignored,
    }
}

/// The type of the sealed bytes, from what decoding found.
fn mime_of(recording: &Recording) -> &'static str {
    match recording
        .media
        .as_ref()
        .map(|media| media.container.as_str())
    {
        Some("wav") => "audio/wav",
        Some("flac") => "audio/flac",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("mp4") => "audio/mp4",
        Some("adts") => "audio/aac",
        Some("aiff") => "audio/aiff",
        Some("mkv") => "audio/webm",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(
            parse_range("bytes=0-9", 100),
            Range::Part { start: 0, end: 9 }
        );
        assert_eq!(
            parse_range("bytes=90-", 100),
            Range::Part { start: 90, end: 99 }
        );
        assert_eq!(
            parse_range("bytes=-10", 100),
            Range::Part { start: 90, end: 99 }
        );
        assert_eq!(
            parse_range("bytes=-1000", 100),
            Range::Part { start: 0, end: 99 }
        );
        assert_eq!(
            parse_range("bytes=50-1000", 100),
            Range::Part { start: 50, end: 99 }
        );
        assert_eq!(parse_range("bytes=100-", 100), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=-0", 100), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=9-1", 100), Range::Ignored);
        assert_eq!(parse_range("bytes=1-2,4-5", 100), Range::Ignored);
        assert_eq!(parse_range("lines=1-2", 100), Range::Ignored);
        assert_eq!(parse_range("bytes=a-b", 100), Range::Ignored);
    }
}
