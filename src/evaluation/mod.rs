//! How well it works, measured on recordings whose speakers are known.

mod rank;

pub use rank::{RankRow, RankSummary, RankedBest, TruthEntry};
