//! `series`: cases that belong together.

pub mod list;
pub mod one;
