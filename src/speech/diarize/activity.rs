//! The segmentation network over windows of one channel.

use ort::session::Session;
use ort::value::TensorRef;

use super::powerset::{CLASS_COUNT, LocalSpeakers};
use super::timeline::{FRAME_STEP_SAMPLES, WINDOW_HOP_FRAMES, WINDOW_HOP_SAMPLES};
use crate::domain::SampleRate;
use crate::runtime::{FrontEnd, Model, Role};
use crate::speech::VadError;

/// Tells up to three speakers apart within a window; one for the process, with a stream for each
/// channel.
#[derive(Debug)]
pub struct SpeakerDetector {
    model: Model,
    window_samples: usize,
}

/// What one window holds.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityWindow {
    /// Number of the window from 0; it begins at that many times [`WINDOW_HOP_SAMPLES`].
    pub number: usize,
    /// Its samples, without what was added to fill the last one.
    pub samples: Vec<f32>,
}

impl ActivityWindow {
    /// The first frame of the window on the channel's time.
    pub fn first_frame(&self) -> usize {
        self.number * WINDOW_HOP_FRAMES
    }

    /// The first sample of the window on the channel's time.
    pub fn first_sample(&self) -> u64 {
        self.number as u64 * WINDOW_HOP_SAMPLES as u64
    }
}

impl SpeakerDetector {
    /// A detector over a checked model.
    ///
    /// # Errors
    /// The model is no segmentation model, or of another shape than the frames here.
    pub fn new(model: Model) -> Result<Self, VadError> {
        let model = model.with_role(Role::Segmentation)?;
        let unsuitable = |reason| VadError::Unsuitable {
            model: model.id().clone(),
            reason,
        };
        let FrontEnd::Waveform { window_samples, .. } = model.manifest().front_end else {
            return Err(unsuitable("it takes a filter bank, expected a waveform"));
        };
        if window_samples < 2 * WINDOW_HOP_SAMPLES {
            return Err(unsuitable("its window is shorter than 9.99 s"));
        }
        if model.manifest().network.dimensions != CLASS_COUNT {
            return Err(unsuitable("it has another number of classes than 7"));
        }
        Ok(Self {
            model,
            window_samples,
        })
    }

    /// The model that it runs.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The rate that samples must have.
    pub fn sample_rate(&self) -> SampleRate {
        self.model.manifest().sample_rate_hz
    }

    /// Begins a channel.
    pub fn stream(&self) -> ActivityStream {
        ActivityStream {
            window_samples: self.window_samples,
            waiting: Vec::with_capacity(self.window_samples),
            number: 0,
        }
    }

    /// Who is heard in each frame of a window.
    ///
    /// # Errors
    /// The network fails.
    pub fn frames(&self, window: &ActivityWindow) -> Result<Vec<LocalSpeakers>, VadError> {
        let mut samples = window.samples.clone();
        let whole = samples.len().div_ceil(FRAME_STEP_SAMPLES as usize);
        samples.resize(self.window_samples, 0.0);
        let run = |session: &mut Session| self.run(session, &samples);
        let mut frames = self.model.sessions().with(run)?;
        frames.truncate(whole);
        Ok(frames)
    }

    fn run(&self, session: &mut Session, samples: &[f32]) -> ort::Result<Vec<LocalSpeakers>> {
        let network = &self.model.manifest().network;
        let input = TensorRef::from_array_view(([1, 1, samples.len()], samples))?;
        let outputs = session.run(ort::inputs![network.input.as_str() => input])?;
        let output = outputs
            .get(&network.output)
            .ok_or_else(|| ort::Error::new(format!("no output {}", network.output)))?;
        let (_, values) = output.try_extract_tensor::<f32>()?;
        let frames = values.as_chunks::<CLASS_COUNT>().0;
        Ok(frames
            .iter()
            .map(|frame| LocalSpeakers::most_probable(frame))
            .collect())
    }
}

/// One channel on its way into windows of 10 s, half of each shared with the next.
#[derive(Debug)]
pub struct ActivityStream {
    window_samples: usize,
    waiting: Vec<f32>,
    number: usize,
}

impl ActivityStream {
    /// Takes the next samples of the channel; `take` hears each window that is full.
    ///
    /// # Errors
    /// What `take` says.
    pub fn push<E>(
        &mut self,
        mut samples: &[f32],
        mut take: impl FnMut(ActivityWindow) -> Result<(), E>,
    ) -> Result<(), E> {
        while !samples.is_empty() {
            let missing = self.window_samples - self.waiting.len();
            let (taken, rest) = samples.split_at(missing.min(samples.len()));
            self.waiting.extend_from_slice(taken);
            samples = rest;
            if self.waiting.len() == self.window_samples {
                take(ActivityWindow {
                    number: self.number,
                    samples: self.waiting.clone(),
                })?;
                self.waiting.drain(..WINDOW_HOP_SAMPLES);
                self.number += 1;
            }
        }
        Ok(())
    }

    /// Ends the channel: the last window, where it holds samples that no window had.
    pub fn finish(self) -> Option<ActivityWindow> {
        let seen = match self.number {
            0 => 0,
            _ => self.window_samples - WINDOW_HOP_SAMPLES,
        };
        (self.waiting.len() > seen).then_some(ActivityWindow {
            number: self.number,
            samples: self.waiting,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing;
    use std::convert::Infallible;

    fn detector() -> SpeakerDetector {
        SpeakerDetector::new(testing::model("segmentation-3.0", 1)).unwrap()
    }

    fn windows(length: usize, piece: usize) -> Vec<ActivityWindow> {
        let samples: Vec<f32> = (0..length).map(|sample| sample as f32).collect();
        let (mut stream, mut found) = (detector().stream(), Vec::new());
        for samples in samples.chunks(piece) {
            let done: Result<(), Infallible> = stream.push(samples, |window| {
                found.push(window);
                Ok(())
            });
            done.unwrap();
        }
        found.extend(stream.finish());
        found
    }

    #[test]
    fn windows_cover_the_channel_whatever_the_pieces() {
        for length in [0, 1, 159_999, 160_000, 160_001, 239_920, 239_921, 500_000] {
            let found = windows(length, 70_001);
            assert_eq!(found, windows(length, length.max(1)), "{length}");
            for window in &found {
                assert_eq!(window.samples[0], window.first_sample() as f32);
            }
            let end = found
                .last()
                .map_or(0, |last| last.first_sample() as usize + last.samples.len());
            assert_eq!(end, length);
        }
    }

    #[test]
    fn an_utterance_has_one_speaker_and_its_pause_none() {
        let (rate, file) = (16_000, "audio-samples/golden/utterance.wav");
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let samples: Vec<f32> = hound::WavReader::open(path)
            .unwrap()
            .into_samples::<i16>()
            .map(|sample| f32::from(sample.unwrap()) / 32768.0)
            .collect();
        let seconds = samples.len() / rate;
        let window = ActivityWindow { number: 0, samples };
        let frames = detector().frames(&window).unwrap();
        assert!(frames.len() >= seconds * rate / 270);
        let heard: Vec<usize> = (0..3)
            .map(|speaker| frames.iter().filter(|set| set.contains(speaker)).count())
            .collect();
        assert_eq!(
            heard.iter().filter(|count| **count > 0).count(),
            1,
            "{heard:?}"
        );
        assert!(frames.iter().any(|set| set.count() == 0));
    }

    #[test]
    fn a_model_of_another_role_tells_no_speakers() {
        assert!(SpeakerDetector::new(testing::model("silero-vad", 1)).is_err());
    }
}
