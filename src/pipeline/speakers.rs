//! The first pass over a channel: when there is speech, and whose it is.

use std::sync::mpsc::{Receiver, SyncSender};

use ndarray::{Array2, ArrayView2};

use super::error::PipelineError;
use crate::audio::{BandMeter, Decoder, PauseMeter, Resampler};
use crate::domain::{Bandwidth, Segment};
use crate::embedding::Embedder;
use crate::features::{Fbank, subtract_mean};
use crate::speech::diarize::{
    ActivityStream, ActivityWindow, Core, DiarizationConfig, LocalSpeakers, Run, SpeakerDetector,
    Turn, TurnEvent, TurnFinder, assign, frame_centre, frame_start, label,
};
use crate::speech::{SpeechSegment, VadDetector, VadStream};

/// Samples of the models' rate in a millisecond.
pub(super) const SAMPLES_A_MS: u64 = 16;

/// Fewest feature frames of a turn that is embedded: 0.2 s. What is shorter tells nothing.
const MIN_TURN_ROWS: usize = 20;

/// The features of one turn on their way to the embedding network.
pub(super) struct TurnSpeech {
    channel: u16,
    /// Its place among the turns of the channel.
    place: usize,
    /// `[T, 80]`, mean subtracted.
    features: Array2<f32>,
}

/// The embedding of one turn.
pub(super) struct TurnEmbedding {
    channel: u16,
    place: usize,
    embedding: Vec<f32>,
}

/// Embeds turns until no channel sends any more.
pub(super) fn embed_turns(
    embedder: &Embedder,
    turns: Receiver<TurnSpeech>,
) -> Result<Vec<TurnEmbedding>, PipelineError> {
    turns
        .into_iter()
        .map(|turn| {
            let embedding = embedder.embed(turn.features.view())?;
            Ok(TurnEmbedding {
                channel: turn.channel,
                place: turn.place,
                embedding: embedding.values().to_vec(),
            })
        })
        .collect()
}

/// What the first pass asks.
#[derive(Clone, Copy)]
pub(super) struct Detectors<'a> {
    pub(super) vad: &'a VadDetector,
    pub(super) speakers: &'a SpeakerDetector,
}

/// One channel on its first pass.
pub(super) struct SpeakerTrack<'a> {
    index: u16,
    detectors: Detectors<'a>,
    resampler: Resampler,
    resampled: Vec<f32>,
    vad: VadStream<'a>,
    speech: Vec<SpeechSegment>,
    activity: ActivityStream,
    /// The window that was heard last: how much of it counts depends on the next.
    held: Option<(ActivityWindow, Vec<LocalSpeakers>)>,
    before: Option<usize>,
    finder: TurnFinder,
    turns: Vec<Turn>,
    /// The turn at hand, with its features.
    turn: Turn,
    rows: Vec<f32>,
    band: BandMeter,
    fbank: Fbank,
    sender: SyncSender<TurnSpeech>,
}

/// What the first pass over a channel came to.
pub(super) struct ChannelSpeakers {
    index: u16,
    speech: Vec<SpeechSegment>,
    turns: Vec<Turn>,
    overlaps: Vec<(usize, usize)>,
    bandwidth: Bandwidth,
}

impl<'a> SpeakerTrack<'a> {
    pub(super) fn new(
        index: u16,
        decoder: &Decoder,
        detectors: Detectors<'a>,
        fbank: Fbank,
        sender: SyncSender<TurnSpeech>,
    ) -> Result<Self, PipelineError> {
        Ok(Self {
            index,
            detectors,
            resampler: Resampler::new(decoder.sample_rate(), detectors.vad.sample_rate())?,
            resampled: Vec::new(),
            vad: detectors.vad.stream(),
            speech: Vec::new(),
            activity: detectors.speakers.stream(),
            held: None,
            before: None,
            finder: TurnFinder::default(),
            turns: Vec::new(),
            turn: Turn::default(),
            rows: Vec::new(),
            band: BandMeter::new(),
            fbank,
            sender,
        })
    }

    /// Takes the next samples of the recording.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), PipelineError> {
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        self.resampler.push(samples, &mut resampled);
        let pushed = self.push_resampled(&resampled);
        self.resampled = resampled;
        pushed
    }

    /// Takes the end of the recording.
    pub(super) fn finish(mut self) -> Result<ChannelSpeakers, PipelineError> {
        let mut resampled = Vec::new();
        self.resampler.finish(&mut resampled);
        self.push_resampled(&resampled)?;
        let activity = std::mem::replace(&mut self.activity, self.detectors.speakers.stream());
        let vad = std::mem::replace(&mut self.vad, self.detectors.vad.stream());
        vad.finish(&mut self.speech)?;
        if let Some(window) = activity.finish() {
            self.take_window(window, u64::MAX)?;
        }
        if let Some((window, frames)) = self.held.take() {
            self.find_turns(&window, &frames, None)?;
        }
        let mut events = Vec::new();
        let finder = std::mem::take(&mut self.finder);
        let overlaps = finder.finish(&mut events);
        if !events.is_empty() {
            self.end_turn()?;
        }
        Ok(ChannelSpeakers {
            index: self.index,
            speech: self.speech,
            turns: self.turns,
            overlaps,
            bandwidth: self.band.report(&PauseMeter::default()).bandwidth,
        })
    }

    fn push_resampled(&mut self, samples: &[f32]) -> Result<(), PipelineError> {
        self.vad.push(samples, &mut self.speech)?;
        let undecided_from = self.vad.undecided_from();
        let mut windows = Vec::new();
        self.activity.push(samples, |window| {
            windows.push(window);
            Ok::<(), PipelineError>(())
        })?;
        windows
            .into_iter()
            .try_for_each(|window| self.take_window(window, undecided_from))
    }

    /// Hears a window in which there is speech, or may be from `undecided_from` on.
    fn take_window(
        &mut self,
        window: ActivityWindow,
        undecided_from: u64,
    ) -> Result<(), PipelineError> {
        let start = window.first_sample();
        let end = start + window.samples.len() as u64;
        let recent = self.speech.iter().rev().take_while(|s| s.end > start);
        let has_speech = recent.clone().any(|speech| speech.start < end);
        if !has_speech && undecided_from >= end {
            return Ok(());
        }
        let frames = self.detectors.speakers.frames(&window)?;
        let number = window.number;
        if let Some((held, heard)) = self.held.replace((window, frames)) {
            self.find_turns(&held, &heard, Some(number))?;
        }
        Ok(())
    }

    /// Takes the turns of a window; `after` is the next window that was heard.
    fn find_turns(
        &mut self,
        window: &ActivityWindow,
        frames: &[LocalSpeakers],
        after: Option<usize>,
    ) -> Result<(), PipelineError> {
        let core = Core::of(window.number, frames.len(), self.before, after);
        self.before = Some(window.number);
        let frames = self.in_speech(window, frames);
        let mut events = Vec::new();
        self.finder.push(window.number, &frames, core, &mut events);
        if events.is_empty() {
            return Ok(());
        }
        let features = self.fbank.compute(&window.samples);
        for event in events {
            match event {
                TurnEvent::Run(run) => self.take_run(window, features.view(), run),
                TurnEvent::End => self.end_turn()?,
            }
        }
        Ok(())
    }

    /// The frames, with nobody in those that are no speech. Of a stretch that is still open the
    /// detector tells only where it began.
    fn in_speech(&self, window: &ActivityWindow, frames: &[LocalSpeakers]) -> Vec<LocalSpeakers> {
        let undecided_from = self.vad.undecided_from();
        let start = window.first_sample();
        let end = start + window.samples.len() as u64;
        let near = self.speech.iter().rev().take_while(|s| s.end > start);
        let near: Vec<&SpeechSegment> = near.filter(|s| s.start < end).collect();
        let is_speech = |sample: u64| {
            sample >= undecided_from || near.iter().any(|s| (s.start..s.end).contains(&sample))
        };
        let numbered = (window.first_frame()..).zip(frames);
        numbered
            .map(|(frame, heard)| {
                if is_speech(frame_centre(frame)) {
                    *heard
                } else {
                    LocalSpeakers::default()
                }
            })
            .collect()
    }

    fn take_run(&mut self, window: &ActivityWindow, features: ArrayView2<'_, f32>, run: Run) {
        let in_window = |frame: usize| {
            let sample = frame_start(frame).saturating_sub(window.first_sample());
            usize::try_from(sample).unwrap_or(usize::MAX)
        };
        let (start, end) = (in_window(run.start), in_window(run.end));
        let config = self.fbank.config();
        let (shift, length) = (config.frame_shift_samples(), config.frame_length_samples());
        for (row, values) in features.rows().into_iter().enumerate() {
            if (start..end).contains(&(row * shift + length / 2)) {
                self.rows.extend(values);
            }
        }
        let end = end.min(window.samples.len());
        let samples = window.samples.get(start.min(end)..end).unwrap_or_default();
        self.band.push_speech(samples);
        self.turn.runs.push(run);
    }

    /// Sends the turn at hand to be embedded, if it is long enough to tell anything.
    fn end_turn(&mut self) -> Result<(), PipelineError> {
        let bins = self.fbank.config().mel_bins;
        let place = self.turns.len();
        self.turns.push(std::mem::take(&mut self.turn));
        let rows = std::mem::take(&mut self.rows);
        let count = rows.len() / bins;
        let Ok(mut features) = Array2::from_shape_vec((count, bins), rows) else {
            return Ok(());
        };
        if count < MIN_TURN_ROWS {
            return Ok(());
        }
        subtract_mean(&mut features);
        let turn = TurnSpeech {
            channel: self.index,
            place,
            features,
        };
        // Where nobody listens any more, whoever did says why.
        self.sender
            .send(turn)
            .map_err(|_| PipelineError::EmbeddingStopped)
    }
}

impl ChannelSpeakers {
    /// Takes the embeddings of its turns.
    pub(super) fn take_embeddings(&mut self, embeddings: &[TurnEmbedding]) {
        for found in embeddings {
            if found.channel == self.index
                && let Some(turn) = self.turns.get_mut(found.place)
            {
                turn.embedding = Some(found.embedding.clone());
            }
        }
    }

    /// Segments of the channel in milliseconds; labels count from `first_label` in order of
    /// appearance.
    pub(super) fn segments(&self, first_label: u16, config: &DiarizationConfig) -> Vec<Segment> {
        let merge_above = match self.bandwidth {
            Bandwidth::Narrowband => config.merge_above_narrowband,
            Bandwidth::Wideband => config.merge_above_wideband,
        };
        let frames = assign(&self.turns, &self.overlaps, merge_above, config);
        let labelled = label(&self.speech, &frames, config);
        let mut numbers: Vec<u16> = Vec::new();
        let mut segments: Vec<Segment> = Vec::with_capacity(labelled.len());
        for labelled in labelled {
            let label = labelled.speaker.map(|speaker| {
                let known = numbers.iter().position(|number| *number == speaker);
                let place = known.unwrap_or_else(|| {
                    numbers.push(speaker);
                    numbers.len() - 1
                });
                first_label.saturating_add(u16::try_from(place).unwrap_or(u16::MAX))
            });
            let segment = Segment {
                channel: self.index,
                start_ms: in_ms(labelled.speech.start),
                end_ms: in_ms(labelled.speech.end),
                label,
            };
            if segment.end_ms > segment.start_ms {
                segments.push(segment);
            }
        }
        segments
    }
}

/// Nearest millisecond, so that what ends at a sample and what begins there still meet.
fn in_ms(sample: u64) -> u64 {
    (sample + SAMPLES_A_MS / 2) / SAMPLES_A_MS
}
