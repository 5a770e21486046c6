//! Probabilities, one a window, to stretches of speech: pure, streaming, without the network.

use super::config::VadConfig;
use crate::domain::SampleRate;

/// A stretch of speech of one channel, in samples from its start: `start..end`, not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechSegment {
    /// The first sample.
    pub start: u64,
    /// One past the last sample.
    pub end: u64,
}

impl SpeechSegment {
    /// How many samples it has.
    pub fn samples(&self) -> u64 {
        self.end - self.start
    }
}

/// Turns probabilities into segments with hysteresis; emits each as soon as it has closed.
///
/// Segments come in order and never overlap.
#[derive(Debug, Clone)]
pub struct Segmenter {
    start_threshold: f32,
    end_threshold: f32,
    min_speech_samples: u64,
    min_silence_samples: u64,
    pad_samples: u64,
    max_speech_samples: u64,
    window_samples: u64,
    position: u64,
    last_end: u64,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Silence,
    /// Speech since `start`; `quiet_since` where the probability has fallen below the end
    /// threshold and has not come back to the start threshold.
    Speech {
        start: u64,
        quiet_since: Option<u64>,
    },
}

impl Segmenter {
    /// A segmenter for windows of so many samples at the rate; `config` has been checked.
    pub fn new(config: &VadConfig, rate: SampleRate, window_samples: usize) -> Self {
        let samples = |ms: u32| u64::from(ms) * u64::from(rate.hz()) / 1000;
        Self {
            start_threshold: config.start_threshold,
            end_threshold: config.end_threshold,
            min_speech_samples: samples(config.min_speech_ms),
            min_silence_samples: samples(config.min_silence_ms),
            pad_samples: samples(config.pad_ms),
            max_speech_samples: samples(config.max_speech_ms),
            window_samples: window_samples as u64,
            position: 0,
            last_end: 0,
            state: State::Silence,
        }
    }

    /// Takes the next window's probability; gives a segment if one closes with it.
    pub fn push(&mut self, probability: f32) -> Option<SpeechSegment> {
        let window_start = self.position;
        self.position += self.window_samples;
        match self.state {
            State::Silence => {
                if probability >= self.start_threshold {
                    self.state = State::Speech {
                        start: window_start,
                        quiet_since: None,
                    };
                }
                None
            }
            State::Speech { start, quiet_since } => {
                let quiet_since = if probability >= self.start_threshold {
                    None
                } else if probability < self.end_threshold {
                    Some(quiet_since.unwrap_or(window_start))
                } else {
                    quiet_since
                };
                let over = quiet_since.filter(|&since| {
                    probability < self.end_threshold
                        && window_start - since >= self.min_silence_samples
                });
                if over.is_none() && self.position - start >= self.max_speech_samples {
                    return self.cut(start);
                }
                self.state = match over {
                    Some(_) => State::Silence,
                    None => State::Speech { start, quiet_since },
                };
                over.and_then(|end| self.close(start, end, self.position))
            }
        }
    }

    /// Ends the channel after `total_samples`, of which the last window may have been part only.
    pub fn finish(mut self, total_samples: u64) -> Option<SpeechSegment> {
        match self.state {
            State::Silence => None,
            State::Speech { start, quiet_since } => {
                let end = quiet_since.unwrap_or(total_samples).min(total_samples);
                self.close(start, end, total_samples)
            }
        }
    }

    /// The first sample whose fate is open: every later segment begins at it or after it.
    pub fn undecided_from(&self) -> u64 {
        let start = match self.state {
            State::Silence => self.position,
            State::Speech { start, .. } => start,
        };
        start.saturating_sub(self.pad_samples).max(self.last_end)
    }

    /// Cuts speech that goes on: what is there is a segment, the next one begins where it ends. So
    /// a caller that keeps samples until their fate is known needs bounded memory.
    fn cut(&mut self, start: u64) -> Option<SpeechSegment> {
        let start = start.saturating_sub(self.pad_samples).max(self.last_end);
        let end = self.position;
        self.last_end = end;
        self.state = State::Speech {
            start: end,
            quiet_since: None,
        };
        Some(SpeechSegment { start, end })
    }

    /// Pads what is long enough, within the audio and clear of the segment before.
    fn close(&mut self, start: u64, end: u64, limit: u64) -> Option<SpeechSegment> {
        if end.saturating_sub(start) <= self.min_speech_samples {
            return None;
        }
        let start = start.saturating_sub(self.pad_samples).max(self.last_end);
        let end = (end + self.pad_samples).min(limit);
        self.last_end = end;
        Some(SpeechSegment { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: usize = 512;

    fn segments(probabilities: &[f32]) -> Vec<SpeechSegment> {
        let config = VadConfig::default();
        let mut segmenter = Segmenter::new(&config, SampleRate::HZ_16000, WINDOW);
        let mut found: Vec<_> = probabilities
            .iter()
            .filter_map(|&p| segmenter.push(p))
            .collect();
        found.extend(segmenter.finish((probabilities.len() * WINDOW) as u64));
        found
    }

    fn runs(runs: &[(usize, f32)]) -> Vec<f32> {
        runs.iter().flat_map(|&(count, p)| vec![p; count]).collect()
    }

    #[test]
    fn speech_between_silences_is_padded_on_both_sides() {
        let found = segments(&runs(&[(10, 0.0), (20, 0.9), (10, 0.0)]));
        let expected = SpeechSegment {
            start: 10 * 512 - 480,
            end: 30 * 512 + 480,
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_short_dip_does_not_split_speech() {
        assert_eq!(segments(&runs(&[(20, 0.9), (3, 0.1), (20, 0.9)])).len(), 1);
        assert_eq!(segments(&runs(&[(20, 0.9), (10, 0.1), (20, 0.9)])).len(), 2);
    }

    #[test]
    fn between_the_thresholds_speech_goes_on_but_does_not_begin() {
        assert!(segments(&runs(&[(40, 0.4)])).is_empty());
        let found = segments(&runs(&[(10, 0.9), (40, 0.4)]));
        assert_eq!(
            found,
            [SpeechSegment {
                start: 0,
                end: 50 * 512
            }]
        );
    }

    #[test]
    fn a_click_is_no_speech() {
        assert!(segments(&runs(&[(10, 0.0), (3, 1.0), (20, 0.0)])).is_empty());
    }

    #[test]
    fn speech_up_to_the_end_is_closed_there() {
        let found = segments(&runs(&[(10, 0.0), (20, 0.9)]));
        assert_eq!(
            found,
            [SpeechSegment {
                start: 10 * 512 - 480,
                end: 30 * 512
            }]
        );
    }

    proptest! {
        #[test]
        fn segments_are_in_order_apart_and_within_the_audio(
            probabilities in prop::collection::vec(0f32..1.0, 0..400),
            blocks in 1usize..30,
        ) {
            // Repeating each value makes stretches long enough to be speech.
            let probabilities: Vec<_> =
                probabilities.iter().flat_map(|&p| vec![p; blocks]).collect();
            let mut last_end = 0;
            for segment in segments(&probabilities) {
                prop_assert!(segment.start >= last_end);
                prop_assert!(segment.end > segment.start);
                last_end = segment.end;
            }
            prop_assert!(last_end <= (probabilities.len() * WINDOW) as u64);
        }
    }
}
