//! `entities` and the events that they take part in.

pub mod add;
pub mod events;
pub mod list;
pub mod one;
