//! `recordings` and what was found in them.

pub mod audio;
pub mod list;
pub mod metadata;
pub mod one;
pub mod peaks;
pub mod segments;
pub mod spectrogram;
pub mod upload;
pub mod voices;
