//! What is measured: recordings in memory, and what each stage takes of them.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use anyhow::Context;
use ndarray::Array2;
use voxtrace::audio::{DecodeLimits, Decoder, Resampler};
use voxtrace::domain::SampleRate;
use voxtrace::embedding::WINDOW_LIMIT_FRAMES;
use voxtrace::features::{Fbank, FbankConfig, subtract_mean};

/// Shorter channels, in samples of 16 kHz, are left out: one second.
const MIN_SAMPLES: usize = 16_000;

/// All recordings of a folder.
pub struct Material {
    pub recordings: Vec<Recording>,
}

/// One recording that can be decoded.
pub struct Recording {
    /// The file.
    pub bytes: Vec<u8>,
    /// The rate that it was recorded at.
    pub rate: SampleRate,
    /// Its channels.
    pub channels: Vec<Channel>,
}

/// One channel, as each stage takes it.
pub struct Channel {
    /// At the rate of the recording.
    pub recorded: Vec<f32>,
    /// At 16 kHz, as long as the embedding network takes at once, at most.
    pub samples: Vec<f32>,
    /// Their features `[T, 80]`, mean-subtracted.
    pub features: Array2<f32>,
}

impl Material {
    /// Every recording in `folder` and its folders that can be decoded, in the order of names.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut fbank = Fbank::new(FbankConfig::default())?;
        let longest = (WINDOW_LIMIT_FRAMES - 1) * fbank.config().frame_shift_samples()
            + fbank.config().frame_length_samples();
        let mut recordings = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            if !entry.file_type().is_file() {
                continue;
            }
            let bytes = fs::read(entry.path())
                .with_context(|| format!("cannot read {}", entry.path().display()))?;
            // A demo archive holds a broken file on purpose, and texts.
            let Ok((rate, channels)) = decode(&bytes) else {
                continue;
            };
            let mut kept = Vec::new();
            for mut recorded in channels {
                // A longer channel would be embedded in windows, and the network's own time would
                // be that of another shape.
                recorded.truncate(longest * rate.hz() as usize / 16_000);
                let mut samples = resample(&recorded, rate)?;
                samples.truncate(longest);
                if samples.len() < MIN_SAMPLES {
                    continue;
                }
                let mut features = fbank.compute(&samples);
                subtract_mean(&mut features);
                kept.push(Channel {
                    recorded,
                    samples,
                    features,
                });
            }
            if !kept.is_empty() {
                recordings.push(Recording {
                    bytes,
                    rate,
                    channels: kept,
                });
            }
        }
        Ok(Self { recordings })
    }

    /// Length of all channels, in seconds.
    pub fn audio_s(&self) -> f64 {
        let channels = self
            .recordings
            .iter()
            .flat_map(|recording| &recording.channels);
        channels.map(|channel| channel.samples.len()).sum::<usize>() as f64 / 16_000.0
    }
}

/// The channels of a file.
pub fn decode(bytes: &[u8]) -> anyhow::Result<(SampleRate, Vec<Vec<f32>>)> {
    let mut decoder = Decoder::open(Cursor::new(bytes.to_vec()), &DecodeLimits::default())?;
    let mut channels = vec![Vec::new(); usize::from(decoder.channels())];
    while let Some(block) = decoder.next_block()? {
        for (channel, samples) in channels.iter_mut().zip(block.channels()) {
            channel.extend_from_slice(samples);
        }
    }
    Ok((decoder.sample_rate(), channels))
}

/// One channel at 16 kHz.
pub fn resample(samples: &[f32], rate: SampleRate) -> anyhow::Result<Vec<f32>> {
    let mut resampler = Resampler::new(rate, SampleRate::HZ_16000)?;
    let mut resampled = Vec::new();
    resampler.push(samples, &mut resampled);
    resampler.finish(&mut resampled);
    Ok(resampled)
}
