//! `voxtrace simulate FILE... --steps STEP,... --out DIR`: recordings as a channel would have passed
//! them on.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::json;

use super::SimulateArgs;
use super::compose::media;
use super::output::{Exit, Output, Usage};
use crate::audio::simulation::{Signal, Step};
use crate::audio::{DecodeLimits, Decoder};
use crate::config::Config;
use crate::transcode::{Coder, Transcoder};

/// Bits a sample of what is written.
const BITS: u16 = 16;

/// One thing that is done to each channel.
enum Link {
    Step(Step),
    Coder(Coder),
    /// A recording below the speech: its samples by rate as they are, and how far below, in dB.
    Under(Signal, f32),
}

pub(super) fn run(
    config: &Config,
    args: &SimulateArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let limits = &config.audio;
    let links = args
        .steps
        .iter()
        .map(|text| read_link(text, limits))
        .collect::<anyhow::Result<Vec<Link>>>()?;
    let transcoder = Transcoder::find(&config.transcode);
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("folder {} cannot be made", args.out.display()))?;
    let opener = media(config, &std::env::temp_dir());
    for (number, path) in args.files.iter().enumerate() {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let decoder = opener
            .open(file)
            .and_then(|media| Ok(media.decode(limits)?))
            .with_context(|| format!("cannot read {}", path.display()))?;
        // Each file and each channel has noise of its own, wherever it stands among the files.
        let seed = seed_of(path, args.seed);
        let channels = channels_of(decoder)?;
        let simulated = channels
            .into_iter()
            .zip(0u64..)
            .map(|(signal, channel)| {
                through(
                    signal,
                    &links,
                    transcoder.as_ref(),
                    seed.wrapping_add(channel),
                )
            })
            .collect::<anyhow::Result<Vec<Signal>>>()
            .with_context(|| format!("cannot simulate {}", path.display()))?;
        let target = target_of(&args.out, path)?;
        write(&simulated, &target).with_context(|| format!("cannot write {}", target.display()))?;
        if as_json {
            output.json(
                &json!({ "path": path, "out": target, "steps": args.steps, "seed": args.seed }),
            )?;
        } else {
            output.line(&format!(
                "{} of {}  {}",
                number + 1,
                args.files.len(),
                target.display()
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn read_link(text: &str, limits: &DecodeLimits) -> anyhow::Result<Link> {
    if let Some((path, db)) = text
        .strip_prefix("under:")
        .and_then(|rest| rest.rsplit_once(':'))
    {
        let snr_db: f32 = db
            .parse()
            .ok()
            .filter(|db: &f32| db.is_finite())
            .ok_or_else(|| Usage(format!("step {text:?}, expected under:FILE:DB")))?;
        let file = File::open(path).with_context(|| format!("cannot open noise {path}"))?;
        let decoder = Decoder::open(BufReader::new(file), limits)
            .with_context(|| format!("cannot read noise {path}"))?;
        let noise = channels_of(decoder)?.into_iter().next();
        let noise = noise.with_context(|| format!("noise {path} has no channel"))?;
        return Ok(Link::Under(noise, snr_db));
    }
    if let Ok(coder) = text.parse() {
        return Ok(Link::Coder(coder));
    }
    match text.parse() {
        Ok(step) => Ok(Link::Step(step)),
        Err(error) => Err(Usage(format!(
            "{error}, under:FILE:DB, or a coder: {}",
            text.parse::<Coder>()
                .map_or_else(|error| error.to_string(), |_| String::new())
        ))
        .into()),
    }
}

fn channels_of(mut decoder: Decoder) -> anyhow::Result<Vec<Signal>> {
    let rate = decoder.sample_rate();
    let mut channels = vec![Vec::new(); usize::from(decoder.channels())];
    while let Some(block) = decoder.next_block()? {
        for (channel, samples) in channels.iter_mut().zip(block.channels()) {
            channel.extend_from_slice(samples);
        }
    }
    Ok(channels
        .into_iter()
        .map(|samples| Signal { samples, rate })
        .collect())
}

fn through(
    mut signal: Signal,
    links: &[Link],
    transcoder: Option<&Transcoder>,
    seed: u64,
) -> anyhow::Result<Signal> {
    for link in links {
        signal = match link {
            Link::Step(step) => signal.after(step, seed)?,
            Link::Under(noise, snr_db) => {
                let at_rate = noise.clone().after(&Step::Rate(signal.rate), seed)?;
                signal.over(&at_rate.samples, *snr_db)?
            }
            Link::Coder(coder) => {
                let transcoder =
                    transcoder.context("coders run in ffmpeg, which is not installed")?;
                code(&signal, *coder, transcoder)?
            }
        };
    }
    Ok(signal)
}

fn code(signal: &Signal, coder: Coder, transcoder: &Transcoder) -> anyhow::Result<Signal> {
    let scratch = std::env::temp_dir();
    let mut wav = tempfile::tempfile_in(&scratch)?;
    write_wav(std::slice::from_ref(signal), &mut wav)?;
    wav.seek(SeekFrom::Start(0))?;
    let coded = transcoder.through(coder, &wav, &scratch)?;
    let decoder = Decoder::open(BufReader::new(coded), &DecodeLimits::default())?;
    let first = channels_of(decoder)?.into_iter().next();
    first.context("the coder gave no channel")
}

/// A seed that follows the file's name and the seed of the run.
fn seed_of(path: &Path, seed: u64) -> u64 {
    use sha2::Digest;
    let name = path.file_name().unwrap_or_default();
    let digest = sha2::Sha256::digest(name.as_encoded_bytes());
    let first: [u8; 8] = digest.first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(first) ^ seed
}

fn target_of(out: &Path, path: &Path) -> anyhow::Result<PathBuf> {
    let stem = path
        .file_stem()
        .ok_or_else(|| Usage(format!("{} has no file name", path.display())))?;
    let target = out.join(stem).with_extension("wav");
    ensure!(
        target.canonicalize().ok() != path.canonicalize().ok() || !target.exists(),
        "{} would be written over",
        path.display()
    );
    Ok(target)
}

fn write(channels: &[Signal], target: &Path) -> anyhow::Result<()> {
    let mut file = File::create(target)?;
    write_wav(channels, &mut file)
}

/// All channels, as long as the shortest.
fn write_wav(channels: &[Signal], file: &mut File) -> anyhow::Result<()> {
    let first = channels.first().context("there is no channel")?;
    let mut writer = hound::WavWriter::new(
        std::io::BufWriter::new(file),
        hound::WavSpec {
            channels: u16::try_from(channels.len())?,
            sample_rate: first.rate.hz(),
            bits_per_sample: BITS,
            sample_format: hound::SampleFormat::Int,
        },
    )?;
    let frames = channels
        .iter()
        .map(|channel| channel.samples.len())
        .min()
        .unwrap_or(0);
    for frame in 0..frames {
        for channel in channels {
            let sample = channel.samples.get(frame).copied().unwrap_or(0.0);
            writer.write_sample((sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)?;
        }
    }
    writer.finalize()?;
    Ok(())
}
