//! `jobs`.

pub mod cancel;
pub mod list;
pub mod one;
pub mod queue;
pub mod retry;
