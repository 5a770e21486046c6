//! `GET /comparisons/{id}/report`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::ComparisonId;
use crate::http::AppState;
use crate::http::extract::{Ids, Params};
use crate::http::problem::Problem;
use crate::services::{Actor, Language};

/// Language of a report.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportLanguage {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// Which report.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportParams {
    /// Language; English when left out.
    #[serde(default)]
    #[param(inline)]
    pub lang: ReportLanguage,
}

/// The report of a comparison: a page that stands alone, signed with the archive's key, and that
/// `voxtrace verify` makes again from the recordings.
#[utoipa::path(
    get,
    path = "/api/v1/comparisons/{id}/report",
    tag = "comparisons",
    params(("id" = uuid::Uuid, Path, description = "Comparison"), ReportParams),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = 404, body = Problem),
        (status = 422, body = Problem, description = "Made before there were such reports"),
        (status = 500, body = Problem, description = "`report_key`: the key to sign with cannot be used"),
    ),
)]
pub async fn get_report(
    State(state): State<AppState>,
    Ids(id): Ids<ComparisonId>,
    Params(params): Params<ReportParams>,
) -> Result<Response, Problem> {
    let language = match params.lang {
        ReportLanguage::En => Language::English,
        ReportLanguage::Zh => Language::Chinese,
    };
    let page = state
        .services
        .comparison_report(&Actor::local(), id, language)
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // The page needs its own styles and nothing else; names of files stand in it.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    Ok((headers, page).into_response())
}
