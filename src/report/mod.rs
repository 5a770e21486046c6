//! Findings as documents: plots, the report of an evaluation and that of a comparison.

mod comparison;
mod evaluation;
mod plots;
mod signing;

pub use comparison::{ComparisonReport, Language, findings_in, signature_in};
pub use evaluation::{EvaluationReport, EvaluationRow, PlotFile};
pub use plots::{Curve, PlotError, calibration, cross_entropy, detection, tippett, zoo};
pub use signing::{
    KEY_BYTES, KeyError, PublicKey, ReportKey, ReportSignature, ReportSignatureError, SignedKind,
};
