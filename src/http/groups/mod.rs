//! `groups`: voices held to be one speaker.

pub mod list;
pub mod one;
