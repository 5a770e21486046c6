//! The second pass over a channel: what its voices are like, from the segments that are theirs.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::error::PipelineError;
use super::speakers::SAMPLES_A_MS;
use crate::audio::{
    BandMeter, Decoder, LevelMeter, PauseMeter, Resampler, SoundMeter, TraceMeter, WadaMeter,
};
use crate::domain::{
    ChannelAnalysis, ChannelQuality, NetSpeech, SampleRate, Segment, VoiceQuality,
};
use crate::features::{Fbank, FbankConfig};

/// Longest stretch that is held at once, in samples: longer segments are cut, which costs a voice
/// two frames in 30 s.
const MAX_STRETCH_SAMPLES: usize = 30_000 * SAMPLES_A_MS as usize;

/// Share of full scale from which a sample that may have been resampled counts as clipped: the
/// filter's ripple lowers a flat top a little.
const CLIPPED_SHARE: f32 = 0.99;

/// What a voice came to.
pub(super) struct VoiceSpeech {
    pub(super) channel: u16,
    pub(super) label: u16,
    pub(super) net_speech: NetSpeech,
    pub(super) speech_used: NetSpeech,
    pub(super) quality: VoiceQuality,
    /// Features of the speech used, mean not yet subtracted, `[T, 80]`.
    pub(super) features: Array2<f32>,
}

/// One channel on its second pass.
pub(super) struct VoiceTrack {
    index: u16,
    level: LevelMeter,
    trace: TraceMeter,
    resampler: Resampler,
    resampled: Vec<f32>,
    /// Segments still ahead, the next one last.
    ahead: Vec<Segment>,
    position: u64,
    stretch: Vec<f32>,
    pauses: PauseMeter,
    sound: SoundMeter,
    full_scale: f32,
    speech_samples: u64,
    max_used_samples: u64,
    fbank: Fbank,
    voices: BTreeMap<u16, VoiceMeters>,
}

/// What is gathered of one voice.
struct VoiceMeters {
    band: BandMeter,
    wada: WadaMeter,
    clipped_samples: u64,
    speech_samples: u64,
    used_samples: u64,
    frames: Vec<f32>,
}

impl VoiceTrack {
    /// A channel with its segments, which ascend and do not overlap.
    pub(super) fn new(
        index: u16,
        decoder: &Decoder,
        segments: &[Segment],
        fbank: &FbankConfig,
        max_speech: NetSpeech,
    ) -> Result<Self, PipelineError> {
        let own = segments.iter().filter(|segment| segment.channel == index);
        let mut ahead: Vec<Segment> = own.copied().collect();
        let labels = ahead.iter().filter_map(|segment| segment.label);
        let voices = labels.map(|label| (label, VoiceMeters::new())).collect();
        ahead.reverse();
        Ok(Self {
            index,
            level: LevelMeter::new(decoder.full_scale()),
            trace: TraceMeter::default(),
            resampler: Resampler::new(decoder.sample_rate(), SampleRate::HZ_16000)?,
            resampled: Vec::new(),
            ahead,
            position: 0,
            stretch: Vec::new(),
            pauses: PauseMeter::default(),
            sound: SoundMeter::default(),
            full_scale: decoder.full_scale(),
            speech_samples: 0,
            max_used_samples: max_speech.as_millis() * SAMPLES_A_MS,
            fbank: Fbank::new(fbank.clone())?,
            voices,
        })
    }

    /// Takes the next samples of the recording.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.level.push(samples);
        self.trace.push(samples);
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        self.resampler.push(samples, &mut resampled);
        self.take(&resampled);
        self.resampled = resampled;
    }

    /// The samples that the last push came to, at 16 kHz.
    pub(super) fn resampled(&self) -> &[f32] {
        &self.resampled
    }

    /// Takes the end of the recording.
    pub(super) fn finish(mut self) -> (ChannelAnalysis, Vec<VoiceSpeech>) {
        let mut resampled = Vec::new();
        self.resampler.finish(&mut resampled);
        self.take(&resampled);
        self.end_stretch();
        let level = self.level.report();
        let sound = self.sound.report(self.position);
        let speech_ratio = self.speech_samples as f32 / self.position.max(1) as f32;
        let channel = ChannelAnalysis {
            index: self.index,
            quality: ChannelQuality {
                level_dbfs: level.level_dbfs,
                peak_dbfs: level.peak_dbfs,
                clipping_ratio: level.clipping_ratio,
                dc_offset: level.dc_offset,
                speech_ratio,
                silence_ratio: Some(sound.silence_ratio),
                tone_ratio: Some(sound.tone_ratio),
                music_ratio: Some(sound.music_ratio),
                cross_talk: None,
                codec_trace: self.trace.report(),
            },
            net_speech: NetSpeech::from_millis(self.speech_samples / SAMPLES_A_MS),
        };
        let bins = self.fbank.config().mel_bins;
        let voices = self.voices.into_iter().map(|(label, voice)| VoiceSpeech {
            channel: self.index,
            label,
            net_speech: NetSpeech::from_millis(voice.speech_samples / SAMPLES_A_MS),
            speech_used: NetSpeech::from_millis(voice.used_samples / SAMPLES_A_MS),
            quality: voice.quality(&self.pauses),
            features: Array2::from_shape_vec((voice.frames.len() / bins, bins), voice.frames)
                .unwrap_or_else(|_| Array2::zeros((0, bins))),
        });
        (channel, voices.collect())
    }

    fn take(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let over = |segment: &mut Segment| segment.end_ms * SAMPLES_A_MS <= self.position;
            while self.ahead.pop_if(over).is_some() {}
            let next = self.ahead.last().copied();
            let until = match next {
                Some(segment) if self.position < segment.start_ms * SAMPLES_A_MS => {
                    segment.start_ms * SAMPLES_A_MS
                }
                Some(segment) => segment.end_ms * SAMPLES_A_MS,
                None => u64::MAX,
            };
            let is_speech = next.is_some_and(|s| self.position >= s.start_ms * SAMPLES_A_MS);
            let count = usize::try_from(until - self.position).unwrap_or(usize::MAX);
            let (taken, rest) = samples.split_at(count.min(samples.len()));
            samples = rest;
            self.position += taken.len() as u64;
            if is_speech {
                self.sound.interrupt();
                self.take_speech(taken);
            } else {
                self.pauses.push(taken);
                self.sound.push(taken);
            }
            if is_speech && self.position >= until {
                self.end_stretch();
                self.ahead.pop();
            }
        }
    }

    fn take_speech(&mut self, mut samples: &[f32]) {
        self.speech_samples += samples.len() as u64;
        while !samples.is_empty() {
            let room = MAX_STRETCH_SAMPLES - self.stretch.len();
            let (taken, rest) = samples.split_at(room.min(samples.len()));
            self.stretch.extend_from_slice(taken);
            samples = rest;
            if self.stretch.len() == MAX_STRETCH_SAMPLES {
                self.end_stretch();
            }
        }
    }

    /// Gives the stretch to its voice; overlap is nobody's.
    fn end_stretch(&mut self) {
        let label = self.ahead.last().and_then(|segment| segment.label);
        if let Some(voice) = label.and_then(|label| self.voices.get_mut(&label)) {
            voice.measure(&self.stretch, self.full_scale);
            voice.take(&self.stretch, &mut self.fbank, self.max_used_samples);
        }
        self.stretch.clear();
    }
}

impl VoiceMeters {
    fn new() -> Self {
        Self {
            band: BandMeter::new(),
            wada: WadaMeter::default(),
            clipped_samples: 0,
            speech_samples: 0,
            used_samples: 0,
            frames: Vec::new(),
        }
    }

    fn measure(&mut self, stretch: &[f32], full_scale: f32) {
        self.band.push_speech(stretch);
        self.wada.push(stretch);
        let clipped = |sample: &&f32| sample.abs() >= CLIPPED_SHARE * full_scale;
        self.clipped_samples += stretch.iter().filter(clipped).count() as u64;
    }

    fn quality(&self, pauses: &PauseMeter) -> VoiceQuality {
        let clipped = self.clipped_samples as f32 / self.speech_samples.max(1) as f32;
        VoiceQuality {
            wada_snr_db: self.wada.snr_db(),
            clipping_ratio: Some(clipped),
            ..self.band.report(pauses)
        }
    }

    /// Uses a stretch up to the most that a voiceprint takes: the first so much of
    /// the voice, so that the choice is the same on every run.
    fn take(&mut self, stretch: &[f32], fbank: &mut Fbank, max_used_samples: u64) {
        self.speech_samples += stretch.len() as u64;
        let left = max_used_samples.saturating_sub(self.used_samples);
        let length = (stretch.len() as u64).min(left);
        self.used_samples += length;
        let used = stretch.get(..length as usize).unwrap_or_default();
        fbank.compute_into(used, &mut self.frames);
    }
}
