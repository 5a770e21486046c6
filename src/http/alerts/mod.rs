//! `alerts`.

pub mod acknowledge;
pub mod dispose;
pub mod list;
pub mod one;
