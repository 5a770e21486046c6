//! Speech to what an embedding network reads: Kaldi-compatible fbank `[T, D]` and utterance CMN.
//!
//! Invariants: pure functions of samples and configuration, so the same samples give the same
//! features on every run and thread count; every value that comes out is finite.

mod cmn;
mod config;
mod fbank;
mod mel;

#[cfg(test)]
mod tests;

pub use cmn::subtract_mean;
pub use config::{FbankConfig, FeaturesError};
pub use fbank::Fbank;
