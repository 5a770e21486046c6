//! `voxtrace links list|show|decide|run|evaluate`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::DataArgs;
use super::compose::{data_folder, services};
use super::links_run;
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::domain::{Decision, Link, LinkId, LinkState, PageRequest, VoiceFacts};
use crate::services::{
    Actor, DecisionRequest, LinkDetail, LinkFilter, LinkShared, Services, SharedOfLink,
};

/// Links that are read at a time.
const PAGE: u32 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum LinksAction {
    /// List the links that count, newest first.
    List(ListArgs),
    /// Print one link with its decisions.
    Show {
        /// Id of the link.
        id: LinkId,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Confirm or reject a link, or reopen what was decided.
    Decide(DecideArgs),
    /// Look for links of voices for which nobody did, work out every group anew, and report what
    /// differs from what stands. For every night, and after another calibration came in use.
    Run(RunArgs),
    /// Measure links and groups against a file that says who speaks.
    Evaluate(EvaluateArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only those in this state.
    #[arg(long, value_name = "STATE")]
    state: Option<StateArg>,
    /// Only those with a side in this case.
    #[arg(long, value_name = "NO")]
    case: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    /// Id of the link.
    id: LinkId,
    /// What is decided.
    decision: DecisionArg,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Let it stand even if it contradicts other decisions.
    #[arg(long)]
    despite_contradictions: bool,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Say what differs, and write nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// CSV path,channel,speaker with paths relative to it.
    #[arg(long, value_name = "CSV")]
    pub(super) truth: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// State of a link.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateArg {
    /// Nobody has decided.
    Proposed,
    /// One speaker.
    Confirmed,
    /// Two speakers.
    Rejected,
}

/// Decision about a link.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DecisionArg {
    /// One speaker.
    Confirm,
    /// Two speakers.
    Reject,
    /// The decision before is taken back.
    Reopen,
}

impl LinksAction {
    fn data(&self) -> &DataArgs {
        match self {
            Self::List(args) => &args.data,
            Self::Show { data, .. } => data,
            Self::Decide(args) => &args.data,
            Self::Run(args) => &args.data,
            Self::Evaluate(args) => &args.data,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    action: LinksAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let services = services(config, &data_folder(config, action.data())).await?;
    let outcome = match action {
        LinksAction::List(args) => list(&services, &args, as_json, output).await,
        LinksAction::Show { id, .. } => {
            let detail = services.link_detail(id).await;
            print_detail(detail.map_err(Into::into), as_json, output)
        }
        LinksAction::Decide(args) => {
            let request = DecisionRequest {
                decision: match args.decision {
                    DecisionArg::Confirm => Decision::Confirm,
                    DecisionArg::Reject => Decision::Reject,
                    DecisionArg::Reopen => Decision::Reopen,
                },
                reason: args.reason,
                version: None,
                despite_contradictions: args.despite_contradictions,
            };
            let actor = Actor::command_line();
            let detail = services.decide_link(&actor, args.id, request).await;
            print_detail(detail.map_err(Into::into), as_json, output)
        }
        LinksAction::Run(args) => links_run::run(&services, &args, as_json, output).await,
        LinksAction::Evaluate(args) => links_run::evaluate(&services, &args, as_json, output).await,
    };
    services.store().close().await;
    outcome
}

async fn list(
    services: &Services,
    args: &ListArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut reader = services.store().reader().await?;
    let case_id = match &args.case {
        None => None,
        Some(case_no) => match reader.case_by_no(case_no).await? {
            Some(case) => Some(case.id),
            None => anyhow::bail!("case {case_no:?} does not exist"),
        },
    };
    let filter = LinkFilter {
        state: args.state.map(|state| match state {
            StateArg::Proposed => LinkState::Proposed,
            StateArg::Confirmed => LinkState::Confirmed,
            StateArg::Rejected => LinkState::Rejected,
        }),
        case_id,
        ..Default::default()
    };
    let mut rows = vec![
        ["id", "state", "log10 LR", "left", "right", "proposed by"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut after = None;
    loop {
        let page = PageRequest { limit: PAGE, after };
        let links = reader.links(&filter, page).await?;
        for link in &links.items {
            if as_json {
                output.json(&link_json(link))?;
            } else {
                rows.push(link_row(link));
            }
        }
        after = links.next;
        if after.is_none() {
            break;
        }
    }
    if !as_json {
        output.line(&table(&rows))?;
        output.line(&format!("{} links", rows.len() - 1))?;
    }
    Ok(Exit::Done)
}

fn print_detail(
    detail: anyhow::Result<LinkDetail>,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let LinkDetail {
        link,
        decisions,
        shared,
        ..
    } = detail?;
    if as_json {
        let mut value = link_json(&link);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("decisions".to_owned(), json!(decisions));
            fields.insert("shared_now".to_owned(), shared_json(&shared));
        }
        output.json(&value)?;
        return Ok(Exit::Done);
    }
    let heading = ["id", "state", "log10 LR", "left", "right", "proposed by"];
    output.line(&table(&[
        heading.map(str::to_owned).to_vec(),
        link_row(&link),
    ]))?;
    for line in shared_lines(&shared) {
        output.line(&line)?;
    }
    for decision in &decisions {
        output.line(&format!(
            "{} {} by {}: {}",
            decision.at,
            decision.decision.as_str(),
            decision.author,
            decision.reason
        ))?;
    }
    Ok(Exit::Done)
}

/// What both sides have, a line each.
fn shared_lines(shared: &LinkShared) -> Vec<String> {
    let line = |what: &'static str| {
        move |one: &SharedOfLink| {
            let (kind, value) = (one.entity.kind.as_str(), &one.entity.normalised);
            let (cases, weight) = (one.cases, one.weight);
            format!("{what}: {kind} {value}, in {cases} cases, weight {weight:.2}")
        }
    };
    let in_calls = shared.in_calls.iter().map(line("both calls"));
    let mut lines: Vec<String> = in_calls
        .chain(shared.in_cases.iter().map(line("both cases")))
        .collect();
    let more = shared
        .in_cases_total
        .saturating_sub(shared.in_cases.len() as u64);
    if more > 0 {
        lines.push(format!("both cases: {more} more"));
    }
    lines
}

fn shared_json(shared: &LinkShared) -> Value {
    let list = |list: &[SharedOfLink]| -> Vec<Value> {
        list.iter()
            .map(|one| {
                json!({
                    "kind": one.entity.kind,
                    "normalised": one.entity.normalised,
                    "cases": one.cases,
                    "weight": one.weight,
                })
            })
            .collect()
    };
    json!({
        "all_cases": shared.all_cases,
        "in_calls": list(&shared.in_calls),
        "in_cases": list(&shared.in_cases),
        "in_cases_total": shared.in_cases_total,
    })
}

fn link_row(link: &Link) -> Vec<String> {
    vec![
        link.id.to_string(),
        link.state.as_str().to_owned(),
        format!("{:+.2}", link.evidence.log10_lr),
        side(&link.left),
        side(&link.right),
        link.proposed_by.clone(),
    ]
}

fn side(facts: &VoiceFacts) -> String {
    let case = facts.case_no.as_deref().unwrap_or("no case");
    let label = facts.label.unwrap_or_default();
    format!("{case} {} {}.{label}", facts.filename, facts.channel)
}

fn link_json(link: &Link) -> Value {
    json!({
        "id": link.id,
        "state": link.state,
        "left": link.left,
        "right": link.right,
        "score": link.evidence.score,
        "llr": link.evidence.llr,
        "log10_lr": link.evidence.log10_lr,
        "calibration": link.evidence.calibration.name,
        "reasons": link.reasons,
        "proposer": link.proposer,
        "proposed_by": link.proposed_by,
        "version": link.version,
        "created_at": link.created_at,
    })
}
