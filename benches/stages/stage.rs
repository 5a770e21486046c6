//! The stages and how each is run once.

use std::collections::HashMap;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use ndarray::{ArrayView2, Axis};
use ort::value::TensorRef;
use rustix::time::{ClockId, clock_gettime};
use voxtrace::audio::{BandMeter, LevelMeter, PauseMeter, SoundMeter, WadaMeter};
use voxtrace::config::Config;
use voxtrace::embedding::Embedder;
use voxtrace::features::{Fbank, FbankConfig, subtract_mean};
use voxtrace::runtime::{LibrarySearch, Model, OnnxRuntime, models_folder};
use voxtrace::speech::diarize::{ActivityWindow, SpeakerDetector};
use voxtrace::speech::{VadConfig, VadDetector};

use super::material::{Channel, Material, decode, resample};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Bytes to samples. A file is decoded whole, also where only its beginning is used.
    Decode,
    /// To 16 kHz; a copy where the recording has that rate.
    Resample,
    /// Level, bandwidth, signal-to-noise ratio and kind of sound.
    Quality,
    /// Speech and pauses.
    Vad,
    /// Who is heard in each frame of the windows, each of which shares its half with the next.
    Segmentation,
    /// Log mel energies, mean subtracted.
    Fbank,
    /// ONNX Runtime's own run of the embedding network, features to raw output.
    Network,
    /// The same through [`Embedder`].
    Embedding,
    /// Samples at 16 kHz to embedding.
    FbankEmbedding,
}

impl Stage {
    /// Every stage, in the order of the data.
    pub const ALL: [Self; 9] = [
        Self::Decode,
        Self::Resample,
        Self::Quality,
        Self::Vad,
        Self::Segmentation,
        Self::Fbank,
        Self::Network,
        Self::Embedding,
        Self::FbankEmbedding,
    ];

    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Resample => "resample",
            Self::Quality => "quality",
            Self::Vad => "vad",
            Self::Segmentation => "segmentation",
            Self::Fbank => "fbank",
            Self::Network => "network",
            Self::Embedding => "embedding",
            Self::FbankEmbedding => "fbank_embedding",
        }
    }
}

/// What the stages run on: one session for each network.
pub struct Bench {
    fbank: Fbank,
    vad: VadDetector,
    speakers: SpeakerDetector,
    embedder: Embedder,
}

impl Bench {
    /// Loads the library and the models.
    pub fn new() -> anyhow::Result<Self> {
        let config = Config::defaults()?;
        let runtime = OnnxRuntime::load(&LibrarySearch::standard())?;
        let models = models_folder()?;
        let load = |name: &str| Model::load(&models.join(name), &runtime, NonZeroUsize::MIN);
        Ok(Self {
            fbank: Fbank::new(FbankConfig::default())?,
            vad: VadDetector::new(load(&config.models.vad)?, VadConfig::default())?,
            speakers: SpeakerDetector::new(load(&config.models.segmentation)?)?,
            embedder: Embedder::new(load(config.models.embedding())?)?,
        })
    }

    /// Runs every stage over all recordings, in turns, and says how long each took in all.
    pub fn round(&mut self, material: &Material) -> anyhow::Result<HashMap<Stage, Duration>> {
        let mut times = HashMap::new();
        for recording in &material.recordings {
            let start = thread_time();
            black_box(decode(&recording.bytes)?);
            *times.entry(Stage::Decode).or_default() += thread_time().saturating_sub(start);
            for channel in &recording.channels {
                let start = thread_time();
                black_box(resample(&channel.recorded, recording.rate)?);
                *times.entry(Stage::Resample).or_default() += thread_time().saturating_sub(start);
                for stage in Stage::ALL {
                    let start = thread_time();
                    self.run(stage, channel)?;
                    *times.entry(stage).or_default() += thread_time().saturating_sub(start);
                }
            }
        }
        Ok(times)
    }

    /// Runs a stage that takes a channel at 16 kHz.
    fn run(&mut self, stage: Stage, channel: &Channel) -> anyhow::Result<()> {
        match stage {
            // These take the recording and were run with it.
            Stage::Decode | Stage::Resample => {}
            Stage::Quality => measure(&channel.samples),
            Stage::Segmentation => self.segment(&channel.samples)?,
            Stage::Vad => {
                let mut segments = Vec::new();
                let mut stream = self.vad.stream();
                stream.push(&channel.samples, &mut segments)?;
                stream.finish(&mut segments)?;
                black_box(segments);
            }
            Stage::Fbank => {
                let mut features = self.fbank.compute(&channel.samples);
                subtract_mean(&mut features);
                black_box(features);
            }
            Stage::Network => self.run_network(channel.features.view())?,
            Stage::Embedding => {
                black_box(self.embedder.embed(channel.features.view())?);
            }
            Stage::FbankEmbedding => {
                let mut features = self.fbank.compute(&channel.samples);
                subtract_mean(&mut features);
                black_box(self.embedder.embed(features.view())?);
            }
        }
        Ok(())
    }

    /// Every window of a channel through the segmentation network.
    fn segment(&self, samples: &[f32]) -> anyhow::Result<()> {
        let mut take = |window: ActivityWindow| -> anyhow::Result<()> {
            black_box(self.speakers.frames(&window)?);
            Ok(())
        };
        let mut stream = self.speakers.stream();
        stream.push(samples, &mut take)?;
        stream.finish().map_or(Ok(()), take)
    }

    /// The embedding network with nothing around it.
    fn run_network(&self, features: ArrayView2<'_, f32>) -> anyhow::Result<()> {
        let model = self.embedder.model();
        let input_name = model.manifest().network.input.as_str();
        model.sessions().with(|session| {
            let input = TensorRef::from_array_view(features.insert_axis(Axis(0)))?;
            black_box(session.run(vec![(input_name, input)])?);
            Ok(())
        })?;
        Ok(())
    }
}

/// Every measure of quality that the analysis takes of one channel of speech.
fn measure(samples: &[f32]) {
    let (mut level, mut band) = (LevelMeter::new(1.0), BandMeter::new());
    let (mut wada, mut sound) = (WadaMeter::default(), SoundMeter::default());
    level.push(samples);
    band.push_speech(samples);
    wada.push(samples);
    sound.push(samples);
    black_box((level.report(), band.report(&PauseMeter::default())));
    black_box((wada.snr_db(), sound.report(samples.len() as u64)));
}

/// What this thread has had of a processor. Every stage runs on the thread that asks, so this is
/// its cost, whoever else is at work on the machine.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}
