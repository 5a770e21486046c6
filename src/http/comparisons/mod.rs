//! `comparisons`.

pub mod compare;
pub mod list;
pub mod one;
pub mod report;
