//! The stages in order, over the channels of one recording.

use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use serde_json::json;

use super::cross_talk::CrossTalk;
use super::error::PipelineError;
use super::source::{Pass, Progress, Source};
use super::speakers::{ChannelSpeakers, Detectors, SpeakerTrack, TurnSpeech, embed_turns};
use super::timed::TimedDecoder;
use super::voices::{VoiceSpeech, VoiceTrack};
use crate::audio::{
    BAND_METER_VERSION, CROSS_TALK_METER_VERSION, DecodeError, DecodeLimits, Decoder,
    RESAMPLER_VERSION, SOUND_METER_VERSION,
};
use crate::domain::{
    Analysis, ChannelAnalysis, Clock, MediaFacts, ModelId, NetSpeech, Provenance, Segment, Sha256,
    VoiceAnalysis, VoiceOutcome,
};
use crate::embedding::{Compensator, Embedder, EmbedderError, WINDOW_LIMIT_FRAMES};
use crate::features::{Fbank, FbankConfig, subtract_mean};
use crate::speech::VadDetector;
use crate::speech::diarize::{DiarizationConfig, SpeakerDetector};

/// Share of the work that goes into finding who speaks when, as progress is told.
const SEGMENTING_SHARE: f32 = 0.8;

/// Turns that wait for the embedding network at most; then hearing waits too.
const TURNS_WAITING: usize = 4;

/// Parameters that have a bearing on the numbers, and limits that do not.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisSettings {
    /// Limits on recordings.
    pub decode: DecodeLimits,
    /// Net speech below which a voice gets no embedding.
    pub minimum_speech: NetSpeech,
    /// Most speech that goes into one embedding: the first so much of the voice.
    pub max_speech: NetSpeech,
    /// How speakers are told apart.
    pub diarization: DiarizationConfig,
}

/// Parts that an [`Analyser`] is put together from.
pub struct AnalyserParts {
    /// Embedding network.
    pub embedder: Embedder,
    /// Speech detector.
    pub vad: VadDetector,
    /// Tells speakers apart.
    pub speakers: SpeakerDetector,
    /// Measures how long decoding takes.
    pub clock: Arc<dyn Clock>,
    /// Parameters and limits.
    pub settings: AnalysisSettings,
}

/// One recording in, one analysis out.
pub struct Analyser {
    embedder: Embedder,
    vad: VadDetector,
    speakers: SpeakerDetector,
    clock: Arc<dyn Clock>,
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
            speakers,
            clock,
            mut settings,
        } = parts;
        let turns = embedder.model().manifest().turns;
        let merge_above =
            turns.map(|turns| (turns.merge_above_narrowband, turns.merge_above_wideband));
        settings.diarization = settings.diarization.for_model(merge_above);
        let fbank = FbankConfig::default();
        Fbank::new(fbank.clone())?;
        let parameters = json!({
            "resampler": RESAMPLER_VERSION,
            "band_meter": BAND_METER_VERSION,
            "sound_meter": SOUND_METER_VERSION,
            "cross_talk_meter": CROSS_TALK_METER_VERSION,
            "vad": vad.config(),
            "diarization": settings.diarization,
            "fbank": fbank,
            "minimum_speech_ms": settings.minimum_speech,
            "max_speech_ms": settings.max_speech,
            "window_limit_frames": WINDOW_LIMIT_FRAMES,
        });
        Ok(Self {
            embedder,
            vad,
            speakers,
            clock,
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

    /// What takes the channel out of its embeddings before two are compared.
    pub fn compensator(&self) -> &Arc<Compensator> {
        self.embedder.compensator()
    }

    /// The same by the numbers of a folder, for embeddings of the same model.
    ///
    /// # Errors
    /// The folder does not describe channels, or they are not for this model.
    pub fn compensator_of(&self, folder: &Path) -> Result<Compensator, EmbedderError> {
        Compensator::of_folder(self.embedder.model(), folder)
    }

    /// Values in an embedding.
    pub fn dimensions(&self) -> usize {
        self.embedder.model().manifest().network.dimensions
    }

    /// Hash of the speech detector's file.
    pub fn vad_sha256(&self) -> Sha256 {
        self.vad.model().sha256()
    }

    /// Time that each network has taken so far; those alone that are timed.
    pub fn network_times(&self) -> Vec<(ModelId, Duration)> {
        let models = [
            self.vad.model(),
            self.speakers.model(),
            self.embedder.model(),
        ];
        let timed = models.into_iter().filter_map(|model| {
            let busy = model.sessions().busy()?;
            Some((model.id().clone(), busy))
        });
        timed.collect()
    }

    /// Limits on recordings.
    pub fn decode_limits(&self) -> &DecodeLimits {
        &self.settings.decode
    }

    /// Analyses one recording: finds who speaks when, and describes the voices.
    ///
    /// `progress` hears the fraction of the work that is done, and says whether to go on.
    ///
    /// # Errors
    /// The bytes cannot be decoded or read; `Stopped` when `progress` said so.
    pub fn analyse<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: R,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Analysis, PipelineError> {
        let source = Source::new(source).map_err(DecodeError::Io)?;
        let segments = self.segments(&source, &|read| progress(read * SEGMENTING_SHARE))?;
        let rest = 1.0 - SEGMENTING_SHARE;
        self.describe(&source, segments, &|read| {
            progress(SEGMENTING_SHARE + read * rest)
        })
    }

    /// Describes the voices of a recording whose segments are known, which ascend by channel and
    /// start and do not overlap within a channel.
    ///
    /// # Errors
    /// As [`Self::analyse`].
    pub fn analyse_segments<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: R,
        segments: Vec<Segment>,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Analysis, PipelineError> {
        let source = Source::new(source).map_err(DecodeError::Io)?;
        self.describe(&source, segments, progress)
    }

    /// The first pass. Turns are embedded on a thread of their own, while the next windows are
    /// heard; whose they are does not depend on which is faster.
    fn segments<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: &Source<R>,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Vec<Segment>, PipelineError> {
        let (sender, receiver) = sync_channel(TURNS_WAITING);
        let (heard, embedded) = std::thread::scope(|scope| {
            let embedding = scope.spawn(|| embed_turns(&self.embedder, receiver));
            let heard = self.hear(source, sender, progress);
            let embedded = match embedding.join() {
                Ok(embedded) => embedded,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            (heard, embedded)
        });
        // The network's own error says more than that it stopped.
        let (mut heard, embedded) = match (heard, embedded) {
            (Err(PipelineError::EmbeddingStopped), Err(error)) => return Err(error),
            (heard, embedded) => (heard?, embedded?),
        };
        let mut segments = Vec::new();
        let mut first_label = 0u16;
        for channel in &mut heard {
            channel.take_embeddings(&embedded);
            let found = channel.segments(first_label, &self.settings.diarization);
            let labels = found.iter().filter_map(|segment| segment.label);
            first_label = labels.fold(first_label, |next, label| next.max(label.saturating_add(1)));
            segments.extend(found);
        }
        Ok(segments)
    }

    fn hear<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: &Source<R>,
        turns: SyncSender<TurnSpeech>,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Vec<ChannelSpeakers>, PipelineError> {
        let (pass, read) = source.pass().map_err(DecodeError::Io)?;
        let mut decoder = self.open(pass)?;
        let detectors = Detectors {
            vad: &self.vad,
            speakers: &self.speakers,
        };
        let mut tracks = (0..decoder.inner().channels())
            .map(|index| {
                let fbank = Fbank::new(self.fbank.clone())?;
                SpeakerTrack::new(index, decoder.inner(), detectors, fbank, turns.clone())
            })
            .collect::<Result<Vec<_>, PipelineError>>()?;
        // The embedding thread ends when the last track is gone.
        drop(turns);
        while let Some(block) = decoder.next_block()? {
            for (track, samples) in tracks.iter_mut().zip(block.channels()) {
                track.push(samples)?;
            }
            go_on(&read, progress)?;
        }
        tracks.into_iter().map(SpeakerTrack::finish).collect()
    }

    fn open<R: Read + Seek + Send + Sync + 'static>(
        &self,
        pass: Pass<R>,
    ) -> Result<TimedDecoder<'_>, PipelineError> {
        let limits = &self.settings.decode;
        let decoder = Decoder::open(pass, limits)?;
        let clock = self.clock.as_ref();
        Ok(TimedDecoder::new(decoder, clock, limits.max_decode_ms))
    }

    /// The second pass.
    fn describe<R: Read + Seek + Send + Sync + 'static>(
        &self,
        source: &Source<R>,
        segments: Vec<Segment>,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
    ) -> Result<Analysis, PipelineError> {
        let (pass, read) = source.pass().map_err(DecodeError::Io)?;
        let mut decoder = self.open(pass)?;
        let max_speech = self.settings.max_speech;
        let mut tracks = (0..decoder.inner().channels())
            .map(|index| {
                VoiceTrack::new(index, decoder.inner(), &segments, &self.fbank, max_speech)
            })
            .collect::<Result<Vec<_>, PipelineError>>()?;
        let mut between = CrossTalk::between(tracks.len());
        while let Some(block) = decoder.next_block()? {
            for (track, samples) in tracks.iter_mut().zip(block.channels()) {
                track.push(samples);
            }
            between.push(&tracks);
            go_on(&read, progress)?;
        }
        let mut media = decoder.inner().facts();
        let bits = u128::from(source.size()) * 8 * 1000;
        let bit_rate = bits.checked_div(u128::from(media.duration_ms));
        media.bit_rate_bps = bit_rate.and_then(|rate| u64::try_from(rate).ok());
        let (mut channels, voices): (Vec<_>, Vec<_>) =
            tracks.into_iter().map(VoiceTrack::finish).unzip();
        between.report(&mut channels);
        let voices = voices.into_iter().flatten().collect();
        self.assemble(media, channels, segments, voices)
    }

    fn assemble(
        &self,
        media: MediaFacts,
        channels: Vec<ChannelAnalysis>,
        segments: Vec<Segment>,
        mut speech: Vec<VoiceSpeech>,
    ) -> Result<Analysis, PipelineError> {
        speech.retain(|voice| voice.net_speech > NetSpeech::default());
        let outcomes = self.embed_all(&mut speech)?;
        let voices = speech.into_iter().zip(outcomes);
        let voices = voices.map(|(voice, outcome)| VoiceAnalysis {
            channel: voice.channel,
            label: voice.label,
            net_speech: voice.net_speech,
            speech_used: voice.speech_used,
            quality: voice.quality,
            outcome,
        });
        let provenance = Provenance {
            software_version: crate::domain::VERSION.to_owned(),
            model: self.model_id().clone(),
            model_sha256: self.model_sha256(),
            vad_sha256: self.vad.model().sha256(),
            segmentation_sha256: Some(self.speakers.model().sha256()),
            parameters: self.parameters.clone(),
        };
        Ok(Analysis {
            media,
            channels,
            segments,
            voices: voices.collect(),
            provenance,
        })
    }

    /// Embeds the voices, several at a time; the order and the numbers do not depend on the
    /// threads.
    fn embed_all(&self, voices: &mut [VoiceSpeech]) -> Result<Vec<VoiceOutcome>, PipelineError> {
        if let [only] = voices {
            return Ok(vec![self.embed(only)?]);
        }
        let threads = self.embedder.model().sessions().places().get();
        let share = voices.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let running: Vec<_> = voices
                .chunks_mut(share)
                .map(|voices| {
                    scope.spawn(|| voices.iter_mut().map(|voice| self.embed(voice)).collect())
                })
                .collect();
            let mut outcomes = Vec::new();
            for thread in running {
                let share: Result<Vec<VoiceOutcome>, PipelineError> = match thread.join() {
                    Ok(share) => share,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                outcomes.extend(share?);
            }
            Ok(outcomes)
        })
    }

    fn embed(&self, voice: &mut VoiceSpeech) -> Result<VoiceOutcome, PipelineError> {
        let found = voice.net_speech;
        let minimum = self.settings.minimum_speech;
        if found < minimum {
            return Ok(VoiceOutcome::TooLittleSpeech { found, minimum });
        }
        subtract_mean(&mut voice.features);
        Ok(VoiceOutcome::Embedded(
            self.embedder.embed(voice.features.view())?,
        ))
    }
}

fn go_on(
    read: &Progress,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync + '_),
) -> Result<(), PipelineError> {
    let fraction = read.fraction();
    match progress(fraction) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(PipelineError::Stopped { fraction }),
    }
}
