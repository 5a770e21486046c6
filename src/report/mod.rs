//! Findings as documents: plots and the report of an evaluation.

mod evaluation;
mod plots;

pub use evaluation::{EvaluationReport, EvaluationRow, PlotFile};
pub use plots::{Curve, PlotError, calibration, cross_entropy, detection, tippett, zoo};
