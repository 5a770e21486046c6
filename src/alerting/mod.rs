//! Rules: does what happened meet a condition? And how often is a rule wrong?
//!
//! Everything here is a function of its arguments. What has to be looked up, the caller looks up;
//! what follows from an alert, such as telling partners, is the caller's too.

mod conditions;
mod false_rate;
mod numbers;
#[cfg(test)]
mod tests;

pub use conditions::{Finding, evaluate};
pub use false_rate::{FalseRate, false_rate};
