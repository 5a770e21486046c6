//! `voxtrace ingest PATH...`: brings recordings into the archive and analyses them.

mod report;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::IngestArgs;
use super::analyse::digest;
use super::compose::{data_folder, services, workers};
use super::manifest::{self, Entry};
use super::output::{Exit, Output};
use crate::config::Config;
use crate::domain::{
    CallFacts, JobKind, JobState, PageRequest, Recording, RecordingId, RecordingState, Sha256,
};
use crate::services::{
    Actor, CaseChoice, JobFilter, Received, ReceivedOutcome, RecordingMetadata, Services,
};

/// How often the archive is asked which recordings are analysed.
const POLL: Duration = Duration::from_millis(200);

/// How one file fared.
enum Fate {
    Waiting(RecordingId),
    Skipped(Box<Recording>),
    Refused(String),
}

pub(super) async fn run(
    config: &Config,
    args: IngestArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let entries = entries_of(&args.paths, args.case.as_deref())?;
    let data = data_folder(config, &args.data);
    let services = services(config, &data).await?;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(workers(config, &services, &data)?.run(shutdown.clone()));
    let interrupted = shutdown.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });

    let bar = progress_bar(entries.len() as u64);
    let outcome = ingest_all(&services, &entries, &shutdown, &bar).await;
    let interrupted = shutdown.is_cancelled();
    shutdown.cancel();
    working.await.context("workers ended early")??;
    bar.finish_and_clear();
    let fates = outcome?;
    let exit = report::report(&services, &entries, fates, as_json, output).await?;
    services.store().close().await;
    if interrupted {
        tracing::warn!("interrupted: run the same command again to go on");
        return Ok(Exit::Failed);
    }
    Ok(exit)
}

/// Stores every file, and waits until each is analysed.
async fn ingest_all(
    services: &Arc<Services>,
    entries: &[Entry],
    shutdown: &CancellationToken,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Fate>> {
    let mut fates = Vec::with_capacity(entries.len());
    let mut waiting: Vec<RecordingId> = Vec::new();
    for entry in entries {
        if shutdown.is_cancelled() {
            break;
        }
        let fate = match store_file(services, entry).await {
            Ok(received) => match received.recording.state {
                RecordingState::Pending => {
                    waiting.push(received.recording.id);
                    Fate::Waiting(received.recording.id)
                }
                RecordingState::Analysed | RecordingState::NoVoice | RecordingState::Failed => {
                    bar.inc(1);
                    match received.outcome {
                        ReceivedOutcome::AlreadyThere => {
                            Fate::Skipped(Box::new(received.recording))
                        }
                        ReceivedOutcome::Stored => Fate::Waiting(received.recording.id),
                    }
                }
            },
            Err(error) => {
                bar.inc(1);
                Fate::Refused(format!("{error:#}"))
            }
        };
        fates.push(fate);
        drop_analysed(services, &mut waiting, bar).await?;
    }
    while !waiting.is_empty() && !shutdown.is_cancelled() {
        let _ = tokio::time::timeout(POLL, shutdown.cancelled()).await;
        drop_analysed(services, &mut waiting, bar).await?;
    }
    while !shutdown.is_cancelled() && links_are_looked_for(services).await? {
        let _ = tokio::time::timeout(POLL, shutdown.cancelled()).await;
    }
    Ok(fates)
}

/// Whether link jobs wait or run: an archive that was brought in is linked when the command ends.
async fn links_are_looked_for(services: &Services) -> anyhow::Result<bool> {
    let mut reader = services.store().reader().await?;
    for state in [JobState::Queued, JobState::Running] {
        let filter = JobFilter {
            kind: Some(JobKind::Link),
            state: Some(state),
            recording_id: None,
        };
        let page = PageRequest {
            limit: 1,
            after: None,
        };
        if !reader.jobs(&filter, page).await?.items.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes recordings that are no longer pending off the list. The oldest are done first, so looking
/// stops at the first few that are not.
async fn drop_analysed(
    services: &Services,
    waiting: &mut Vec<RecordingId>,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    const LOOK_AHEAD: usize = 16;
    let mut reader = services.store().reader().await?;
    let mut still = Vec::with_capacity(waiting.len());
    let mut pending_seen = 0;
    for id in waiting.drain(..) {
        let pending = pending_seen >= LOOK_AHEAD
            || reader
                .recording(id)
                .await?
                .is_some_and(|recording| recording.state == RecordingState::Pending);
        if pending {
            pending_seen += 1;
            still.push(id);
        } else {
            bar.inc(1);
        }
    }
    *waiting = still;
    Ok(())
}

/// Stores one file unless its case has these bytes already; hashing first spares the copy.
pub(super) async fn store_file(
    services: &Arc<Services>,
    entry: &Entry,
) -> anyhow::Result<Received> {
    let path = entry.path.clone();
    let metadata = RecordingMetadata {
        filename: file_name(&path),
        case: entry
            .case_no
            .clone()
            .map_or(CaseChoice::None, CaseChoice::No),
        call: entry.call.clone(),
    };
    let hashed = tokio::task::spawn_blocking(move || -> anyhow::Result<(PathBuf, Sha256)> {
        let mut file =
            File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let sha256 =
            digest(&mut file).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((path, sha256))
    });
    let (path, sha256) = hashed.await??;
    if let Some(received) = services.already_there(sha256, &metadata.case).await? {
        return Ok(received);
    }
    let blobs = Arc::clone(services.blobs());
    let media = Arc::clone(services.media());
    let copied = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut file =
            File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        media
            .check(&file)
            .with_context(|| format!("refused {}", path.display()))?;
        std::io::Seek::rewind(&mut file)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let mut incoming = blobs.begin()?;
        let mut buffer = vec![0u8; 1 << 16];
        loop {
            let read = file
                .read(&mut buffer)
                .with_context(|| format!("cannot read {}", path.display()))?;
            if read == 0 {
                break;
            }
            incoming.write(buffer.get(..read).unwrap_or_default())?;
        }
        Ok(incoming.finish()?)
    });
    let blob = copied.await??;
    Ok(services
        .receive_recording(&Actor::command_line(), &blob, metadata)
        .await?)
}

/// Waits until a recording is analysed.
pub(super) async fn analysed(services: &Services, id: RecordingId) -> anyhow::Result<Recording> {
    loop {
        let recording = services.recording(id).await?;
        if recording.state != RecordingState::Pending {
            return Ok(recording);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Files as they are, folders in depth by name, manifests row by row.
fn entries_of(paths: &[PathBuf], case_no: Option<&str>) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path)
            .with_context(|| format!("cannot open {}", path.display()))?
            .file_type();
        if kind.is_dir() {
            for file in files_below(path)? {
                entries.push(Entry {
                    path: file,
                    case_no: None,
                    call: CallFacts::default(),
                });
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
        {
            entries.extend(manifest::read(path)?);
        } else {
            entries.push(Entry {
                path: path.clone(),
                case_no: None,
                call: CallFacts::default(),
            });
        }
    }
    for entry in &mut entries {
        if entry.case_no.is_none() {
            entry.case_no = case_no.map(str::to_owned);
        }
    }
    Ok(entries)
}

fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().is_file() && !hidden {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn progress_bar(files: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {elapsed}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(files).with_style(style)
}
