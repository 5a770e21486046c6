//! Workers of the durable queue: claim a job, keep its lease alive, run it, retry or bury it.
//!
//! What a job writes and that it is done commit together, so a worker killed at any point leaves
//! nothing half done and another one starts the job again.

mod lease;
mod memory;
mod presence;
mod worker;

pub use memory::keep_little;
pub use presence::{Presence, PresenceError};
pub use worker::{WorkerSettings, Workers};
