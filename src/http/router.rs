//! Which path leads to which endpoint, and the OpenAPI description of them all.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::dto::{CallJoinBody, PopulationMemberBody};
use super::problem::Problem;
use super::{
    AppState, alerts, calibrations, cases, comparisons, entities, events, find, graph, groups,
    health, imports, jobs, limits, links, local, metrics, models, pages, populations, recordings,
    request_id, rules, searches, series, subjects, voices, watchlists, webhooks,
};

/// Where the OpenAPI description is.
const OPENAPI_PATH: &str = "/api/openapi.json";
/// Where its page is.
const DOCS_PATH: &str = "/api/docs";
/// What a page may load: only what the service itself serves.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; \
     style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";
/// The documentation page styles itself inline.
const DOCS_POLICY: &str = "default-src 'self'; img-src 'self' data:; \
     style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Voxtrace",
        description = "Links fraud calls by voice. Numbers are calibrated likelihood ratios, never verdicts. Errors are application/problem+json with a stable code.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(CallJoinBody, Problem, PopulationMemberBody)),
    tags(
        (name = "recordings", description = "Uploaded files and what was found in them"),
        (name = "voices", description = "One speaker within one recording"),
        (name = "subjects", description = "Known persons and their enrolments"),
        (name = "searches", description = "Have we heard this voice?"),
        (name = "comparisons", description = "One pair of voices"),
        (name = "links", description = "Voices proposed to be one speaker, decisions, and the groups that follow"),
        (name = "series", description = "Cases that belong together"),
        (name = "cases", description = "Cases"),
        (name = "watchlists", description = "Subjects, numbers and accounts that somebody is told about"),
        (name = "rules", description = "What raises an alert, and how often it is wrong"),
        (name = "alerts", description = "Rules whose condition was met, and what was decided"),
        (name = "webhooks", description = "Partners who are told, and what was delivered"),
        (name = "entities", description = "Numbers, accounts and devices, events between them, and what ties cases"),
        (name = "jobs", description = "Durable work"),
        (name = "calibrations", description = "What scores mean, and for whom"),
        (name = "populations", description = "Voices that answers are measured on"),
        (name = "models", description = "Installed models"),
        (name = "service", description = "Events, limits, health, measurements"),
    ),
)]
struct ApiDescription;

fn api() -> OpenApiRouter<AppState> {
    let timed = OpenApiRouter::new()
        .routes(routes!(recordings::list::get_recordings))
        .routes(routes!(recordings::one::get_recording))
        .routes(routes!(recordings::audio::get_audio))
        .routes(routes!(recordings::peaks::get_peaks))
        .routes(routes!(
            recordings::segments::get_segments,
            recordings::segments::put_segments
        ))
        .routes(routes!(recordings::spectrogram::get_spectrogram))
        .routes(routes!(recordings::voices::get_voices))
        .routes(routes!(voices::get_voice))
        .routes(routes!(cases::list::get_cases, cases::open::post_case))
        .routes(routes!(cases::one::get_case, cases::edit::patch_case))
        .routes(routes!(
            entities::list::get_case_entities,
            entities::add::post_case_entity
        ))
        .routes(routes!(entities::events::get_case_events))
        .routes(routes!(entities::one::get_entity))
        .routes(routes!(entities::events::get_entity_events))
        .routes(routes!(graph::case::get_case_graph))
        .routes(routes!(graph::calls::get_case_calls))
        .routes(routes!(graph::shared::get_shared))
        .routes(routes!(graph::path::get_path))
        .routes(routes!(imports::one::get_import))
        .routes(routes!(
            subjects::list::get_subjects,
            subjects::enter::post_subject
        ))
        .routes(routes!(
            subjects::one::get_subject,
            subjects::edit::patch_subject
        ))
        .routes(routes!(
            subjects::enrolments::get_enrolments,
            subjects::enrol::post_enrolment
        ))
        .routes(routes!(subjects::withdraw::delete_enrolment))
        .routes(routes!(
            searches::list::get_searches,
            searches::search::post_search
        ))
        .routes(routes!(searches::one::get_search))
        .routes(routes!(searches::batch::post_batch_search))
        .routes(routes!(
            comparisons::list::get_comparisons,
            comparisons::compare::post_comparison
        ))
        .routes(routes!(comparisons::one::get_comparison))
        .routes(routes!(comparisons::report::get_report))
        .routes(routes!(links::list::get_links, links::propose::post_link))
        .routes(routes!(links::one::get_link))
        .routes(routes!(links::decide::post_decision))
        .routes(routes!(groups::list::get_groups))
        .routes(routes!(groups::one::get_group))
        .routes(routes!(series::list::get_series_list))
        .routes(routes!(series::one::get_series))
        .routes(routes!(jobs::list::get_jobs, jobs::queue::post_job))
        .routes(routes!(jobs::one::get_job))
        .routes(routes!(jobs::cancel::post_cancel))
        .routes(routes!(jobs::retry::post_retry))
        .routes(routes!(
            calibrations::list::get_calibrations,
            calibrations::add::post_calibration
        ))
        .routes(routes!(calibrations::trials::get_trials))
        .routes(routes!(calibrations::one::get_calibration))
        .routes(routes!(calibrations::activate::post_activation))
        .routes(routes!(calibrations::retire::post_retirement))
        .routes(routes!(
            populations::list::get_populations,
            populations::add::post_population
        ))
        .routes(routes!(populations::one::get_population))
        .routes(routes!(populations::new_version::post_version))
        .routes(routes!(populations::members::get_members))
        .merge(watching())
        .routes(routes!(models::get_models))
        .routes(routes!(limits::get_limits))
        .routes(routes!(health::get_health))
        .routes(routes!(health::get_readiness))
        .routes(routes!(metrics::get_metrics));
    // Uploads and events take as long as they take.
    OpenApiRouter::with_openapi(ApiDescription::openapi())
        .merge(timed)
        .routes(routes!(events::get_events))
        .routes(routes!(recordings::upload::post_recording))
        .routes(routes!(
            imports::list::get_imports,
            imports::receive::post_import
        ))
        .routes(routes!(find::text::get_find, find::clip::post_find))
}

/// Watch lists, rules, alerts and partners.
fn watching() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(
            watchlists::list::get_watch_lists,
            watchlists::make::post_watch_list
        ))
        .routes(routes!(
            watchlists::one::get_watch_list,
            watchlists::edit::patch_watch_list
        ))
        .routes(routes!(
            watchlists::members::get_watch_members,
            watchlists::add_member::post_watch_member
        ))
        .routes(routes!(watchlists::remove_member::post_removal))
        .routes(routes!(rules::list::get_rules, rules::make::post_rule))
        .routes(routes!(rules::one::get_rule, rules::edit::patch_rule))
        .routes(routes!(rules::check::post_check))
        .routes(routes!(rules::raise::post_raise))
        .routes(routes!(alerts::list::get_alerts))
        .routes(routes!(alerts::one::get_alert))
        .routes(routes!(alerts::acknowledge::post_acknowledgement))
        .routes(routes!(alerts::dispose::post_disposition))
        .routes(routes!(
            webhooks::list::get_webhooks,
            webhooks::make::post_webhook
        ))
        .routes(routes!(
            webhooks::one::get_webhook,
            webhooks::edit::patch_webhook
        ))
        .routes(routes!(webhooks::secret::post_secret))
        .routes(routes!(webhooks::test::post_test))
        .routes(routes!(webhooks::deliveries::get_deliveries))
        .routes(routes!(webhooks::delivery::get_delivery))
        .routes(routes!(webhooks::retry::post_retry))
        .routes(routes!(webhooks::report::post_report))
}

/// The whole interface over one state.
pub fn router(state: AppState) -> Router {
    let (router, description) = api().split_for_parts();
    let timeout = Duration::from_millis(state.settings.request_timeout_ms);
    let description = serde_json::to_value(&description).unwrap_or_default();
    let docs = SwaggerUi::new(DOCS_PATH).external_url_unchecked(OPENAPI_PATH, description);
    router
        .merge(docs)
        .method_not_allowed_fallback(wrong_method)
        .fallback(pages::get_page)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(move |request, next| {
            timed(timeout, request, next)
        }))
        .layer(middleware::from_fn(local::layer))
        .layer(middleware::from_fn(page_policy))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "the request failed",
                )
                .into_response()
            },
        ))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            request_id::layer,
        ))
        .with_state(state)
}

/// The OpenAPI description as JSON.
///
/// # Errors
/// Never: the description is static.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let (_, description) = api().split_for_parts();
    serde_json::to_string_pretty(&description)
}

/// Cuts off a request that takes too long; uploads and events have no such limit, an upload must
/// make progress instead.
async fn timed(timeout: Duration, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let takes_files = ["/api/v1/recordings", "/api/v1/imports", "/api/v1/find"].contains(&path);
    let untimed =
        takes_files && request.method() == axum::http::Method::POST || path == "/api/v1/events";
    if untimed {
        return next.run(request).await;
    }
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            format!("request took longer than {} ms", timeout.as_millis()),
        )
        .into_response(),
    }
}

async fn wrong_method(request: Request) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!(
            "method is {}, expected one that {OPENAPI_PATH} names for this path",
            request.method()
        ),
    )
}

async fn page_policy(request: Request, next: Next) -> Response {
    let policy = if request.uri().path().starts_with(DOCS_PATH) {
        DOCS_POLICY
    } else {
        PAGE_POLICY
    };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A page of its own kind, such as a report, has a policy of its own.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
