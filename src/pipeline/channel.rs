//! One channel on its way from samples to the features of its voice.

use std::collections::VecDeque;

use ndarray::Array2;

use super::error::PipelineError;
use crate::audio::{BandMeter, Decoder, LevelMeter, Resampler};
use crate::domain::{
    ChannelAnalysis, ChannelQuality, NetSpeech, SampleRate, Segment, VoiceQuality,
};
use crate::features::Fbank;
use crate::speech::{SpeechSegment, VadDetector, VadStream};

/// Samples of the model's rate in a millisecond.
const SAMPLES_A_MS: u64 = SampleRate::HZ_16000.hz() as u64 / 1000;

/// One channel on its way. In this version a channel is one voice.
pub(super) struct ChannelTrack<'v> {
    level: LevelMeter,
    resampler: Resampler,
    resampled: Vec<f32>,
    vad: VadStream<'v>,
    found: Vec<SpeechSegment>,
    speech: SpeechTrack,
}

/// What a channel came to.
pub(super) struct ChannelResult {
    pub(super) analysis: ChannelAnalysis,
    pub(super) segments: Vec<Segment>,
    pub(super) quality: VoiceQuality,
    pub(super) speech_used: NetSpeech,
    /// Features of the speech used, mean not yet subtracted, `[T, 80]`.
    pub(super) features: Array2<f32>,
}

impl<'v> ChannelTrack<'v> {
    pub(super) fn new(
        index: u16,
        decoder: &Decoder,
        vad: &'v VadDetector,
        fbank: Fbank,
        max_speech: NetSpeech,
    ) -> Result<Self, PipelineError> {
        Ok(Self {
            level: LevelMeter::new(decoder.full_scale()),
            resampler: Resampler::new(decoder.sample_rate(), vad.sample_rate())?,
            resampled: Vec::new(),
            vad: vad.stream(),
            found: Vec::new(),
            speech: SpeechTrack::new(index, fbank, max_speech),
        })
    }

    /// Takes the next samples of the recording.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), PipelineError> {
        self.level.push(samples);
        self.resampled.clear();
        self.resampler.push(samples, &mut self.resampled);
        self.push_resampled()
    }

    /// Takes the end of the recording.
    pub(super) fn finish(mut self) -> Result<ChannelResult, PipelineError> {
        self.resampled.clear();
        self.resampler.finish(&mut self.resampled);
        self.push_resampled()?;
        let mut found = Vec::new();
        self.vad.finish(&mut found)?;
        for segment in found {
            self.speech.take_speech(segment);
        }
        let level = self.level.report();
        Ok(self.speech.finish(|speech_ratio| ChannelQuality {
            level_dbfs: level.level_dbfs,
            peak_dbfs: level.peak_dbfs,
            clipping_ratio: level.clipping_ratio,
            dc_offset: level.dc_offset,
            speech_ratio,
        }))
    }

    fn push_resampled(&mut self) -> Result<(), PipelineError> {
        self.speech.undecided.extend(&self.resampled);
        self.vad.push(&self.resampled, &mut self.found)?;
        for segment in self.found.drain(..) {
            self.speech.take_speech(segment);
        }
        self.speech.take_pause(self.vad.undecided_from());
        Ok(())
    }
}

/// Samples whose fate is open, and what the decided ones came to.
struct SpeechTrack {
    index: u16,
    band: BandMeter,
    fbank: Fbank,
    /// Samples at the model's rate whose fate the detector has not told yet.
    undecided: VecDeque<f32>,
    /// Position of the first of them.
    undecided_from: u64,
    /// Samples of one stretch, gathered in a row.
    stretch: Vec<f32>,
    segments: Vec<Segment>,
    speech_samples: u64,
    used_samples: u64,
    max_used_samples: u64,
    frames: Vec<f32>,
}

impl SpeechTrack {
    fn new(index: u16, fbank: Fbank, max_speech: NetSpeech) -> Self {
        Self {
            index,
            band: BandMeter::new(),
            fbank,
            undecided: VecDeque::new(),
            undecided_from: 0,
            stretch: Vec::new(),
            segments: Vec::new(),
            speech_samples: 0,
            used_samples: 0,
            max_used_samples: max_speech.as_millis() * SAMPLES_A_MS,
            frames: Vec::new(),
        }
    }

    /// Measures and uses a stretch of speech; what lies before it is a pause.
    fn take_speech(&mut self, segment: SpeechSegment) {
        self.take_pause(segment.start);
        self.gather(segment.end);
        self.band.push_speech(&self.stretch);
        self.speech_samples += self.stretch.len() as u64;
        self.segments.push(Segment {
            channel: self.index,
            start_ms: segment.start / SAMPLES_A_MS,
            end_ms: segment.end.div_ceil(SAMPLES_A_MS),
            label: Some(self.index),
        });
        let left = self.max_used_samples - self.used_samples;
        let length = (self.stretch.len() as u64).min(left);
        self.used_samples += length;
        let used = self.stretch.get(..length as usize).unwrap_or_default();
        self.fbank.compute_into(used, &mut self.frames);
    }

    /// Measures what lies before `until` as a pause.
    fn take_pause(&mut self, until: u64) {
        self.gather(until);
        if !self.stretch.is_empty() {
            self.band.push_pause(&self.stretch);
        }
    }

    /// Moves the undecided samples before `until` into `stretch`.
    fn gather(&mut self, until: u64) {
        let length = until.saturating_sub(self.undecided_from) as usize;
        let length = length.min(self.undecided.len());
        self.stretch.clear();
        self.stretch.extend(self.undecided.drain(..length));
        self.undecided_from += length as u64;
    }

    fn finish(mut self, quality: impl FnOnce(f32) -> ChannelQuality) -> ChannelResult {
        let total_samples = self.undecided_from + self.undecided.len() as u64;
        self.take_pause(total_samples);
        let speech_ratio = match total_samples {
            0 => 0.0,
            total => self.speech_samples as f32 / total as f32,
        };
        let bins = self.fbank.config().mel_bins;
        let frames = self.frames.len() / bins;
        let features = Array2::from_shape_vec((frames, bins), self.frames)
            .unwrap_or_else(|_| Array2::zeros((0, bins)));
        ChannelResult {
            analysis: ChannelAnalysis {
                index: self.index,
                quality: quality(speech_ratio),
                net_speech: NetSpeech::from_millis(self.speech_samples / SAMPLES_A_MS),
            },
            segments: self.segments,
            quality: self.band.report(),
            speech_used: NetSpeech::from_millis(self.used_samples / SAMPLES_A_MS),
            features,
        }
    }
}
