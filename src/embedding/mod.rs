//! Features of one voice to its unit-norm embedding.
//!
//! [`Embedder::embed`] takes the mean-subtracted filter bank `[T, D]` of one voice. What is stored is
//! the embedding as the network gives it; a [`Compensator`] takes the channel out before two are compared.

mod compensation;
mod embedder;
mod error;
mod windows;

pub use compensation::Compensator;
pub use embedder::Embedder;
pub use error::EmbedderError;
pub use windows::WINDOW_LIMIT_FRAMES;
