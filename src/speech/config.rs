//! When a probability becomes speech.

use serde::{Deserialize, Serialize};

use super::error::VadError;

/// How probabilities become segments.
///
/// # Source
/// The defaults are those that Silero VAD 6.2 publishes for its `get_speech_timestamps`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VadConfig {
    /// Speech begins with a window of at least this probability; default 0.5.
    pub start_threshold: f32,
    /// Speech may end with a window below this probability; default 0.35, not above the start.
    pub end_threshold: f32,
    /// Shorter speech is dropped; default 250 ms.
    pub min_speech_ms: u32,
    /// Speech ends when silence has lasted as long; default 100 ms.
    pub min_silence_ms: u32,
    /// Added on either side of speech; default 30 ms, at most half of `min_silence_ms`, so that
    /// two segments never overlap.
    pub pad_ms: u32,
    /// Speech that goes on longer is cut into segments; default 30 s. Bounds the memory that one
    /// segment takes, and changes nothing else: the pieces follow each other without a gap.
    pub max_speech_ms: u32,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self {
            start_threshold: 0.5,
            end_threshold: 0.35,
            min_speech_ms: 250,
            min_silence_ms: 100,
            pad_ms: 30,
            max_speech_ms: 30_000,
        }
    }
}

impl VadConfig {
    /// Checks that the numbers go together.
    ///
    /// # Errors
    /// A threshold is no probability, the end is above the start, or the padding is longer than
    /// half of the silence.
    pub fn check(&self) -> Result<(), VadError> {
        for (name, value) in [
            ("start_threshold", self.start_threshold),
            ("end_threshold", self.end_threshold),
        ] {
            if !(value > 0.0 && value < 1.0) {
                return Err(VadError::Config(format!(
                    "{name} is {value}, expected within 0 and 1"
                )));
            }
        }
        if self.end_threshold > self.start_threshold {
            return Err(VadError::Config(format!(
                "end_threshold {} is above start_threshold {}",
                self.end_threshold, self.start_threshold
            )));
        }
        if self.pad_ms > self.min_silence_ms / 2 {
            return Err(VadError::Config(format!(
                "pad_ms {} is above half of min_silence_ms {}",
                self.pad_ms, self.min_silence_ms
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_go_together() {
        VadConfig::default().check().unwrap();
    }

    #[test]
    fn numbers_that_do_not_go_together_are_refused() {
        let default = VadConfig::default();
        for wrong in [
            VadConfig {
                start_threshold: f32::NAN,
                ..default
            },
            VadConfig {
                start_threshold: 1.0,
                ..default
            },
            VadConfig {
                end_threshold: 0.6,
                ..default
            },
            VadConfig {
                pad_ms: 51,
                ..default
            },
        ] {
            assert!(
                matches!(wrong.check(), Err(VadError::Config(_))),
                "{wrong:?}"
            );
        }
    }
}
