//! `voxtrace batch-search`

use clap::Args;

use super::DataArgs;
use super::compose::{data_folder, services};
use super::output::{Exit, Output};
use super::search_filters::FilterArgs;
use crate::config::Config;
use crate::domain::{BatchSearchRequest, SearchFilters};
use crate::services::{Actor, ServiceError};

#[derive(Debug, Args)]
pub(super) struct BatchSearchArgs {
    /// Only voices of the case with this number are probes; all voices when left out.
    #[arg(long, value_name = "NO")]
    probes_of_case: Option<String>,
    /// How many candidates for each probe.
    #[arg(long, value_name = "K", default_value_t = 5)]
    top: u32,
    /// Leave out candidates below this log10 LR.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    min_log10_lr: Option<f64>,
    /// Against what: all, subjects, archive.
    #[arg(long, value_name = "WHAT", default_value = "all", value_parser = super::parse_against)]
    against: crate::domain::Against,
    #[command(flatten)]
    filters: FilterArgs,
    /// Purpose, kept in the audit trail.
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

/// Prints lines of JSON as they come, whatever `--json` says: the answer has no other form.
pub(super) async fn run(
    config: &Config,
    args: BatchSearchArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let services = services(config, &data_folder(config, &args.data)).await?;
    let mut probes = SearchFilters::default();
    if let Some(case_no) = args.probes_of_case {
        let mut reader = services.store().reader().await?;
        let case = reader.case_by_no(case_no.trim()).await?;
        let case = case.ok_or_else(|| ServiceError::not_found("case", &case_no))?;
        probes.case_id = Some(case.id);
    }
    let request = BatchSearchRequest {
        probes,
        against: args.against,
        filters: args.filters.filters(&services).await?,
        top_k: args.top,
        min_log10_lr: args.min_log10_lr,
        purpose: args.purpose,
    };
    let mut lines = services
        .batch_search(&Actor::command_line(), request)
        .await?;
    while let Some(line) = lines.recv().await {
        output.line(line?.trim_end())?;
    }
    services.store().close().await;
    Ok(Exit::Done)
}
