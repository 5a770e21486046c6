//! Runs the embedding network.

use std::sync::Arc;

use ndarray::{ArrayView2, Axis, s};
use ort::session::Session;
use ort::value::TensorRef;

use super::compensation::Compensator;
use super::error::EmbedderError;
use super::windows::windows;
use crate::domain::{Embedding, ModelId};
use crate::runtime::{FrontEnd, Model, Role};

/// The fewest frames whose statistics the network can pool over; how much speech a voice needs to
/// be compared is decided elsewhere, and is far more.
const MIN_FRAMES: usize = 10;

/// Turns one voice's features into its embedding; as many calls work at once as the model has
/// sessions.
#[derive(Debug)]
pub struct Embedder {
    model: Model,
    bins: usize,
    compensator: Arc<Compensator>,
}

impl Embedder {
    /// An embedder over a checked model.
    ///
    /// # Errors
    /// The model is no embedding model, takes no filter bank, or its channels make no sense.
    pub fn new(model: Model) -> Result<Self, EmbedderError> {
        let model = model.with_role(Role::Embedding)?;
        match model.manifest().front_end {
            FrontEnd::Fbank { bins, .. } => Ok(Self {
                compensator: Arc::new(Compensator::of(&model)?),
                model,
                bins,
            }),
            FrontEnd::Waveform { .. } => Err(EmbedderError::Unsuitable {
                model: model.id().clone(),
                reason: "it takes a waveform, expected a filter bank",
            }),
        }
    }

    /// The model that it runs.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What takes the channel out of its embeddings before two are compared.
    pub fn compensator(&self) -> &Arc<Compensator> {
        &self.compensator
    }

    /// The model's name, which every embedding carries.
    pub fn model_id(&self) -> &ModelId {
        self.model.id()
    }

    /// The embedding of one voice from its features `[T, bins]`, mean-subtracted over the voice.
    ///
    /// Up to [`WINDOW_LIMIT_FRAMES`](super::WINDOW_LIMIT_FRAMES) frames go through the network
    /// whole. A longer voice is cut into equal windows, and the mean of the windows' raw
    /// embeddings, weighted by their lengths, is scaled to unit norm.
    ///
    /// # Errors
    /// The features have other bins or too few frames, the network fails, or its answer has no
    /// direction.
    pub fn embed(&self, feats: ArrayView2<'_, f32>) -> Result<Embedding, EmbedderError> {
        let (frames, bins) = feats.dim();
        if bins != self.bins {
            return Err(EmbedderError::Bins {
                found: bins,
                expected: self.bins,
            });
        }
        if frames < MIN_FRAMES {
            return Err(EmbedderError::Frames {
                found: frames,
                minimum: MIN_FRAMES,
            });
        }
        // Rows of a mean-subtracted array lie one after the other already: nothing is copied.
        let feats = feats.as_standard_layout();
        let mut sum = vec![0.0; self.model.manifest().network.dimensions];
        for window in windows(frames) {
            let weight = window.len() as f32 / frames as f32;
            let part = feats.slice(s![window, ..]);
            self.model
                .sessions()
                .with(|session| self.add(session, part, weight, &mut sum))?;
        }
        Ok(Embedding::from_raw(self.model.id().clone(), sum)?)
    }

    /// Adds the raw embedding of one window, times its weight, to `sum`.
    fn add(
        &self,
        session: &mut Session,
        window: ArrayView2<'_, f32>,
        weight: f32,
        sum: &mut [f32],
    ) -> ort::Result<()> {
        let network = &self.model.manifest().network;
        let input = TensorRef::from_array_view(window.insert_axis(Axis(0)))?;
        let outputs = session.run(vec![(network.input.as_str(), input)])?;
        let output = outputs
            .get(&network.output)
            .ok_or_else(|| ort::Error::new(format!("no output {}", network.output)))?;
        let (_, raw) = output.try_extract_tensor::<f32>()?;
        if raw.len() != sum.len() {
            let (found, expected) = (raw.len(), sum.len());
            return Err(ort::Error::new(format!(
                "{found} values, expected {expected}"
            )));
        }
        sum.iter_mut()
            .zip(raw)
            .for_each(|(sum, value)| *sum += weight * value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EmbeddingError;
    use crate::embedding::WINDOW_LIMIT_FRAMES;
    use crate::runtime::testing;
    use ndarray::Array2;

    fn embedder(places: usize) -> Embedder {
        Embedder::new(testing::model("campplus-zh-en", places)).unwrap()
    }

    fn utterance() -> Array2<f32> {
        let golden = testing::golden("campplus-zh-en", "feats");
        Array2::from_shape_vec((golden.shape[1], golden.shape[2]), golden.values).unwrap()
    }

    #[test]
    fn the_golden_utterance_has_the_reference_embedding() {
        let embedder = embedder(1);
        let found = embedder.embed(utterance().view()).unwrap();
        let raw = testing::golden("campplus-zh-en", "embedding").values;
        let expected = Embedding::from_raw(embedder.model_id().clone(), raw).unwrap();
        assert!(found.cosine(&expected).unwrap().0 > 0.9999);
    }

    #[test]
    fn a_voice_beyond_the_limit_is_still_the_same_voice() {
        let embedder = embedder(1);
        let once = utterance();
        let copies = vec![once.view(); WINDOW_LIMIT_FRAMES / once.nrows() + 2];
        let long = ndarray::concatenate(Axis(0), &copies).unwrap();
        assert!(long.nrows() > WINDOW_LIMIT_FRAMES);
        let (once, long) = (embedder.embed(once.view()), embedder.embed(long.view()));
        assert!(once.unwrap().cosine(&long.unwrap()).unwrap().0 > 0.97);
    }

    #[test]
    fn every_bit_is_the_same_on_any_number_of_threads() {
        let embedder = embedder(3);
        let feats = utterance();
        let alone = embedder.embed(feats.view()).unwrap();
        std::thread::scope(|scope| {
            let together: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| embedder.embed(feats.view())))
                .collect();
            for thread in together {
                assert_eq!(thread.join().unwrap().unwrap(), alone);
            }
        });
    }

    #[test]
    fn features_of_another_front_end_are_refused() {
        let embedder = embedder(1);
        let wrong = embedder.embed(Array2::zeros((100, 40)).view());
        assert!(matches!(
            wrong,
            Err(EmbedderError::Bins {
                found: 40,
                expected: 80
            })
        ));
        let short = embedder.embed(Array2::zeros((MIN_FRAMES - 1, 80)).view());
        assert!(matches!(short, Err(EmbedderError::Frames { .. })));
    }

    #[test]
    fn features_that_are_no_numbers_have_no_embedding() {
        let feats = Array2::from_elem((100, 80), f32::NAN);
        let error = embedder(1).embed(feats.view()).unwrap_err();
        assert!(matches!(
            error,
            EmbedderError::Embedding(EmbeddingError::NotFinite { .. })
        ));
    }

    #[test]
    fn a_vad_model_cannot_embed() {
        assert!(Embedder::new(testing::model("silero-vad", 1)).is_err());
    }
}
