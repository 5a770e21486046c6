//! The stages in order, over the channels of one recording.

use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::channel::{ChannelResult, ChannelTrack};
use super::error::PipelineError;
use super::source::Counted;
use crate::audio::{
    BAND_METER_VERSION, DecodeError, DecodeLimits, Decoder, FORMATS, RESAMPLER_VERSION,
};
use crate::domain::{
    Analysis, MediaFacts, ModelId, NetSpeech, Provenance, Sha256, VoiceAnalysis, VoiceOutcome,
};
use crate::embedding::{Embedder, WINDOW_LIMIT_FRAMES};
use crate::features::{Fbank, FbankConfig, subtract_mean};
use crate::speech::VadDetector;

/// Parameters that have a bearing on the numbers, and limits that do not.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisSettings {
    /// Limits on recordings.
    pub decode: DecodeLimits,
    /// Net speech below which a voice gets no embedding.
    pub minimum_speech: NetSpeech,
    /// Most speech that goes into one embedding: the first so much of the voice.
    pub max_speech: NetSpeech,
}

/// Parts that an [`Analyser`] is put together from.
pub struct AnalyserParts {
    /// Embedding network.
    pub embedder: Embedder,
    /// Speech detector.
    pub vad: VadDetector,
    /// Parameters and limits.
    pub settings: AnalysisSettings,
}

/// One recording in, one analysis out.
pub struct Analyser {
    embedder: Embedder,
    vad: VadDetector,
    settings: AnalysisSettings,
    fbank: FbankConfig,
    parameters: serde_json::Value,
}

impl Analyser {
    /// Puts the stages together.
    ///
    /// # Errors
    /// The front end that the embedding model asks for cannot be built.
    pub fn new(parts: AnalyserParts) -> Result<Self, PipelineError> {
        let AnalyserParts {
            embedder,
            vad,
            settings,
        } = parts;
        let fbank = FbankConfig::default();
        Fbank::new(fbank.clone())?;
        let parameters = json!({
            "resampler": RESAMPLER_VERSION,
            "band_meter": BAND_METER_VERSION,
            "vad": vad.config(),
            "fbank": fbank,
            "minimum_speech_ms": settings.minimum_speech,
            "max_speech_ms": settings.max_speech,
            "window_limit_frames": WINDOW_LIMIT_FRAMES,
        });
        Ok(Self {
            embedder,
            vad,
            settings,
            fbank,
            parameters,
        })
    }

    /// Embedding model.
    pub fn model_id(&self) -> &ModelId {
        self.embedder.model_id()
    }

    /// Hash of the embedding model's file.
    pub fn model_sha256(&self) -> Sha256 {
        self.embedder.model().sha256()
    }

    /// Values in an embedding.
    pub fn dimensions(&self) -> usize {
        self.embedder.model().manifest().network.dimensions
    }

    /// Hash of the speech detector's file.
    pub fn vad_sha256(&self) -> Sha256 {
        self.vad.model().sha256()
    }

    /// Formats that can be decoded, for people to read.
    pub fn formats(&self) -> &'static [&'static str] {
        FORMATS
    }

    /// Limits on recordings.
    pub fn decode_limits(&self) -> &DecodeLimits {
        &self.settings.decode
    }

    /// Whether bytes look like a recording that can be decoded: its container and codec are known,
    /// its header lies within the limits, and its first block decodes.
    ///
    /// # Errors
    /// The bytes cannot be decoded, or cannot be read.
    pub fn probe<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: R,
    ) -> Result<(), PipelineError> {
        let mut decoder = Decoder::open(source, &self.settings.decode)?;
        decoder.next_block()?;
        Ok(())
    }

    /// Analyses one recording.
    ///
    /// `progress` hears the fraction of the file that was read, and says whether to go on.
    ///
    /// # Errors
    /// The bytes cannot be decoded or read; `Stopped` when `progress` said so.
    pub fn analyse<R: Read + Seek + Send + Sync + 'static>(
        &self,
        mut source: R,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Analysis, PipelineError> {
        let size = source.seek(SeekFrom::End(0)).map_err(DecodeError::Io)?;
        source.rewind().map_err(DecodeError::Io)?;
        let (counted, furthest) = Counted::new(source);
        let mut decoder = Decoder::open(counted, &self.settings.decode)?;
        let mut tracks = (0..decoder.channels())
            .map(|index| {
                ChannelTrack::new(
                    index,
                    &decoder,
                    &self.vad,
                    Fbank::new(self.fbank.clone())?,
                    self.settings.max_speech,
                )
            })
            .collect::<Result<Vec<_>, PipelineError>>()?;
        while let Some(block) = decoder.next_block()? {
            for (track, samples) in tracks.iter_mut().zip(block.channels()) {
                track.push(samples)?;
            }
            let fraction = furthest.load(Ordering::Relaxed) as f32 / size.max(1) as f32;
            if progress(fraction.min(1.0)).is_break() {
                return Err(PipelineError::Stopped { fraction });
            }
        }
        let media = decoder.facts();
        let results = tracks
            .into_iter()
            .map(ChannelTrack::finish)
            .collect::<Result<Vec<ChannelResult>, PipelineError>>()?;
        self.assemble(media, results)
    }

    fn assemble(
        &self,
        media: MediaFacts,
        mut results: Vec<ChannelResult>,
    ) -> Result<Analysis, PipelineError> {
        let outcomes = self.embed_all(&mut results)?;
        let mut channels = Vec::with_capacity(results.len());
        let mut segments = Vec::new();
        let mut voices = Vec::new();
        for (result, outcome) in results.into_iter().zip(outcomes) {
            let net_speech = result.analysis.net_speech;
            if net_speech > NetSpeech::default() {
                voices.push(VoiceAnalysis {
                    channel: result.analysis.index,
                    label: result.analysis.index,
                    net_speech,
                    speech_used: result.speech_used,
                    quality: result.quality,
                    outcome,
                });
            }
            channels.push(result.analysis);
            segments.extend(result.segments);
        }
        let provenance = Provenance {
            software_version: crate::domain::VERSION.to_owned(),
            model: self.model_id().clone(),
            model_sha256: self.model_sha256(),
            vad_sha256: self.vad.model().sha256(),
            parameters: self.parameters.clone(),
        };
        Ok(Analysis {
            media,
            channels,
            segments,
            voices,
            provenance,
        })
    }

    /// Embeds the voices in parallel; the order and the numbers do not depend on the threads.
    fn embed_all(&self, results: &mut [ChannelResult]) -> Result<Vec<VoiceOutcome>, PipelineError> {
        if let [only] = results {
            return Ok(vec![self.embed(only)?]);
        }
        std::thread::scope(|scope| {
            let running: Vec<_> = results
                .iter_mut()
                .map(|result| scope.spawn(|| self.embed(result)))
                .collect();
            running
                .into_iter()
                .map(|thread| match thread.join() {
                    Ok(outcome) => outcome,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        })
    }

    fn embed(&self, result: &mut ChannelResult) -> Result<VoiceOutcome, PipelineError> {
        let found = result.analysis.net_speech;
        let minimum = self.settings.minimum_speech;
        if found < minimum {
            return Ok(VoiceOutcome::TooLittleSpeech { found, minimum });
        }
        subtract_mean(&mut result.features);
        Ok(VoiceOutcome::Embedded(
            self.embedder.embed(result.features.view())?,
        ))
    }
}
