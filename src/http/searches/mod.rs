//! `searches`.

pub mod batch;
pub mod list;
pub mod one;
pub mod search;
