//! One channel through the voice activity network, window by window.

use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use super::detector::VadDetector;
use super::error::VadError;
use super::segmenter::{Segmenter, SpeechSegment};
use crate::runtime::RuntimeError;

/// One channel on its way through the network. Its segments do not depend on how the samples are
/// cut into pieces.
#[derive(Debug)]
pub struct VadStream<'d> {
    detector: &'d VadDetector,
    segmenter: Segmenter,
    /// `[1, context + new]`: the inputs live as long as the stream, so that a window costs no
    /// allocation of ours.
    input: Tensor<f32>,
    /// `[layers, 1, width]`.
    state: Tensor<f32>,
    constants: Vec<(&'d str, Tensor<i64>)>,
    /// The samples of the window that is being filled, after its context.
    window: Vec<f32>,
    total_samples: u64,
}

impl<'d> VadStream<'d> {
    pub(super) fn new(detector: &'d VadDetector) -> Result<Self, VadError> {
        let model = detector.model();
        let network = &model.manifest().network;
        let length = detector.shape.context + detector.shape.new;
        let state_shape = [detector.state.layers, 1, detector.state.width];
        let make = || -> ort::Result<_> {
            let input = Tensor::from_array(([1, length], vec![0.0; length]))?;
            let state = vec![0.0; detector.state.layers * detector.state.width];
            let state = Tensor::from_array((state_shape, state))?;
            let mut constants = Vec::new();
            for (name, &value) in &network.constants {
                constants.push((name.as_str(), Tensor::from_array(((), vec![value]))?));
            }
            Ok((input, state, constants))
        };
        let (input, state, constants) = make().map_err(|source| {
            VadError::Runtime(RuntimeError::Network {
                model: model.id().clone(),
                source,
            })
        })?;
        let mut window = Vec::with_capacity(length);
        window.resize(detector.shape.context, 0.0);
        let segmenter = Segmenter::new(
            detector.config(),
            detector.sample_rate(),
            detector.shape.new,
        );
        Ok(Self {
            detector,
            segmenter,
            input,
            state,
            constants,
            window,
            total_samples: 0,
        })
    }

    /// Takes the next samples of the channel, at the detector's rate, in [-1, 1]; adds to `out`
    /// the segments that close within them.
    ///
    /// # Errors
    /// A sample is not finite (none of `samples` is taken then), or the network fails.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<SpeechSegment>) -> Result<(), VadError> {
        if let Some((at, &found)) = samples.iter().enumerate().find(|(_, s)| !s.is_finite()) {
            return Err(VadError::Sample {
                index: self.total_samples + at as u64,
                found,
            });
        }
        // A session is asked for only when there is a whole window to run.
        if self.window.len() + samples.len() < self.window_length() {
            self.window.extend_from_slice(samples);
            self.total_samples += samples.len() as u64;
            return Ok(());
        }
        let detector = self.detector;
        detector
            .model()
            .sessions()
            .with(|session| self.run_all(session, samples, out))?;
        Ok(())
    }

    /// Ends the channel: the rest of the last window counts as silence. Adds the segment that was
    /// still open, if there is one.
    ///
    /// # Errors
    /// The network fails.
    pub fn finish(mut self, out: &mut Vec<SpeechSegment>) -> Result<(), VadError> {
        if self.window.len() > self.detector.shape.context {
            self.window.resize(self.window_length(), 0.0);
            let detector = self.detector;
            let last = detector
                .model()
                .sessions()
                .with(|session| self.run_window(session))?;
            out.extend(self.segmenter.push(last));
        }
        out.extend(self.segmenter.finish(self.total_samples));
        Ok(())
    }

    /// The first sample whose fate is open: every later segment begins at it or after it.
    pub fn undecided_from(&self) -> u64 {
        self.segmenter.undecided_from()
    }

    fn window_length(&self) -> usize {
        self.detector.shape.context + self.detector.shape.new
    }

    fn run_all(
        &mut self,
        session: &mut Session,
        mut samples: &[f32],
        out: &mut Vec<SpeechSegment>,
    ) -> ort::Result<()> {
        while !samples.is_empty() {
            let missing = self.window_length().saturating_sub(self.window.len());
            let (taken, rest) = samples.split_at(missing.min(samples.len()));
            self.window.extend_from_slice(taken);
            self.total_samples += taken.len() as u64;
            samples = rest;
            if self.window.len() == self.window_length() {
                let probability = self.run_window(session)?;
                out.extend(self.segmenter.push(probability));
                self.window.drain(..self.detector.shape.new);
            }
        }
        Ok(())
    }

    /// Runs the full window and keeps the state for the next.
    fn run_window(&mut self, session: &mut Session) -> ort::Result<f32> {
        let network = &self.detector.model().manifest().network;
        let names = &self.detector.state;
        self.input
            .extract_tensor_mut()
            .1
            .copy_from_slice(&self.window);
        let (probability, next) = {
            let mut feed: Vec<(&str, SessionInputValue<'_>)> =
                Vec::with_capacity(2 + self.constants.len());
            feed.push((network.input.as_str(), (&self.input).into()));
            feed.push((names.input.as_str(), (&self.state).into()));
            feed.extend(
                self.constants
                    .iter()
                    .map(|(name, value)| (*name, value.into())),
            );
            let mut outputs = session.run(feed)?;
            let missing = |name: &str| ort::Error::new(format!("no output {name}"));
            let probability = outputs
                .get(&network.output)
                .ok_or_else(|| missing(&network.output))?;
            let probability = probability.try_extract_tensor::<f32>()?.1.first().copied();
            let probability = probability.ok_or_else(|| missing(&network.output))?;
            let next = outputs
                .remove(&names.output)
                .ok_or_else(|| missing(&names.output))?;
            (probability, next)
        };
        let (_, next) = next.try_extract_tensor::<f32>()?;
        let (_, state) = self.state.extract_tensor_mut();
        if next.len() != state.len() {
            let (found, expected) = (next.len(), state.len());
            return Err(ort::Error::new(format!(
                "state of {found} values, expected {expected}"
            )));
        }
        state.copy_from_slice(next);
        if !probability.is_finite() {
            return Err(ort::Error::new(format!(
                "probability {probability}, expected a number"
            )));
        }
        Ok(probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing;
    use crate::speech::VadConfig;

    const RATE_HZ: usize = 16_000;

    fn detector() -> VadDetector {
        VadDetector::new(testing::model("silero-vad", 1), VadConfig::default()).unwrap()
    }

    fn utterance() -> Vec<f32> {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/audio-samples/golden/utterance.wav");
        let mut reader = hound::WavReader::open(path).unwrap();
        reader
            .samples::<i16>()
            .map(|sample| f32::from(sample.unwrap()) / 32768.0)
            .collect()
    }

    fn segments(samples: &[f32], piece: usize) -> Vec<SpeechSegment> {
        let detector = detector();
        let mut stream = detector.stream().unwrap();
        let mut found = Vec::new();
        for samples in samples.chunks(piece) {
            stream.push(samples, &mut found).unwrap();
        }
        stream.finish(&mut found).unwrap();
        found
    }

    /// Uniform noise of a linear congruential generator, the same on every run.
    fn noise(samples: usize, amplitude: f32) -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..samples).map(|_| amplitude * next()).collect()
    }

    #[test]
    fn every_window_has_the_reference_probability() {
        let (detector, samples) = (detector(), utterance());
        let mut stream = detector.stream().unwrap();
        let expected = testing::golden("silero-vad", "probabilities").values;
        assert_eq!(expected.len(), samples.len() / 512);
        for (window, expected) in samples.chunks_exact(512).zip(expected) {
            stream.window.extend_from_slice(window);
            let found = detector
                .model()
                .sessions()
                .with(|session| stream.run_window(session));
            stream.window.drain(..512);
            assert!((found.unwrap() - expected).abs() < 1e-3);
        }
    }

    #[test]
    fn two_prompts_with_a_pause_are_two_segments() {
        let found = segments(&utterance(), RATE_HZ);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].samples() > 2 * RATE_HZ as u64);
    }

    #[test]
    fn silence_noise_and_tones_are_no_speech() {
        let tone = |hz: f32| -> Vec<f32> {
            let step = std::f32::consts::TAU * hz / RATE_HZ as f32;
            (0..5 * RATE_HZ)
                .map(|i| 0.3 * (step * i as f32).sin())
                .collect()
        };
        let cases = [
            ("silence", vec![0.0; 5 * RATE_HZ]),
            ("faint noise", noise(5 * RATE_HZ, 0.003)),
            ("loud noise", noise(5 * RATE_HZ, 0.3)),
            ("a dial tone", tone(425.0)),
            ("a beep", tone(1000.0)),
        ];
        for (name, samples) in cases {
            assert_eq!(segments(&samples, RATE_HZ), [], "{name}");
        }
    }

    #[test]
    fn the_pieces_make_no_difference() {
        let samples = utterance();
        let whole = segments(&samples, samples.len());
        for piece in [1, 511, 512, 513, 1601] {
            assert_eq!(segments(&samples, piece), whole, "pieces of {piece}");
        }
    }

    #[test]
    fn a_channel_without_samples_has_no_speech() {
        assert_eq!(segments(&[], 1), []);
    }

    #[test]
    fn a_sample_that_is_no_number_is_refused_by_its_place() {
        let detector = detector();
        let (mut stream, mut found) = (detector.stream().unwrap(), Vec::new());
        stream.push(&[0.0; 700], &mut found).unwrap();
        let error = stream.push(&[0.0, f32::NAN], &mut found).unwrap_err();
        assert!(matches!(error, VadError::Sample { index: 701, .. }));
    }
}
