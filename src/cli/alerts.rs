//! `voxtrace alerts list`: alerts without a service, as for a watch at night or a script.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::DataArgs;
use super::compose::{data_folder, open_store};
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::domain::{Alert, AlertState, Disposition, PageRequest};
use crate::store::{AlertFilter, Store};

/// Alerts that are listed at most where no number is given.
const DEFAULT_LIMIT: u32 = 100;

#[derive(Debug, Subcommand)]
pub(super) enum AlertsAction {
    /// List alerts, the newest first.
    List(ListArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only those in this state.
    #[arg(long, value_name = "STATE")]
    state: Option<StateArg>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT)]
    limit: u32,
    #[command(flatten)]
    data: DataArgs,
}

/// State of an alert.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateArg {
    /// Nobody has taken it up.
    Open,
    /// Somebody has.
    Acknowledged,
    /// It was decided on.
    Disposed,
}

impl From<StateArg> for AlertState {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Open => Self::Open,
            StateArg::Acknowledged => Self::Acknowledged,
            StateArg::Disposed => Self::Disposed,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    action: AlertsAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let AlertsAction::List(args) = action;
    let store = open_store(&data_folder(config, &args.data)).await?;
    let filter = AlertFilter {
        state: args.state.map(Into::into),
        rule_id: None,
    };
    let page = PageRequest {
        limit: args.limit,
        after: None,
    };
    let alerts = store.reader().await?.alerts(&filter, page).await?.items;
    store.close().await;
    if as_json {
        for alert in &alerts {
            output.json(&alert_json(alert))?;
        }
        return Ok(Exit::Done);
    }
    let head = ["id", "rule", "state", "seen", "log10 LR", "last seen"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(alerts.iter().map(alert_row));
    output.line(&table(&rows))?;
    Ok(Exit::Done)
}

fn alert_row(alert: &Alert) -> Vec<String> {
    let evidence = alert.evidence.as_ref();
    vec![
        alert.id.to_string(),
        alert.rule_name.clone(),
        state_of(alert).to_owned(),
        alert.sightings.to_string(),
        evidence.map_or_else(String::new, |evidence| format!("{:.2}", evidence.log10_lr)),
        alert.last_seen_at.to_string(),
    ]
}

/// What was decided, or how far it is.
fn state_of(alert: &Alert) -> &'static str {
    alert
        .disposition
        .map_or(alert.state.as_str(), Disposition::as_str)
}

fn alert_json(alert: &Alert) -> Value {
    json!({
        "id": alert.id,
        "rule_id": alert.rule_id,
        "rule_version": alert.rule_version,
        "rule_name": alert.rule_name,
        "kind": alert.kind,
        "matter": alert.matter,
        "evidence": alert.evidence,
        "state": alert.state,
        "disposition": alert.disposition.map(Disposition::as_str),
        "sightings": alert.sightings,
        "first_seen_at": alert.first_seen_at,
        "last_seen_at": alert.last_seen_at,
    })
}
