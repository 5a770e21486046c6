//! `voxtrace calibrations list|add|show|activate|retire|export-trials`

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use serde_json::json;

use super::DataArgs;
use super::compose::{data_folder, services};
use super::output::{Exit, Output, table, write_new};
use crate::config::Config;
use crate::domain::{CalibrationId, Proposer};
use crate::evaluation::MIN_TRAINING_SPEAKERS;
use crate::http::StoredCalibrationBody;
use crate::services::{Actor, CalibrationEntry, Services, TrialChoice, TrialSource};

/// Largest calibration that is read: 200 draws and histograms of three conditions have some tens of
/// kilobytes.
const MAX_CALIBRATION_BYTES: u64 = 1 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum CalibrationsAction {
    /// List the calibrations of the archive; the one in use is marked.
    List(DataArgs),
    /// Add a calibration of `voxtrace calibrate`. It is not used until it is activated.
    Add {
        /// Its file.
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print the file of a calibration, as `verify` needs it for reports that were made with it.
    Show {
        /// Id of the calibration.
        id: CalibrationId,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Make answers with a calibration from now on.
    Activate {
        /// Id of the calibration.
        id: CalibrationId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Retire a calibration: it is not used again.
    Retire {
        /// Id of the calibration.
        id: CalibrationId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Write labelled trials of the archive's voices for `voxtrace calibrate --audio DATA/blobs`.
    ExportTrials(ExportArgs),
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The CSV file, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Decisions of people that the trials are made of: enrolments, and links that were confirmed or
    /// rejected. People who decide a link are shown its ratio: see docs/method.md before training on
    /// them.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "enrolments",
        value_name = "WHICH,..."
    )]
    from: Vec<TrialSource>,
    /// Only links that were proposed by the service, or by a person.
    #[arg(long, value_name = "service|person", value_parser = parse_proposer)]
    proposed_by: Option<Proposer>,
    #[command(flatten)]
    data: DataArgs,
}

fn parse_proposer(text: &str) -> Result<Proposer, String> {
    let mut all = [Proposer::Service, Proposer::Person].into_iter();
    all.find(|proposer| proposer.as_str() == text)
        .ok_or_else(|| format!("{text:?} is unknown, expected service or person"))
}

impl CalibrationsAction {
    fn data(&self) -> &DataArgs {
        match self {
            Self::List(data)
            | Self::Add { data, .. }
            | Self::Show { data, .. }
            | Self::Activate { data, .. }
            | Self::Retire { data, .. } => data,
            Self::ExportTrials(args) => &args.data,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    action: CalibrationsAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    if let CalibrationsAction::ExportTrials(args) = &action {
        ensure!(
            !args.out.exists(),
            "{} is there already, expected a new file",
            args.out.display()
        );
    }
    let services = services(config, &data_folder(config, action.data())).await?;
    let outcome = act(&services, action, as_json, output).await;
    services.store().close().await;
    outcome
}

async fn act(
    services: &Services,
    action: CalibrationsAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let actor = Actor::command_line();
    let entries = match action {
        CalibrationsAction::List(_) => services.calibrations().await?,
        CalibrationsAction::Add { file, .. } => {
            let text = read(&file)?;
            vec![services.add_calibration(&actor, text).await?]
        }
        CalibrationsAction::Show { id, .. } => {
            let entry = services.stored_calibration(id).await?;
            // Its digest is that of the file, so nothing is added.
            output.raw(&entry.stored.file)?;
            return Ok(Exit::Done);
        }
        CalibrationsAction::Activate { id, reason, .. } => {
            vec![services.activate_calibration(&actor, id, reason).await?]
        }
        CalibrationsAction::Retire { id, reason, .. } => {
            vec![services.retire_calibration(&actor, id, reason).await?]
        }
        CalibrationsAction::ExportTrials(args) => {
            return export(services, &args, as_json, output).await;
        }
    };
    let in_use = services.calibration().await?;
    if as_json {
        for entry in entries {
            output.json(&StoredCalibrationBody::of(entry, in_use.sha256()))?;
        }
        return Ok(Exit::Done);
    }
    let mut rows = vec![
        [
            "id",
            "name",
            "state",
            "speakers",
            "languages",
            "Cllr",
            "SHA-256",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(entries.iter().map(entry_row));
    output.line(&table(&rows))?;
    let from = if services.calibration_is_set() {
        "of the setting models.calibration, which comes before the active one"
    } else {
        "the active one"
    };
    output.line(&format!(
        "answers are made with {} ({from}), SHA-256 {}",
        in_use.name(),
        in_use.sha256()
    ))?;
    Ok(Exit::Done)
}

async fn export(
    services: &Services,
    args: &ExportArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let choice = TrialChoice {
        sources: args.from.clone(),
        proposed_by: args.proposed_by,
    };
    let trials = services
        .export_trials(&Actor::command_line(), choice)
        .await?;
    write_new("trials", &args.out, &trials.csv)?;
    let audio = services.settings().data.join("blobs");
    if as_json {
        let conditions = trials.by_condition.iter();
        output.json(&json!({
            "out": args.out.display().to_string(),
            "audio": audio.display().to_string(),
            "speakers": trials.speakers,
            "targets": trials.targets,
            "non_targets": trials.non_targets,
            "from_links": trials.from_links,
            "voices_left_out": trials.left_out,
            "links_left_out": trials.links_left_out,
            "links_contradictory": trials.links_contradictory,
            "conditions": conditions.map(|one| json!({
                "pair": one.pair,
                "speakers": one.speakers,
                "targets": one.targets,
                "non_targets": one.non_targets,
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let mut rows = vec![
        ["condition", "speakers", "targets", "others"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for one in &trials.by_condition {
        rows.push(vec![
            one.pair.to_owned(),
            one.speakers.to_string(),
            one.targets.to_string(),
            one.non_targets.to_string(),
        ]);
    }
    output.line(&table(&rows))?;
    output.line(&format!(
        "{} speakers with two recordings or more; {} of the trials are decided links; left out: {} \
         enrolled voices, {} decided links, {} contradictory links; written to {}\n\
         a calibration needs {MIN_TRAINING_SPEAKERS} speakers in each condition; next: voxtrace \
         calibrate --trials {} --audio {} ...",
        trials.speakers,
        trials.from_links,
        trials.left_out,
        trials.links_left_out,
        trials.links_contradictory,
        args.out.display(),
        args.out.display(),
        audio.display()
    ))?;
    Ok(Exit::Done)
}

fn read(file: &std::path::Path) -> anyhow::Result<String> {
    let context = || format!("calibration {} cannot be read", file.display());
    let size = std::fs::metadata(file).with_context(context)?.len();
    ensure!(
        size <= MAX_CALIBRATION_BYTES,
        "calibration {} has {size} bytes, expected at most {MAX_CALIBRATION_BYTES}",
        file.display()
    );
    std::fs::read_to_string(file).with_context(context)
}

fn entry_row(entry: &CalibrationEntry) -> Vec<String> {
    let cllrs = entry.file.conditions.iter();
    let cllrs: Vec<String> = cllrs.map(|one| format!("{:.3}", one.cllr)).collect();
    vec![
        entry.stored.id.to_string(),
        entry.stored.name.clone(),
        entry.stored.state.as_str().to_owned(),
        entry.file.speakers.to_string(),
        entry.file.languages.join(","),
        cllrs.join("/"),
        entry.stored.sha256.to_string(),
    ]
}
