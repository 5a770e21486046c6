//! `imports` of tables of events.

pub mod list;
pub mod one;
pub mod receive;
