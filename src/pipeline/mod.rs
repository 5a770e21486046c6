//! One recording in, one analysis out: decode, resample, VAD, fbank, embedding, in that order.
//!
//! A pure function of the bytes, the models and the parameters: the same input gives the same
//! analysis on every run and every thread count. Recordings stream: besides the features of the
//! speech that is kept, memory does not grow with duration.

mod analyser;
mod channel;
mod error;
mod source;

pub use analyser::{Analyser, AnalyserParts, AnalysisSettings};
pub use error::PipelineError;
