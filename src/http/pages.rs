//! The page: the built front end, embedded in the binary.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem::Problem;

/// The first page of the front end.
const INDEX: &str = "index.html";

#[derive(RustEmbed)]
#[folder = "web/dist/"]
#[allow_missing = true]
struct Built;

/// A file of the front end; any other path outside the interface is the page itself, which knows
/// its own paths.
pub async fn get_page(request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("{path} is no path of the interface, see /api/docs"),
        )
        .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("method is {}, expected GET", request.method()),
        )
        .into_response();
    }
    let name = path.trim_start_matches('/');
    match file(name).or_else(|| {
        if name.contains('.') {
            None
        } else {
            file(INDEX)
        }
    }) {
        Some(response) => response,
        None => Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("{path} is not there; a binary built without the front end has no pages"),
        )
        .into_response(),
    }
}

fn file(name: &str) -> Option<Response> {
    let file = Built::get(name)?;
    let mime = file.metadata.mimetype().to_owned();
    // Assets carry a hash of their content in the name, the page itself does not.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CACHE_CONTROL, cache.to_owned()),
    ];
    Some((headers, file.data).into_response())
}
