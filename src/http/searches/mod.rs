//! `searches`.

pub mod list;
pub mod one;
pub mod search;
