//! When two local speakers are one person.

use serde::{Deserialize, Serialize};

use crate::speech::VadError;

/// Mean cosines `(narrowband, wideband)` from which turns are one person's, for embeddings of CAM++ as
/// published.
///
/// # Source
/// Chosen on the `dev` calls of `scripts/make_diarization_sets.py`.
const MERGE_ABOVE: (f32, f32) = (0.57, 0.45);

/// How the speakers of one channel are told apart.
///
/// # Source
/// The defaults are chosen on the `dev` calls of `scripts/make_diarization_sets.py`; the figures
/// are in `docs/method.md`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiarizationConfig {
    /// Speech that a turn needs to take part in clustering, in milliseconds; shorter turns go to
    /// the nearest voice; default 1000.
    pub min_turn_speech_ms: u32,
    /// Mean cosine from which turns are one person's, -1 to 1, on narrowband channels,
    pub merge_above_narrowband: f32,
    /// and on wideband channels. 0 leaves either to the embedding model, on which it depends: see
    /// [`Self::for_model`].
    pub merge_above_wideband: f32,
    /// Speakers expected on one channel; default 2, a call between two parties. A soft prior that
    /// never forces:
    pub expected_speakers: u32,
    /// joining as many as are expected, or fewer, takes so much more cosine.
    pub expected_margin: f32,
    /// Cosine that two turns lose which a window tells apart. The network often numbers two manners
    /// of one person as two speakers, so what it says is evidence and no proof.
    pub told_apart_penalty: f32,
    /// A speaker with less speech than this, in milliseconds,
    pub fold_below_ms: u32,
    /// and a smaller share of the channel's speech than this, 0 to 1, is folded into the most
    /// similar one.
    pub fold_share: f32,
    /// Shorter turns inside the speech of others are given to their surroundings, in milliseconds.
    pub min_turn_ms: u32,
    /// Most speakers of one channel; the rest are folded, the ones with least speech first.
    pub max_speakers: u32,
}

impl Default for DiarizationConfig {
    fn default() -> Self {
        Self {
            min_turn_speech_ms: 1000,
            merge_above_narrowband: 0.0,
            merge_above_wideband: 0.0,
            expected_speakers: 2,
            expected_margin: 0.05,
            told_apart_penalty: 0.1,
            fold_below_ms: 4000,
            fold_share: 0.15,
            min_turn_ms: 200,
            max_speakers: 16,
        }
    }
}

impl DiarizationConfig {
    /// With the cosines that the model's file gives, `(narrowband, wideband)`, where the settings leave
    /// them to it; a model whose file has none is taken to be like CAM++ as published.
    #[must_use]
    pub fn for_model(mut self, merge_above: Option<(f32, f32)>) -> Self {
        let (narrowband, wideband) = merge_above.unwrap_or(MERGE_ABOVE);
        for (setting, of_model) in [
            (&mut self.merge_above_narrowband, narrowband),
            (&mut self.merge_above_wideband, wideband),
        ] {
            if *setting == 0.0 {
                *setting = of_model;
            }
        }
        self
    }

    /// Checks that the numbers go together.
    ///
    /// # Errors
    /// A cosine or share is no number from -1 to 1, or no speaker is allowed.
    pub fn check(&self) -> Result<(), VadError> {
        for (name, value) in [
            ("merge_above_narrowband", self.merge_above_narrowband),
            ("merge_above_wideband", self.merge_above_wideband),
            ("fold_share", self.fold_share),
            ("expected_margin", self.expected_margin),
            ("told_apart_penalty", self.told_apart_penalty),
        ] {
            if !(-1.0..=1.0).contains(&value) {
                return Err(VadError::Config(format!(
                    "{name} is {value}, expected -1 to 1"
                )));
            }
        }
        if self.max_speakers == 0 {
            return Err(VadError::Config(
                "max_speakers is 0, expected at least 1".to_owned(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_settings_leave_open_is_as_the_model_says() {
        let set = DiarizationConfig {
            merge_above_wideband: 0.3,
            ..DiarizationConfig::default()
        };
        let of_model = set.for_model(Some((0.5, 0.4)));
        assert_eq!(of_model.merge_above_narrowband, 0.5);
        assert_eq!(of_model.merge_above_wideband, 0.3);
        assert_eq!(set.for_model(None).merge_above_narrowband, MERGE_ABOVE.0);
    }

    #[test]
    fn numbers_that_do_not_go_together_are_refused() {
        let default = DiarizationConfig::default();
        default.check().unwrap();
        for wrong in [
            DiarizationConfig {
                merge_above_narrowband: f32::NAN,
                ..default
            },
            DiarizationConfig {
                fold_share: 1.5,
                ..default
            },
            DiarizationConfig {
                max_speakers: 0,
                ..default
            },
        ] {
            assert!(matches!(wrong.check(), Err(VadError::Config(_))));
        }
    }
}
