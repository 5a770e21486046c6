//! `GET /calibrations/trials.csv`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::Proposer;
use crate::http::AppState;
use crate::http::extract::Params;
use crate::http::problem::Problem;
use crate::services::{Actor, TrialChoice, TrialSource};

/// Which trials.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrialParams {
    /// Decisions of people that they are made of, with commas between: `enrolments`, and links that
    /// were `confirmed` or `rejected`; enrolments when left out.
    pub from: Option<String>,
    /// Only links that were proposed by the `service` or by a `person`.
    pub proposed_by: Option<String>,
}

impl TrialParams {
    fn choice(self) -> Result<TrialChoice, Problem> {
        let mut choice = TrialChoice::default();
        if let Some(from) = self.from {
            let sources = from
                .split(',')
                .map(|name| name.trim().parse::<TrialSource>());
            choice.sources = sources.collect::<Result<_, _>>().map_err(|_| {
                Problem::invalid(
                    "from",
                    format!("{from:?}"),
                    "enrolments, confirmed or rejected",
                )
            })?;
        }
        choice.proposed_by = match self.proposed_by.as_deref() {
            None => None,
            Some("service") => Some(Proposer::Service),
            Some("person") => Some(Proposer::Person),
            Some(other) => {
                let found = format!("{other:?}");
                return Err(Problem::invalid("proposed_by", found, "service or person"));
            }
        };
        Ok(choice)
    }
}

/// Labelled trials of the archive's voices, for `voxtrace calibrate --audio DATA/blobs`: what people
/// decided, and nothing that ratios alone put together.
#[utoipa::path(
    get,
    path = "/api/v1/calibrations/trials.csv",
    tag = "calibrations",
    params(TrialParams),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = 422, body = Problem, description = "Too few speakers with two recordings"),
    ),
)]
pub async fn get_trials(
    State(state): State<AppState>,
    Params(params): Params<TrialParams>,
) -> Result<Response, Problem> {
    let choice = params.choice()?;
    let trials = state
        .services
        .export_trials(&Actor::local(), choice)
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"trials.csv\"",
        ),
    ];
    Ok((headers, trials.csv).into_response())
}
