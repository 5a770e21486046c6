//! `POST /comparisons`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::http::AppState;
use crate::http::dto::{ComparisonBody, NewComparisonBody, RightSide};
use crate::http::extract::JsonBody;
use crate::http::idempotency::{Answer, once};
use crate::http::problem::Problem;
use crate::services::Actor;

/// Compares two voices of the archive, or a voice with a subject by all of its enrolled voices. The
/// answer is stored and never changed.
#[utoipa::path(
    post,
    path = "/api/v1/comparisons",
    tag = "comparisons",
    request_body = NewComparisonBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    responses(
        (status = 201, body = ComparisonBody, headers(("Location" = String))),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "A recording is still being analysed"),
        (status = 422, body = Problem, description = "Too little speech, no voice, or a wrong field"),
    ),
)]
pub async fn post_comparison(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: JsonBody<NewComparisonBody>,
) -> Result<Response, Problem> {
    let population = body.value.population()?;
    let left = body.value.left.voice_ref("left")?;
    let right = body.value.right.named()?;
    once(&state, &headers, "POST comparisons", body.sha256, async {
        let (services, actor) = (&state.services, Actor::local());
        let comparison = match right {
            RightSide::Voice(right) => {
                services
                    .compare(&actor, left.into(), right.into(), population)
                    .await?
            }
            RightSide::Subject(id) => {
                services
                    .compare_with_subject(&actor, left.into(), id, population)
                    .await?
            }
        };
        let location = format!("/api/v1/comparisons/{}", comparison.id);
        Ok(Answer::new(StatusCode::CREATED, &ComparisonBody::from(comparison))?.at(location))
    })
    .await
}
