//! `calibrations`: which there are, which one is in use, and trials for one of one's own.

pub mod activate;
pub mod add;
pub mod list;
pub mod one;
pub mod retire;
pub mod trials;
