//! How well it works, measured on recordings whose speakers are known.

mod diarization;
mod rank;
mod trials;

pub use diarization::{
    DiarizationErrors, RttmError, Turn, diarization_errors, parse_rttm, speaker_count,
};
pub use rank::{RankRow, RankSummary, RankedBest, TruthEntry};
pub use trials::{
    Costs, Figures, Interval, Intervals, Judgement, MIN_SPEAKERS, Trial, Trials, TrialsError,
};
