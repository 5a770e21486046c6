//! Features of one voice to its unit-norm embedding.
//!
//! [`Embedder::embed`] takes the mean-subtracted filter bank `[T, D]` of one voice.

mod embedder;
mod error;
mod windows;

pub use embedder::Embedder;
pub use error::EmbedderError;
pub use windows::WINDOW_LIMIT_FRAMES;
