//! `voxtrace events import FILE --kind calls --case NO`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::DataArgs;
use super::compose::{data_folder, services, workers};
use super::output::{Exit, Output};
use crate::config::Config;
use crate::domain::{Import, ImportId, ImportState, RowError};
use crate::services::{Actor, CaseChoice, ImportReport, NewImport, Services, Upload};

/// How often the archive is asked how far an import is.
const POLL: Duration = Duration::from_millis(200);
/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;
/// Errors of rows that are shown to people; JSON has all that are kept.
const SHOWN_ERRORS: usize = 20;

#[derive(Debug, Subcommand)]
pub(super) enum EventsAction {
    /// Import a table of calls, transfers, logins or movements. A second run goes on where an
    /// interrupted one ended.
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Table: CSV in UTF-8, GBK or GB18030.
    file: PathBuf,
    /// What the rows are: calls, transfers, logins, movements.
    #[arg(long, value_name = "KIND")]
    kind: String,
    /// Case that the events belong to; it must exist.
    #[arg(long, value_name = "NO")]
    case: String,
    /// How the columns are read, as TOML or JSON; what it leaves out is found from the table.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Write nothing, and say what would become of the rows.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub(super) async fn run(
    config: &Config,
    action: EventsAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    match action {
        EventsAction::Import(args) => import(config, args, as_json, output).await,
    }
}

async fn import(
    config: &Config,
    args: ImportArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mapping = match &args.mapping {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("mapping {} cannot be read", path.display()))?,
    };
    let filename = args
        .file
        .file_name()
        .unwrap_or(args.file.as_os_str())
        .to_string_lossy()
        .into_owned();
    let new = NewImport {
        filename,
        case: CaseChoice::No(args.case.clone()),
        kind: args.kind.clone(),
        mapping,
    };
    let data = data_folder(config, &args.data);
    let services = services(config, &data).await?;
    let upload = read_file(&services, &args.file).await?;
    if args.dry_run {
        let report = services.try_import(upload, new).await?;
        say(&report, None, as_json, output)?;
        services.store().close().await;
        return Ok(Exit::Done);
    }
    let received = services
        .receive_import(&Actor::command_line(), upload, new)
        .await?;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(workers(config, &services, &data)?.run(shutdown.clone()));
    let interrupted = shutdown.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let ended = wait(&services, received.import.id, &shutdown).await;
    let was_interrupted = shutdown.is_cancelled();
    shutdown.cancel();
    working.await.context("workers ended early")??;
    let import = ended?;
    let (import, report) = services.import_report(import.id).await?;
    say(
        &report,
        Some((&import, received.already_there)),
        as_json,
        output,
    )?;
    services.store().close().await;
    if was_interrupted && import.state == ImportState::Pending {
        tracing::warn!("interrupted: run the same command again to go on");
    }
    Ok(match import.state {
        ImportState::Done => Exit::Done,
        ImportState::Pending | ImportState::Failed | ImportState::Cancelled => Exit::Failed,
    })
}

/// The bytes of a file, as an upload has them.
async fn read_file(services: &Arc<Services>, path: &Path) -> anyhow::Result<Upload> {
    let mut upload = services.begin_upload().await?;
    let mut file =
        std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    loop {
        let mut buffer = vec![0u8; READ_BYTES];
        let read = file
            .read(&mut buffer)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if read == 0 {
            break;
        }
        buffer.truncate(read);
        upload.write(buffer.into()).await?;
    }
    upload.end().await?;
    Ok(upload)
}

/// Waits until an import has ended, or the process is to.
async fn wait(
    services: &Services,
    id: ImportId,
    shutdown: &CancellationToken,
) -> anyhow::Result<Import> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {elapsed}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style);
    loop {
        let import = services.store().reader().await?.import(id).await?;
        let import = import.with_context(|| format!("import {id} is gone"))?;
        bar.set_length(import.rows_total);
        bar.set_position(import.counts.rows);
        if import.state != ImportState::Pending || shutdown.is_cancelled() {
            bar.finish_and_clear();
            return Ok(import);
        }
        let _ = tokio::time::timeout(POLL, shutdown.cancelled()).await;
    }
}

fn say(
    report: &ImportReport,
    import: Option<(&Import, bool)>,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<()> {
    if as_json {
        return output.json(&report_json(report, import));
    }
    let counts = report.counts;
    let plan = &report.plan;
    let columns: Vec<String> = plan
        .columns
        .iter()
        .map(|column| format!("{} = {}", column.field.as_str(), column.header))
        .collect();
    output.line(&format!(
        "{} rows of {}s in {}, times {} of {}; {}",
        report.rows_total,
        plan.kind.as_str(),
        plan.encoding.as_str(),
        plan.date_format.as_str(),
        plan.time_zone,
        columns.join(", ")
    ))?;
    let state = match import {
        None => "dry run, nothing was written".to_owned(),
        Some((import, already)) => format!(
            "import {} {}{}",
            import.id,
            import.state.as_str(),
            if already { ", was there already" } else { "" }
        ),
    };
    output.line(&format!(
        "{} read: {} new, {} duplicates, {} refused ({state})",
        counts.rows, counts.added, counts.duplicates, counts.refused
    ))?;
    for error in report.errors.iter().take(SHOWN_ERRORS) {
        output.line(&format!(
            "line {}: {} is {}, expected {}",
            error.row, error.column, error.found, error.expected
        ))?;
    }
    if report.errors.len() > SHOWN_ERRORS {
        output.line(&format!("and {} more", report.errors.len() - SHOWN_ERRORS))?;
    }
    if let Some(failure) = import.and_then(|(import, _)| import.failure.as_ref()) {
        output.line(&format!("failed: {}", failure.detail))?;
    }
    Ok(())
}

fn report_json(report: &ImportReport, import: Option<(&Import, bool)>) -> Value {
    let counts = report.counts;
    let error = |error: &RowError| {
        json!({
            "row": error.row,
            "column": error.column,
            "found": error.found,
            "expected": error.expected,
        })
    };
    json!({
        "import_id": import.map(|(import, _)| import.id),
        "state": import.map_or("dry_run", |(import, _)| import.state.as_str()),
        "already_there": import.is_some_and(|(_, already)| already),
        "kind": report.plan.kind,
        "encoding": report.plan.encoding,
        "date_format": report.plan.date_format,
        "time_zone": report.plan.time_zone,
        "columns": report.plan.columns,
        "rows_total": report.rows_total,
        "rows": counts.rows,
        "added": counts.added,
        "duplicates": counts.duplicates,
        "refused": counts.refused,
        "errors": report.errors.iter().map(error).collect::<Vec<_>>(),
    })
}
