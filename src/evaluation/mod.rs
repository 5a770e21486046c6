//! How well it works, measured on recordings whose speakers are known.

mod diarization;
mod identification;
mod linking;
mod rank;
mod training;
mod trials;

pub use diarization::{
    DiarizationErrors, RttmError, Turn, diarization_errors, parse_rttm, speaker_count,
};
pub use identification::{Identification, Probe, identify};
pub use linking::{
    BCubed, ConditionFigures, FalseLinks, LabelledLink, LabelledVoice, LinkingFigures, PairFigures,
    linking_figures,
};
pub use rank::{RankRow, RankSummary, RankedBest, TruthEntry};
pub use training::{LeftOut, MIN_TRAINING_SPEAKERS, Naming, Trained, TrainingError, train};
pub use trials::{
    Costs, CrossEntropy, Figures, Interval, Intervals, Judgement, MIN_SPEAKERS, ScoredTrial,
    SpeakerMeans, Trial, Trials, TrialsError, by_condition, by_duration,
};
