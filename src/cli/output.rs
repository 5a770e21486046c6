//! What a command prints and how it exits.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};
use crate::services::ServiceError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// Failed; what failed was printed already.
    Failed,
    /// An outcome that is no result: too little speech, no voice.
    NoResult,
}

/// Exit code of wrong usage.
const USAGE: u8 = 2;

/// Writes a document where no file is yet: what was handed out or used is never written over.
pub(super) fn write_new(what: &str, path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .with_context(|| format!("{what} {} cannot be written", path.display()))
}

/// Standard output, one line at a time. A reader that went away is no failure of ours.
pub(super) struct Output;

impl Output {
    pub(super) fn new() -> Self {
        Self
    }

    /// Prints one line.
    pub(super) fn line(&self, text: &str) -> io::Result<()> {
        self.raw(&format!("{text}\n"))
    }

    /// Prints text as it is.
    pub(super) fn raw(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Prints one JSON object on one line.
    pub(super) fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        self.line(&serde_json::to_string(value)?)?;
        Ok(())
    }

    /// Prints what is wrong with the words that the process was called with, or the help that was
    /// asked for.
    pub(super) fn usage(&self, error: &clap::Error) -> ExitCode {
        // Nothing can be done when the terminal is gone.
        let _ = error.print();
        if error.use_stderr() {
            ExitCode::from(USAGE)
        } else {
            ExitCode::SUCCESS
        }
    }

    /// Turns how the command ended into an exit code, and an error into words.
    pub(super) fn finish(&self, outcome: anyhow::Result<Exit>, as_json: bool) -> ExitCode {
        match outcome {
            Ok(Exit::Done) => ExitCode::SUCCESS,
            Ok(Exit::Failed) => ExitCode::FAILURE,
            Ok(Exit::NoResult) => ExitCode::from(3),
            Err(error) => {
                let service = error.downcast_ref::<ServiceError>();
                if let Some(service) = service.filter(|error| error.is_outcome()) {
                    let _ = if as_json {
                        self.json(&outcome_json(service)).map_err(io::Error::other)
                    } else {
                        self.line(&format!("no result: {service}"))
                    };
                    return ExitCode::from(3);
                }
                if as_json {
                    let _ = self.json(&json!({ "error": format!("{error:#}") }));
                }
                let _ = writeln!(io::stderr(), "voxtrace: {error:#}");
                if error.is::<Usage>() {
                    ExitCode::from(USAGE)
                } else {
                    ExitCode::FAILURE
                }
            }
        }
    }
}

/// The words that the process was called with make no sense together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// An outcome that is no result, as the JSON of a command says it.
pub(super) fn outcome_json(error: &ServiceError) -> serde_json::Value {
    match error {
        ServiceError::TooLittleSpeech {
            side,
            purpose,
            found,
            minimum,
        } => json!({
            "outcome": "too_little_speech",
            "detail": error.to_string(),
            "side": side,
            "purpose": purpose,
            "net_speech_ms": found.as_millis(),
            "minimum_ms": minimum.as_millis(),
        }),
        other => json!({ "outcome": "no_voice", "detail": other.to_string() }),
    }
}

/// From which level on a command logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verbosity {
    /// The level in the settings: a service, whose log is what there is to read.
    Configured,
    /// Warnings: a command, whose answer is what there is to read.
    Warnings,
}

/// Logs go to standard error; `RUST_LOG` overrides the level.
pub(super) fn start_logs(config: &LogConfig, verbosity: Verbosity) {
    let level = match verbosity {
        Verbosity::Configured => config.level.as_str(),
        Verbosity::Warnings => "warn,symphonia=error,symphonia_core=error",
    };
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(level))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let ansi = io::stderr().is_terminal();
    let logs = tracing_subscriber::fmt()
        .with_ansi(ansi)
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // A test may have started logs already.
    let _ = match config.format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
}

/// A table with aligned columns; the first row is the heading.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| console::measure_text_width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| {
                    let padding = width.saturating_sub(console::measure_text_width(cell));
                    format!("{cell}{}", " ".repeat(padding))
                })
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}
