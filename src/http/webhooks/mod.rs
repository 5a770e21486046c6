//! `webhooks`.

pub mod deliveries;
pub mod delivery;
pub mod edit;
pub mod list;
pub mod make;
pub mod one;
pub mod report;
pub mod retry;
pub mod secret;
pub mod test;
