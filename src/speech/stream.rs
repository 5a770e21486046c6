//! One channel through the voice activity network, in runs of windows.

use ort::session::Session;
use ort::value::TensorRef;

use super::detector::VadDetector;
use super::error::VadError;
use super::segmenter::{Segmenter, SpeechSegment};

/// Windows in one run of the network, the last of a channel excepted: about a second. Always as
/// many, so that the bits of an answer do not depend on how the samples came.
const RUN_WINDOWS: usize = 32;

/// One channel on its way through the network. Its segments do not depend on how the samples are
/// cut into pieces.
#[derive(Debug)]
pub struct VadStream<'d> {
    detector: &'d VadDetector,
    segmenter: Segmenter,
    /// `[layers, 1, width]`.
    state: Vec<f32>,
    /// Samples that wait for their run, after the context of the first window.
    waiting: Vec<f32>,
    total_samples: u64,
}

impl<'d> VadStream<'d> {
    pub(super) fn new(detector: &'d VadDetector) -> Self {
        let shape = detector.shape;
        let mut waiting = Vec::with_capacity(shape.context + RUN_WINDOWS * shape.new);
        waiting.resize(shape.context, 0.0);
        Self {
            detector,
            segmenter: Segmenter::new(detector.config(), detector.sample_rate(), shape.new),
            state: vec![0.0; detector.state.layers * detector.state.width],
            waiting,
            total_samples: 0,
        }
    }

    /// Takes the next samples of the channel, at the detector's rate, in [-1, 1]; adds to `out`
    /// the segments that close within them.
    ///
    /// # Errors
    /// A sample is not finite (none of `samples` is taken then), or the network fails.
    pub fn push(
        &mut self,
        mut samples: &[f32],
        out: &mut Vec<SpeechSegment>,
    ) -> Result<(), VadError> {
        if let Some((at, &found)) = samples.iter().enumerate().find(|(_, s)| !s.is_finite()) {
            return Err(VadError::Sample {
                index: self.total_samples + at as u64,
                found,
            });
        }
        let shape = self.detector.shape;
        let full = shape.context + RUN_WINDOWS * shape.new;
        while !samples.is_empty() {
            let missing = full.saturating_sub(self.waiting.len());
            let (taken, rest) = samples.split_at(missing.min(samples.len()));
            self.waiting.extend_from_slice(taken);
            self.total_samples += taken.len() as u64;
            samples = rest;
            if self.waiting.len() == full {
                self.run(out)?;
            }
        }
        Ok(())
    }

    /// Ends the channel: the rest of the last window counts as silence. Adds the segment that was
    /// still open, if there is one.
    ///
    /// # Errors
    /// The network fails.
    pub fn finish(mut self, out: &mut Vec<SpeechSegment>) -> Result<(), VadError> {
        let shape = self.detector.shape;
        let waiting = self.waiting.len() - shape.context;
        if waiting > 0 {
            let whole = waiting.next_multiple_of(shape.new);
            self.waiting.resize(shape.context + whole, 0.0);
            self.run(out)?;
        }
        out.extend(self.segmenter.finish(self.total_samples));
        Ok(())
    }

    /// The first sample whose fate is open: every later segment begins at it or after it.
    pub fn undecided_from(&self) -> u64 {
        self.segmenter.undecided_from()
    }

    /// Runs the windows that wait, and keeps the context of the next.
    fn run(&mut self, out: &mut Vec<SpeechSegment>) -> Result<(), VadError> {
        let shape = self.detector.shape;
        let probabilities = self.probabilities()?;
        for probability in probabilities {
            out.extend(self.segmenter.push(probability));
        }
        self.waiting.drain(..self.waiting.len() - shape.context);
        Ok(())
    }

    /// The probability of speech in each window that waits; the state moves on behind them.
    fn probabilities(&mut self) -> Result<Vec<f32>, VadError> {
        let shape = self.detector.shape;
        let length = shape.context + shape.new;
        let mut windows = Vec::with_capacity(RUN_WINDOWS * length);
        for window in self.waiting.windows(length).step_by(shape.new) {
            windows.extend_from_slice(window);
        }
        let sessions = self.detector.model().sessions();
        let state = &mut self.state;
        let probabilities =
            sessions.with(|session| run_windows(self.detector, session, &windows, state))?;
        Ok(probabilities)
    }
}

/// Runs `windows` `[N, context + new]` and replaces `state`.
fn run_windows(
    detector: &VadDetector,
    session: &mut Session,
    windows: &[f32],
    state: &mut [f32],
) -> ort::Result<Vec<f32>> {
    let network = &detector.model().manifest().network;
    let names = &detector.state;
    let length = detector.shape.context + detector.shape.new;
    let count = windows.len() / length;
    let input = TensorRef::from_array_view(([count, length], windows))?;
    let before = TensorRef::from_array_view(([names.layers, 1, names.width], &*state))?;
    let outputs = session.run(ort::inputs![
        network.input.as_str() => input,
        names.input.as_str() => before,
    ])?;
    let missing = |name: &str| ort::Error::new(format!("no output {name}"));
    let found = |name: &String, expected: usize| {
        let values = outputs.get(name).ok_or_else(|| missing(name))?;
        let values = values.try_extract_tensor::<f32>()?.1;
        if values.len() == expected && values.iter().all(|value| value.is_finite()) {
            return Ok(values.to_vec());
        }
        let found = values.len();
        Err(ort::Error::new(format!(
            "output {name} has {found} values, expected {expected}, all finite"
        )))
    };
    let probabilities = found(&network.output, count)?;
    let after = found(&names.output, state.len())?;
    drop(outputs);
    state.copy_from_slice(&after);
    Ok(probabilities)
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
        let mut stream = detector.stream();
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
        let expected = testing::golden("silero-vad", "probabilities").values;
        assert_eq!(expected.len(), samples.len() / 512);
        for run in [1, 3, RUN_WINDOWS] {
            let mut stream = detector.stream();
            let mut found = Vec::new();
            for samples in samples[..expected.len() * 512].chunks(run * 512) {
                stream.waiting.extend_from_slice(samples);
                found.extend(stream.probabilities().unwrap());
                stream.waiting.drain(..stream.waiting.len() - 64);
            }
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-4, "{found}, not {expected}");
            }
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
        let (mut stream, mut found) = (detector.stream(), Vec::new());
        stream.push(&[0.0; 700], &mut found).unwrap();
        let error = stream.push(&[0.0, f32::NAN], &mut found).unwrap_err();
        assert!(matches!(error, VadError::Sample { index: 701, .. }));
    }
}
