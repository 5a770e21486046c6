//! How well it works, measured on recordings whose speakers are known.

mod diarization;
mod rank;

pub use diarization::{
    DiarizationErrors, RttmError, Turn, diarization_errors, parse_rttm, speaker_count,
};
pub use rank::{RankRow, RankSummary, RankedBest, TruthEntry};
