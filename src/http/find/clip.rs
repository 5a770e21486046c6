//! `POST /find`.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::Sha256;
use crate::http::AppState;
use crate::http::dto::ClipFoundBody;
use crate::http::extract::Params;
use crate::http::idempotency::{Answer, once};
use crate::http::incoming::{FormFields, receive_request};
use crate::http::problem::Problem;
use crate::services::Actor;

/// What is said of a clip, in form fields or in the query.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClipMetadata {
    /// Name of the file.
    pub filename: Option<String>,
    /// Purpose, kept with the stored searches.
    pub purpose: Option<String>,
    /// Items of a group at most, 1 to 100.
    pub limit: Option<String>,
}

impl FormFields for ClipMetadata {
    const FIELDS: &'static str = "file, filename, purpose, limit";

    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "filename" => Some(&mut self.filename),
            "purpose" => Some(&mut self.purpose),
            "limit" => Some(&mut self.limit),
            _ => None,
        }
    }

    fn filename(&mut self) -> &mut Option<String> {
        &mut self.filename
    }
}

/// The form of a clip, for the description.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
pub struct ClipForm {
    /// The clip.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Purpose, kept with the stored searches.
    purpose: Option<String>,
    /// Items of a group at most, 1 to 100.
    limit: Option<String>,
}

/// Searches each voice of a clip, and answers what occurs with the voices found. The clip is not
/// kept; the searches are.
#[utoipa::path(
    post,
    path = "/api/v1/find",
    tag = "entities",
    params(
        ClipMetadata,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body(
        content(
            (ClipForm = "multipart/form-data"),
            (Vec<u8> = "application/octet-stream"),
        ),
    ),
    responses(
        (status = 201, body = ClipFoundBody),
        (status = 413, body = Problem),
        (status = 415, body = Problem, description = "The bytes are no recording"),
        (status = 422, body = Problem, description = "No voice has enough speech, or a field is wrong"),
    ),
)]
pub async fn post_find(
    State(state): State<AppState>,
    Params(query): Params<ClipMetadata>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let (upload, clip) = receive_request(&state, &headers, request, query).await?;
    let limit = match clip.limit.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Problem::invalid("limit", format!("{text:?}"), "1 to 100"))?,
        ),
    };
    let request_sha256 = Sha256::of(format!("{} {clip:?}", upload.sha256()).as_bytes());
    once(&state, &headers, "POST find", request_sha256, async {
        let filename = clip.filename.unwrap_or_default();
        let purpose = clip.purpose.filter(|purpose| !purpose.trim().is_empty());
        let found = state
            .services
            .find_by_clip(&Actor::local(), upload, &filename, purpose, limit)
            .await?;
        Answer::new(StatusCode::CREATED, &ClipFoundBody::from(found))
    })
    .await
}
