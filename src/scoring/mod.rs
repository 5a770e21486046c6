//! From a cosine to a calibrated likelihood ratio, with where it comes from.
//!
//! A score alone says nothing: telephone codecs shift the whole scale. A [`Calibration`] turns it
//! into an LLR by the bandwidths of both sides, and says how many innocent voices are expected to
//! reach as much.

mod calibration;
mod error;
mod file;
mod minimum;
mod population;
mod suitability;
mod survival;
mod validity;
mod verbal;

pub use calibration::{
    CONDITIONS, Calibration, GallerySize, SubjectCount, condition_of, strictest_reached,
};
pub use error::ScoringError;
pub use file::{CalibrationFile, ConditionFile, DrawFile, ScatterFile, ScoreOrigin, ValidityFile};
pub use minimum::MinimumSpeech;
pub use population::{PopulationError, PopulationMatrix, wilson_upper};
pub use suitability::{SuitabilityThresholds, VoiceMeasures};
pub use validity::Side;
pub use verbal::enfsi_scale;

/// What the numbers do not say; it stands beside every answer.
pub const NOTICE: &str = "A likelihood ratio compares how well one speaker and two speakers explain \
    the two recordings. It is not the probability that they are the same person, and a search is an \
    investigative lead, never an identification.";

/// What an answer is for; it stands beside [`NOTICE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerKind {
    /// Code.
    pub code: &'static str,
    /// The same in words.
    pub notice: &'static str,
}

/// A search.
pub const INVESTIGATIVE: AnswerKind = AnswerKind {
    code: "investigative_search",
    notice: "An investigative search: its candidates are leads, ranked so that people know where to \
        listen and check first.",
};

/// A comparison.
pub const EVALUATIVE: AnswerKind = AnswerKind {
    code: "evaluative_comparison",
    notice: "An evaluative comparison of two given voices: its ratio may stand in a report, to be \
        weighed with all other evidence.",
};
