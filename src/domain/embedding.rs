//! The unit-norm vector of one voice under one model.

use thiserror::Error;

use super::units::{ModelId, Score};

/// How far from 1 the norm of a stored embedding may lie: f32 rounding over 192 squares.
const UNIT_NORM_TOLERANCE: f32 = 1e-3;

/// Why a vector is no embedding, or two embeddings have no score.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EmbeddingError {
    /// A value is NaN or infinite.
    #[error("embedding value {index} is {found}, expected a finite number")]
    NotFinite {
        /// Where.
        index: usize,
        /// What stands there.
        found: f32,
    },
    /// The vector has no direction.
    #[error("embedding has {dimensions} values of norm {norm}, expected a vector with a direction")]
    NoDirection {
        /// Length of the vector.
        dimensions: usize,
        /// Its Euclidean norm.
        norm: f32,
    },
    /// The vector should have been unit-norm.
    #[error("embedding has norm {found}, expected 1")]
    NotUnit {
        /// Its Euclidean norm.
        found: f32,
    },
    /// Two models' embeddings are never compared.
    #[error("embedding of model {found} cannot be compared with one of model {expected}")]
    OtherModel {
        /// Model of the left side.
        expected: ModelId,
        /// Model of the right side.
        found: ModelId,
    },
    /// Same model name, other length.
    #[error("embedding has {found} values, expected {expected}")]
    OtherLength {
        /// Length of the left side.
        expected: usize,
        /// Length of the right side.
        found: usize,
    },
}

/// The unit-norm vector `[D]` f32 of one voice under one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    model: ModelId,
    values: Box<[f32]>,
}

impl Embedding {
    /// Scales a network's raw output to unit norm.
    ///
    /// # Errors
    /// A value is not finite, or the norm is zero.
    pub fn from_raw(model: ModelId, mut values: Vec<f32>) -> Result<Self, EmbeddingError> {
        let norm = checked_norm(&values)?;
        values.iter_mut().for_each(|value| *value /= norm);
        Ok(Self {
            model,
            values: values.into_boxed_slice(),
        })
    }

    /// Takes a vector that is unit-norm already, such as a stored one, without changing a bit.
    ///
    /// # Errors
    /// A value is not finite, or the norm is not 1 within 0.001.
    pub fn from_unit(model: ModelId, values: Vec<f32>) -> Result<Self, EmbeddingError> {
        Self::check_unit(&values)?;
        Ok(Self {
            model,
            values: values.into_boxed_slice(),
        })
    }

    /// Whether values that stay where they are could be an embedding.
    ///
    /// # Errors
    /// A value is not finite, or the norm is not 1 within 0.001.
    pub fn check_unit(values: &[f32]) -> Result<(), EmbeddingError> {
        let norm = checked_norm(values)?;
        if (norm - 1.0).abs() > UNIT_NORM_TOLERANCE {
            return Err(EmbeddingError::NotUnit { found: norm });
        }
        Ok(())
    }

    /// The model that made it.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The values, `[D]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Cosine similarity in [-1, 1]: the dot product, since both are unit-norm.
    ///
    /// # Errors
    /// The two come from different models.
    pub fn cosine(&self, other: &Self) -> Result<Score, EmbeddingError> {
        if self.model != other.model {
            return Err(EmbeddingError::OtherModel {
                expected: self.model.clone(),
                found: other.model.clone(),
            });
        }
        if self.values.len() != other.values.len() {
            return Err(EmbeddingError::OtherLength {
                expected: self.values.len(),
                found: other.values.len(),
            });
        }
        Ok(self.cosine_with(&other.values))
    }

    /// As [`Embedding::cosine`], with the unit-norm values `[D]` of another embedding of its model.
    pub fn cosine_with(&self, values: &[f32]) -> Score {
        let products = self.values.iter().zip(values).map(|(a, b)| a * b);
        Score(products.sum::<f32>().clamp(-1.0, 1.0))
    }
}

fn checked_norm(values: &[f32]) -> Result<f32, EmbeddingError> {
    if let Some((index, &found)) = values
        .iter()
        .enumerate()
        .find(|(_, value)| !value.is_finite())
    {
        return Err(EmbeddingError::NotFinite { index, found });
    }
    let norm = values
        .iter()
        .map(|&value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt() as f32;
    if !norm.is_finite() || norm <= f32::MIN_POSITIVE {
        return Err(EmbeddingError::NoDirection {
            dimensions: values.len(),
            norm,
        });
    }
    Ok(norm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model() -> ModelId {
        ModelId::new("test")
    }

    #[test]
    fn a_zero_or_nan_vector_is_no_embedding() {
        assert!(matches!(
            Embedding::from_raw(model(), vec![0.0; 4]),
            Err(EmbeddingError::NoDirection { dimensions: 4, .. })
        ));
        assert!(matches!(
            Embedding::from_raw(model(), vec![1.0, f32::NAN]),
            Err(EmbeddingError::NotFinite { index: 1, .. })
        ));
    }

    #[test]
    fn embeddings_of_two_models_have_no_score() {
        let left = Embedding::from_raw(model(), vec![1.0, 0.0]).unwrap();
        let right = Embedding::from_raw(ModelId::new("other"), vec![1.0, 0.0]).unwrap();
        assert!(matches!(
            left.cosine(&right),
            Err(EmbeddingError::OtherModel { .. })
        ));
    }

    proptest! {
        #[test]
        fn cosine_is_symmetric_and_one_with_itself(
            a in prop::collection::vec(-10f32..10.0, 8),
            b in prop::collection::vec(-10f32..10.0, 8),
        ) {
            prop_assume!(a.iter().any(|v| v.abs() > 0.1) && b.iter().any(|v| v.abs() > 0.1));
            let a = Embedding::from_raw(model(), a).unwrap();
            let b = Embedding::from_raw(model(), b).unwrap();
            prop_assert_eq!(a.cosine(&b).unwrap(), b.cosine(&a).unwrap());
            prop_assert!((a.cosine(&a).unwrap().0 - 1.0).abs() < 1e-5);
        }
    }
}
