//! The voice activity network with its settings.

use super::config::VadConfig;
use super::error::VadError;
use super::stream::VadStream;
use crate::domain::SampleRate;
use crate::runtime::{FrontEnd, Model, Role, State};

/// Tells speech from everything else; one for the process, with a stream for each channel.
#[derive(Debug)]
pub struct VadDetector {
    model: Model,
    config: VadConfig,
    pub(super) shape: WindowShape,
    pub(super) state: State,
}

/// What the network takes at once, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WindowShape {
    /// Samples of the window before.
    pub(super) context: usize,
    /// New samples.
    pub(super) new: usize,
}

impl VadDetector {
    /// A detector over a checked model.
    ///
    /// # Errors
    /// The model is no voice activity model, takes no waveform or keeps no state, or the settings
    /// do not go together.
    pub fn new(model: Model, config: VadConfig) -> Result<Self, VadError> {
        config.check()?;
        let model = model.with_role(Role::Vad)?;
        let unsuitable = |reason| VadError::Unsuitable {
            model: model.id().clone(),
            reason,
        };
        let shape = match model.manifest().front_end {
            FrontEnd::Waveform {
                window_samples,
                context_samples,
            } => WindowShape {
                context: context_samples,
                new: window_samples,
            },
            FrontEnd::Fbank { .. } => {
                return Err(unsuitable("it takes a filter bank, expected a waveform"));
            }
        };
        if shape.new == 0 || shape.context > shape.new {
            return Err(unsuitable("its window is shorter than its context"));
        }
        let state = model.manifest().network.state.clone();
        let state = state.ok_or_else(|| unsuitable("it keeps no state, expected network.state"))?;
        Ok(Self {
            model,
            config,
            shape,
            state,
        })
    }

    /// The model that it runs.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Its settings.
    pub fn config(&self) -> &VadConfig {
        &self.config
    }

    /// The rate that a stream's samples must have.
    pub fn sample_rate(&self) -> SampleRate {
        self.model.manifest().sample_rate_hz
    }

    /// Begins a channel.
    pub fn stream(&self) -> VadStream<'_> {
        VadStream::new(self)
    }
}
