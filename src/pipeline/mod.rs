//! One recording in, one analysis out.
//!
//! Two passes over the bytes. The first finds who speaks when: decode, resample, VAD, turns of one
//! speaker, and an embedding for each turn, from which the segments follow. The second
//! takes segments, the first pass's or a person's, and describes their voices: decode, resample,
//! quality, fbank, embedding. So an edit runs the very code that an upload runs.
//!
//! A pure function of the bytes, the models and the parameters: the same input gives the same
//! analysis on every run and every thread count. Recordings stream: besides the features of the
//! speech that is kept, memory grows by some 2 kB for a second of speech.

mod analyser;
mod cross_talk;
mod error;
mod source;
mod speakers;
mod timed;
mod voices;

pub use analyser::{Analyser, AnalyserParts, AnalysisSettings};
pub use error::PipelineError;
