//! Who speaks when: samples at 16 kHz to stretches of speech, as they close, and to speakers.
//!
//! A [`VadDetector`] holds the network; each channel has its own [`VadStream`], which is fed
//! samples in pieces of any length and keeps a fraction of a second of them.

mod config;
mod detector;
pub mod diarize;
mod error;
mod segmenter;
mod stream;

pub use config::VadConfig;
pub use detector::VadDetector;
pub use error::VadError;
pub use segmenter::{Segmenter, SpeechSegment};
pub use stream::VadStream;
