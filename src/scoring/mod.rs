//! From a cosine to a calibrated likelihood ratio, with where it comes from.
//!
//! A score alone says nothing: telephone codecs shift the whole scale. A [`Calibration`] turns it
//! into an LLR by the bandwidths of both sides, and says how many innocent voices are expected to
//! reach as much.

mod calibration;
mod error;
mod file;
mod minimum;
mod suitability;
mod survival;
mod verbal;

pub use calibration::{CONDITIONS, Calibration, Side, condition_of};
pub use error::ScoringError;
pub use file::{CalibrationFile, ConditionFile};
pub use minimum::MinimumSpeech;
pub use suitability::{SuitabilityThresholds, VoiceMeasures};
pub use verbal::verbal_scale;

/// What the numbers do not say; it stands beside every answer.
pub const NOTICE: &str = "A likelihood ratio compares how well one speaker and two speakers explain \
    the two recordings. It is not the probability that they are the same person, and a search is an \
    investigative lead, never an identification.";
