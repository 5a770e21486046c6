//! Audio seconds a second of one thread, stage by stage, over the recordings of a folder.
//!
//! Not a criterion bench: the stages take turns recording by recording, so that a machine that
//! slows down slows all of them, and what counts is the thread's processor time, so that other
//! work on the machine costs little. Thus their ratios stay true.

mod material;
mod stage;

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use serde_json::{Map, json};

use material::Material;
use stage::{Bench, Stage};

/// Measures each stage on one thread, in audio seconds a second.
#[derive(Parser)]
struct Arguments {
    /// Folder of recordings, searched with its folders.
    #[arg(default_value = "audio-samples")]
    folder: PathBuf,
    /// How often each stage goes over all recordings; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.rounds > 0, "0 rounds, expected at least 1");
    let material = Material::read(&arguments.folder)?;
    let audio_s = material.audio_s();
    ensure!(
        audio_s > 0.0,
        "no recording of a second or more in {}",
        arguments.folder.display()
    );
    let mut bench = Bench::new()?;
    // The first round opens sessions and fills caches.
    bench.round(&material)?;
    let rounds: Vec<_> = (0..arguments.rounds)
        .map(|_| bench.round(&material))
        .collect::<Result<_, _>>()
        .context("a stage failed")?;
    let speeds: Vec<(Stage, f64)> = Stage::ALL
        .into_iter()
        .map(|stage| {
            let mut times: Vec<Duration> = rounds.iter().map(|round| round[&stage]).collect();
            times.sort();
            (stage, audio_s / times[times.len() / 2].as_secs_f64())
        })
        .collect();
    let mut out = stdout().lock();
    if arguments.json {
        let stages: Map<_, _> = speeds
            .iter()
            .map(|(stage, speed)| (stage.name().to_owned(), json!(speed)))
            .collect();
        let line = json!({ "tool": "voxtrace", "audio_s": audio_s, "stages": stages });
        writeln!(out, "{line}")?;
    } else {
        writeln!(
            out,
            "{audio_s:.1} s of audio, median of {} rounds",
            rounds.len()
        )?;
        for (stage, speed) in &speeds {
            writeln!(out, "{:<16} {speed:>9.1} x real time", stage.name())?;
        }
    }
    Ok(())
}
