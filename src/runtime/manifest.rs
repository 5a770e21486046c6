//! `model.toml`: what a model is and what it promises.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::error::RuntimeError;
use super::npy::Array;
use crate::domain::{ModelId, SampleRate, Sha256};

/// The file name of a manifest within a model's folder.
pub(super) const FILE_NAME: &str = "model.toml";

/// What a model is, read from its `model.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The model's name, the same as its folder's.
    pub id: ModelId,
    /// What it is for.
    pub role: Role,
    /// The network's file within the folder.
    pub file: String,
    /// That file's digest.
    pub sha256: Sha256,
    /// The licence of the weights, as an SPDX expression.
    pub licence: String,
    /// Where the weights come from.
    pub origin: String,
    /// The rate of the audio that it was trained on.
    pub sample_rate_hz: SampleRate,
    /// What is done to the audio before the network.
    pub front_end: FrontEnd,
    /// The network's inputs and outputs.
    pub network: Network,
    /// What it must compute.
    pub golden: Golden,
    /// How the channel is taken out of its embeddings; none where it is not.
    #[serde(default)]
    pub channels: Option<Channels>,
    /// How alike its embeddings of one person's turns are; none where nobody measured it.
    #[serde(default)]
    pub turns: Option<Turns>,
}

/// From which mean cosine the turns of a channel are taken for one person's, -1 to 1, as the `dev`
/// calls of `scripts/make_diarization_sets.py` ask for it. It depends on the model as scores do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    /// On narrowband channels.
    pub merge_above_narrowband: f32,
    /// On wideband channels.
    pub merge_above_wideband: f32,
}

/// Channels that embeddings are compensated for, as `scripts/train_compensation.py` makes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// Means, weights and maps, `.npy` `[K, D + 2, D]` within the folder.
    pub file: String,
    /// That file's digest.
    pub sha256: Sha256,
    /// What the K channels are called.
    pub names: Vec<String>,
    /// Biases of the regression that tells the channels apart, `[K]`.
    pub biases: Vec<f64>,
    /// What the model's golden output becomes, `.npy` `[1, D]` within the folder.
    pub golden: String,
}

/// Name of the file that describes channels apart from a model.
const CHANNELS_FILE: &str = "channels.toml";

impl Channels {
    /// Those of a folder of their own, such as ones that were trained without some speakers:
    /// `channels.toml` has what `[channels]` of a manifest has.
    ///
    /// # Errors
    /// The file cannot be read, or is not understood.
    pub fn read(folder: &Path) -> Result<Self, RuntimeError> {
        let path = folder.join(CHANNELS_FILE);
        let text = fs::read_to_string(&path).map_err(|source| RuntimeError::Unreadable {
            path: path.clone(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| RuntimeError::Manifest {
            path,
            reason: error.to_string(),
        })
    }

    /// Their numbers, and what they must make of the model's golden output.
    ///
    /// # Errors
    /// A file cannot be read, is no array, or has another hash than is said here.
    pub fn numbers(&self, folder: &Path) -> Result<(Array, Array), RuntimeError> {
        let path = folder.join(&self.file);
        let (numbers, found) = Array::read_with_hash(&path)?;
        if found != self.sha256 {
            return Err(RuntimeError::WrongHash {
                path,
                expected: self.sha256,
                found,
            });
        }
        let golden = Array::read(&folder.join(&self.golden))?;
        Ok((numbers, golden))
    }
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Who speaks: one vector a voice.
    Embedding,
    /// Who speaks when, within one channel.
    Segmentation,
    /// Whether anyone speaks.
    Vad,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedding => "embedding",
            Self::Segmentation => "segmentation",
            Self::Vad => "vad",
        })
    }
}

/// What is done to the audio before the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FrontEnd {
    /// Kaldi's log mel filter bank, `[T, bins]`.
    Fbank {
        /// Mel bins.
        bins: usize,
        /// Length of a frame in ms.
        window_ms: u32,
        /// From one frame to the next, in ms.
        shift_ms: u32,
        /// Lower edge of the lowest bin in Hz.
        low_hz: f32,
        /// Upper edge of the highest bin in Hz.
        high_hz: f32,
        /// Over what the mean of each bin is subtracted.
        mean: Mean,
    },
    /// Samples in [-1, 1].
    Waveform {
        /// New samples a window.
        window_samples: usize,
        /// Samples of the window before that precede them.
        context_samples: usize,
    },
}

/// Over what the mean of each bin is subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mean {
    /// It is not.
    None,
    /// The whole utterance.
    Utterance,
}

/// The network's inputs and outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Name of the input that takes features or samples.
    pub input: String,
    /// Name of the output that answers.
    pub output: String,
    /// Length of the output's last axis.
    pub dimensions: usize,
    /// What the network has done to its output already.
    pub normalisation: Normalisation,
    /// What goes from one window to the next.
    #[serde(default)]
    pub state: Option<State>,
}

/// What the network has done to its output already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing.
    None,
    /// Vectors have norm 1.
    UnitNorm,
    /// Log-probabilities.
    LogSoftmax,
}

/// What goes from one window to the next, `[layers, 1, width]`, zeros at first. The windows of one
/// run, the first axis of its input, follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Name of the input.
    pub input: String,
    /// Name of the output.
    pub output: String,
    /// Length of the first axis.
    pub layers: usize,
    /// Length of the last axis.
    pub width: usize,
}

/// What the model must compute, as `.npy` files within the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// The largest absolute difference that still counts as the same model.
    pub tolerance: f32,
    /// Files by input name.
    pub inputs: BTreeMap<String, String>,
    /// Files by output name.
    pub outputs: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads `folder/model.toml`.
    ///
    /// # Errors
    /// It cannot be read, has unknown or missing fields, or promises nothing that can be checked.
    pub fn read(folder: &Path) -> Result<Self, RuntimeError> {
        let path = folder.join(FILE_NAME);
        let text = fs::read_to_string(&path).map_err(|source| RuntimeError::Unreadable {
            path: path.clone(),
            source,
        })?;
        Self::parse(&text).map_err(|reason| RuntimeError::Manifest { path, reason })
    }

    /// The manifest that `text`, TOML, says.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.id.as_str().is_empty() {
            return Err("id is empty".into());
        }
        if self.network.dimensions == 0 {
            return Err("network.dimensions is 0, expected at least 1".into());
        }
        if !(self.golden.tolerance > 0.0 && self.golden.tolerance.is_finite()) {
            return Err(format!(
                "golden.tolerance is {}, expected more than 0",
                self.golden.tolerance
            ));
        }
        let turns = self.turns.map(|turns| {
            [
                ("turns.merge_above_narrowband", turns.merge_above_narrowband),
                ("turns.merge_above_wideband", turns.merge_above_wideband),
            ]
        });
        let wrong = turns
            .into_iter()
            .flatten()
            .find(|(_, value)| !(-1.0..=1.0).contains(value));
        if let Some((name, value)) = wrong {
            return Err(format!("{name} is {value}, expected -1 to 1"));
        }
        if !self.golden.outputs.contains_key(&self.network.output) {
            return Err(format!("golden.outputs has no {}", self.network.output));
        }
        let golden = self
            .golden
            .inputs
            .values()
            .chain(self.golden.outputs.values());
        let channels = self
            .channels
            .iter()
            .flat_map(|each| [&each.file, &each.golden]);
        match golden
            .chain([&self.file])
            .chain(channels)
            .find(|file| !stays_inside(file))
        {
            Some(file) => Err(format!("file {file:?} leads out of the model's folder")),
            None => Ok(()),
        }
    }
}

fn stays_inside(file: &str) -> bool {
    let mut components = Path::new(file).components().peekable();
    components.peek().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::models_folder;

    fn silero() -> String {
        fs::read_to_string(models_folder().unwrap().join("silero-vad").join(FILE_NAME)).unwrap()
    }

    #[test]
    fn the_shipped_manifest_says_what_the_card_says() {
        let manifest = Manifest::parse(&silero()).unwrap();
        assert_eq!(manifest.role, Role::Vad);
        assert_eq!(
            manifest.front_end,
            FrontEnd::Waveform {
                window_samples: 512,
                context_samples: 64
            }
        );
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        for (known, planted) in [
            ("id =", "colour = 1\nid ="),
            ("window_samples", "wide = 1\nwindow_samples"),
        ] {
            let error = Manifest::parse(&silero().replacen(known, planted, 1)).unwrap_err();
            let name = planted.split(' ').next().unwrap();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_file_outside_the_folder_is_refused() {
        for file in ["../model.onnx", "/etc/passwd", ""] {
            let text = silero().replacen("\"model.onnx\"", &format!("{file:?}"), 1);
            assert!(Manifest::parse(&text).unwrap_err().contains("leads out"));
        }
    }

    #[test]
    fn a_cosine_of_turns_that_is_none_is_refused_by_name() {
        let text = silero() + "\n[turns]\nmerge_above_narrowband = 0.5\nmerge_above_wideband = ";
        Manifest::parse(&(text.clone() + "0.4")).unwrap();
        for wrong in ["1.5", "nan"] {
            let error = Manifest::parse(&(text.clone() + wrong)).unwrap_err();
            assert!(error.contains("turns.merge_above_wideband"), "{error}");
        }
    }

    #[test]
    fn a_tolerance_of_nothing_is_refused() {
        for tolerance in ["0.0", "-1.0", "nan", "inf"] {
            let text =
                silero().replacen("tolerance = 0.001", &format!("tolerance = {tolerance}"), 1);
            assert!(
                Manifest::parse(&text)
                    .unwrap_err()
                    .contains("golden.tolerance")
            );
        }
    }
}
