//! Bodies, paths and queries become typed values, or a problem that names the field.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::AppState;
use super::problem::Problem;
use crate::domain::Sha256;

/// A JSON body of bounded size, with the digest of its bytes.
pub struct JsonBody<T> {
    /// What it says.
    pub value: T,
    /// Digest of its bytes.
    pub sha256: Sha256,
}

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let bytes = json_bytes(request, state).await?;
        let value = parse_json(&bytes)?;
        Ok(Self {
            value,
            sha256: Sha256::of(&bytes),
        })
    }
}

/// The bytes of a JSON body of bounded size, for one whose signature is checked before it is read.
pub struct SignedBody(pub Bytes);

impl FromRequest<AppState> for SignedBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        json_bytes(request, state).await.map(Self)
    }
}

async fn json_bytes(request: Request, state: &AppState) -> Result<Bytes, Problem> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("nothing");
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = format!("content type is {content_type}, expected application/json");
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_type",
            detail,
        ));
    }
    let max = state.settings.max_json_bytes;
    let limited = Limited::new(
        request.into_body(),
        usize::try_from(max).unwrap_or(usize::MAX),
    );
    let collected = limited.collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("JSON body is larger than {max} bytes"),
            )
        } else {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "body_unreadable",
                format!("body ended early: {error}"),
            )
        }
    })?;
    Ok(collected.to_bytes())
}

/// Reads a JSON body.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let mut problem = Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "invalid_field",
                    inner.to_string(),
                );
                problem.field = Some(field).filter(|field| field != ".");
                problem
            }
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => malformed(inner),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("body is no JSON: {error}"),
    )
}

/// Ids in the path. What is no id names nothing, so the answer is 404.
pub struct Ids<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Ids<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(rejection) => Err(Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                format!("path holds no id: {rejection}"),
            )),
        }
    }
}

/// A typed query string.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_query",
                rejection.body_text(),
            )),
        }
    }
}
