//! Takes the channel out of an embedding, so that voices of different channels can be compared.
//!
//! A telephone moves every voice in much the same direction, and each codec in another one. Where a
//! voice lies tells through which channel it came; what that channel does on average is undone.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayView1, ArrayView3, Axis, s};

use super::error::EmbedderError;
use crate::domain::{Embedding, ModelId, Sha256};
use crate::runtime::{Array, Channels, Model, RuntimeError};

/// Rows of a channel's numbers before its map: its mean and the weights of the regression.
const ROWS_BEFORE_MAP: usize = 2;

/// Least probability of a channel that is worth a multiplication; what is left out moves no value by
/// more than f32 rounds.
const MIN_SHARE: f64 = 1e-7;

/// Characters of the digest that stand in the name of the compensated space.
const DIGEST_CHARS: usize = 12;

/// Compensates the embeddings of one model for the channels that it knows.
///
/// With `e` an embedding, `p_k(e)` the probability of channel `k` by a multinomial logistic regression,
/// `m_k` the channel's mean and `A_k` its map to what was recorded without it, the compensated
/// embedding is `sum_k p_k(e) A_k (e - m_k)`, scaled to unit norm. It depends on nothing but `e`.
///
/// # Source
/// `scripts/train_compensation.py`, which trains the numbers and says how; docs/method.md says what
/// it gains. The idea of a mean for each channel is that of centring by domain: Alam, Bhattacharya and
/// Kenny, "Speaker verification in mismatched conditions with frustratingly easy domain adaptation",
/// Odyssey 2018.
#[derive(Debug, Clone, PartialEq)]
pub struct Compensator {
    model: ModelId,
    compensated: ModelId,
    sha256: Option<Sha256>,
    channels: Vec<Channel>,
}

#[derive(Debug, Clone, PartialEq)]
struct Channel {
    bias: f64,
    mean: Array1<f32>,
    weights: Array1<f32>,
    map: Array2<f32>,
}

impl Compensator {
    /// That of a model; one that changes nothing where the model knows no channels.
    ///
    /// # Errors
    /// The numbers cannot be read, have another hash or shape than the manifest says, or do not give
    /// the golden vector.
    pub fn of(model: &Model) -> Result<Self, EmbedderError> {
        let manifest = model.manifest();
        match (&manifest.channels, model.channels()?) {
            (Some(channels), Some((numbers, golden))) => {
                let compensator = Self::new(model.id().clone(), channels, &numbers)?;
                compensator.check(model, &channels.golden, &golden)?;
                Ok(compensator)
            }
            _ => Ok(Self::none(model.id().clone())),
        }
    }

    /// One for embeddings of `model` by the numbers of a folder, such as ones that were trained without
    /// the speakers whose scores are to be judged.
    ///
    /// # Errors
    /// As [`Compensator::of`]; the folder does not describe channels.
    pub fn of_folder(model: &Model, folder: &Path) -> Result<Self, EmbedderError> {
        let channels = Channels::read(folder)?;
        let (numbers, golden) = channels.numbers(folder)?;
        let compensator = Self::new(model.id().clone(), &channels, &numbers)?;
        compensator.check(model, &channels.golden, &golden)?;
        Ok(compensator)
    }

    /// One that changes nothing.
    pub fn none(model: ModelId) -> Self {
        Self {
            compensated: model.clone(),
            model,
            sha256: None,
            channels: Vec::new(),
        }
    }

    fn new(model: ModelId, channels: &Channels, numbers: &Array) -> Result<Self, EmbedderError> {
        let wrong = |reason: String| EmbedderError::Channels {
            model: model.clone(),
            reason,
        };
        let &[count, rows, size] = numbers.shape.as_slice() else {
            return Err(wrong(format!(
                "numbers have the shape {:?}, expected [K, D + 2, D]",
                numbers.shape
            )));
        };
        let named = [channels.names.len(), channels.biases.len()];
        if count == 0 || named != [count, count] || rows != size + ROWS_BEFORE_MAP {
            return Err(wrong(format!(
                "{} names and {} biases with numbers [{count}, {rows}, {size}], expected as many of \
                 each and [K, D + 2, D]",
                named[0], named[1]
            )));
        }
        let finite = numbers.values.iter().all(|value| value.is_finite())
            && channels.biases.iter().all(|bias| bias.is_finite());
        if !finite {
            return Err(wrong("a number is not finite".to_owned()));
        }
        let view = ArrayView3::from_shape((count, rows, size), &numbers.values)
            .map_err(|error| wrong(error.to_string()))?;
        let parts = view.axis_iter(Axis(0)).zip(&channels.biases);
        let digest = channels.sha256.to_string();
        Ok(Self {
            compensated: ModelId::new(format!(
                "{model}+{}",
                digest.get(..DIGEST_CHARS).unwrap_or(&digest)
            )),
            sha256: Some(channels.sha256),
            channels: parts
                .map(|(rows, bias)| Channel {
                    bias: *bias,
                    mean: rows.row(0).to_owned(),
                    weights: rows.row(1).to_owned(),
                    map: rows.slice(s![ROWS_BEFORE_MAP.., ..]).to_owned(),
                })
                .collect(),
            model,
        })
    }

    fn check(&self, model: &Model, output: &str, golden: &Array) -> Result<(), EmbedderError> {
        let manifest = model.manifest();
        let raw = model.golden_output()?;
        let found = self.apply(&Embedding::from_raw(self.model.clone(), raw.values)?)?;
        if golden.shape != [1, found.values().len()] {
            return Err(RuntimeError::Shape {
                model: self.model.clone(),
                output: output.to_owned(),
                expected: golden.shape.clone(),
                found: vec![1, found.values().len()],
            }
            .into());
        }
        let tolerance = manifest.golden.tolerance;
        let pairs = found.values().iter().zip(&golden.values);
        let mut differences = pairs.map(|(found, expected)| (found - expected).abs());
        // What is no number is within no tolerance.
        let outside = |difference: &f32| difference.is_nan() || *difference > tolerance;
        let Some(difference) = differences.find(outside) else {
            return Ok(());
        };
        Err(RuntimeError::GoldenMismatch {
            model: self.model.clone(),
            output: output.to_owned(),
            difference,
            tolerance,
        }
        .into())
    }

    /// Name that compensated embeddings carry: the model's, and the start of the digest of the numbers,
    /// so that they compare with nothing else.
    pub fn compensated_id(&self) -> &ModelId {
        &self.compensated
    }

    /// Digest of the numbers; none for one that changes nothing.
    pub fn sha256(&self) -> Option<Sha256> {
        self.sha256
    }

    /// The embedding with its channel taken out.
    ///
    /// # Errors
    /// It is another model's, has another length, or nothing is left of it.
    pub fn apply(&self, embedding: &Embedding) -> Result<Embedding, EmbedderError> {
        let values = ArrayView1::from(embedding.values());
        self.fits(embedding)?;
        if self.channels.is_empty() {
            return Ok(embedding.clone());
        }
        let mut sum = Array1::<f32>::zeros(values.len());
        for (channel, share) in self.channels.iter().zip(self.shares(values)) {
            if share >= MIN_SHARE {
                let from_mean = &values - &channel.mean;
                sum.scaled_add(share as f32, &channel.map.dot(&from_mean));
            }
        }
        Ok(Embedding::from_raw(self.compensated.clone(), sum.to_vec())?)
    }

    /// Probability of each channel.
    fn shares(&self, values: ArrayView1<'_, f32>) -> Vec<f64> {
        let logits: Vec<f64> = self
            .channels
            .iter()
            .map(|channel| f64::from(channel.weights.dot(&values)) + channel.bias)
            .collect();
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = logits.iter().map(|each| (each - largest).exp()).collect();
        let total: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / total).collect()
    }

    fn fits(&self, embedding: &Embedding) -> Result<(), EmbedderError> {
        let length = |channel: &Channel| channel.mean.len();
        let expected = self
            .channels
            .first()
            .map_or(embedding.values().len(), length);
        if *embedding.model() != self.model {
            return Err(crate::domain::EmbeddingError::OtherModel {
                expected: self.model.clone(),
                found: embedding.model().clone(),
            }
            .into());
        }
        if embedding.values().len() != expected {
            return Err(crate::domain::EmbeddingError::OtherLength {
                expected,
                found: embedding.values().len(),
            }
            .into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
