//! The whole analysis of recordings, from bytes to voiceprints: audio seconds a second of one
//! core, for each channel, and the share of the time that the networks take.
//!
//! What counts is processor time, of all threads of the process for the whole and of the thread at
//! work for the networks, so that other work on the machine costs little.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write, stdout};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use voxtrace::config::Config;
use voxtrace::domain::{Stopwatch, SystemClock};
use voxtrace::embedding::Embedder;
use voxtrace::pipeline::{Analyser, AnalyserParts};
use voxtrace::runtime::{LibrarySearch, Model, OnnxRuntime, models_folder};
use voxtrace::speech::VadDetector;
use voxtrace::speech::diarize::SpeakerDetector;

/// Measures the whole analysis of the recordings of a folder.
#[derive(Parser)]
struct Arguments {
    /// Folder of recordings, searched with its folders.
    #[arg(default_value = "audio-samples/diarization")]
    folder: PathBuf,
    /// How often all recordings are analysed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Print JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Processor time of the thread that asks.
struct ThreadTime;

impl Stopwatch for ThreadTime {
    fn elapsed(&self) -> Duration {
        processor_time(ClockId::ThreadCPUTime)
    }
}

/// What recordings with one number of channels took.
#[derive(Default)]
struct Group {
    recordings: usize,
    channel_seconds: f64,
    whole: Duration,
    networks: BTreeMap<String, Duration>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.rounds > 0, "0 rounds, expected at least 1");
    let analyser = analyser()?;
    let files = recordings(&arguments.folder)?;
    // The first opens sessions and fills caches.
    if let Some(first) = files.first() {
        analyse(&analyser, first)?;
    }
    let mut groups: BTreeMap<u16, Group> = BTreeMap::new();
    for file in (0..arguments.rounds).flat_map(|_| &files) {
        let before = networks(&analyser);
        let began = processor_time(ClockId::ProcessCPUTime);
        let Some((channels, seconds)) = analyse(&analyser, file)? else {
            continue;
        };
        let group = groups.entry(channels).or_default();
        group.whole += processor_time(ClockId::ProcessCPUTime) - began;
        group.recordings += 1;
        group.channel_seconds += seconds * f64::from(channels);
        for (model, busy) in networks(&analyser) {
            let earlier = before.get(&model).copied().unwrap_or_default();
            *group.networks.entry(model).or_default() += busy - earlier;
        }
    }
    ensure!(
        !groups.is_empty(),
        "no recording in {}",
        arguments.folder.display()
    );
    let mut out = stdout().lock();
    for (channels, group) in &groups {
        let whole_s = group.whole.as_secs_f64();
        let speed = group.channel_seconds / whole_s;
        let in_networks: f64 = group.networks.values().map(Duration::as_secs_f64).sum();
        if arguments.json {
            let line = json!({
                "tool": "voxtrace",
                "channels": channels,
                "audio_s": group.channel_seconds,
                "cpu_s": whole_s,
                "times_real": speed,
                "network_share": in_networks / whole_s,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        writeln!(
            out,
            "{channels} channel(s): {} analyses, {:.0} s of channels, {speed:.1} x real time a channel, {:.1} % in networks",
            group.recordings,
            group.channel_seconds,
            in_networks / whole_s * 100.0,
        )?;
        for (model, busy) in &group.networks {
            let share = busy.as_secs_f64() / whole_s * 100.0;
            writeln!(out, "    {model:<20} {share:>5.1} %")?;
        }
    }
    Ok(())
}

/// The pipeline with the default settings and one session a network.
fn analyser() -> anyhow::Result<Analyser> {
    let config = Config::defaults()?;
    let runtime = OnnxRuntime::load(&LibrarySearch::standard())?.timed(Arc::new(ThreadTime));
    let models = models_folder()?;
    let load = |name: &str| Model::load(&models.join(name), &runtime, NonZeroUsize::MIN);
    Ok(Analyser::new(AnalyserParts {
        embedder: Embedder::new(load(config.models.embedding())?)?,
        vad: VadDetector::new(load(&config.models.vad)?, config.speech)?,
        speakers: SpeakerDetector::new(load(&config.models.segmentation)?)?,
        clock: Arc::new(SystemClock),
        settings: config.analysis(),
    })?)
}

fn recordings(folder: &PathBuf) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Channels and seconds of a recording; none for a file that is no recording.
fn analyse(analyser: &Analyser, path: &PathBuf) -> anyhow::Result<Option<(u16, f64)>> {
    let file = BufReader::new(File::open(path)?);
    match analyser.analyse(file, &|_| ControlFlow::Continue(())) {
        Ok(analysis) => {
            let media = analysis.media;
            Ok(Some((media.channels, media.duration_ms as f64 / 1000.0)))
        }
        Err(error) if error.is_permanent() => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot analyse {}", path.display())),
    }
}

fn networks(analyser: &Analyser) -> BTreeMap<String, Duration> {
    let times = analyser.network_times().into_iter();
    times
        .map(|(model, busy)| (model.to_string(), busy))
        .collect()
}

fn processor_time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}
