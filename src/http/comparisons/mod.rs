//! `comparisons`.

pub mod compare;
pub mod list;
pub mod one;
