//! Which voices of the archive a search is about, from the command line.

use clap::Args;

use crate::domain::{Bandwidth, SearchFilters, SubjectClass, Timestamp, WatchListId};
use crate::services::{ServiceError, Services};

#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only enrolled voices of subjects of this class, such as suspect.
    #[arg(long, value_name = "CLASS")]
    class: Option<SubjectClass>,
    /// Only enrolled voices of the subjects on this watch list.
    #[arg(long, value_name = "ID")]
    watch_list: Option<WatchListId>,
    /// Only voices of the case with this number.
    #[arg(long, value_name = "NO")]
    in_case: Option<String>,
    /// No voices of the probe's own case.
    #[arg(long)]
    exclude_own_case: bool,
    /// Only calls that began at this time or later, such as 2026-03-01T00:00:00+08:00.
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    started_from: Option<Timestamp>,
    /// Only calls that began before this time.
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    started_before: Option<Timestamp>,
    /// Only calls from or to a number that begins so, such as +86755.
    #[arg(long, value_name = "DIGITS")]
    number_prefix: Option<String>,
    /// Only voices of this measured bandwidth: narrowband or wideband.
    #[arg(long, value_name = "BAND", value_parser = parse_bandwidth)]
    bandwidth: Option<Bandwidth>,
}

impl FilterArgs {
    /// What they say of this archive.
    pub(super) async fn filters(self, services: &Services) -> anyhow::Result<SearchFilters> {
        let case_id = match self.in_case {
            None => None,
            Some(case_no) => {
                let mut reader = services.store().reader().await?;
                let case = reader.case_by_no(case_no.trim()).await?;
                Some(
                    case.ok_or_else(|| ServiceError::not_found("case", &case_no))?
                        .id,
                )
            }
        };
        Ok(SearchFilters {
            subject_class: self.class,
            watch_list_id: self.watch_list,
            case_id,
            exclude_own_case: self.exclude_own_case,
            started_from: self.started_from,
            started_before: self.started_before,
            number_prefix: self.number_prefix,
            bandwidth: self.bandwidth,
        })
    }
}

fn parse_bandwidth(text: &str) -> Result<Bandwidth, String> {
    match text {
        "narrowband" => Ok(Bandwidth::Narrowband),
        "wideband" => Ok(Bandwidth::Wideband),
        other => Err(format!(
            "{other:?} is unknown, expected narrowband or wideband"
        )),
    }
}
