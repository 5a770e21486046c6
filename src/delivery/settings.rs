//! How partners are called.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::AddressRange;

/// Settings of deliveries; each has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSettings {
    /// Addresses of the own machine and the own network that may be called, also without TLS, such
    /// as `127.0.0.1` or `10.1.0.0/16`; none by default.
    pub allow_private: Vec<AddressRange>,
    /// PEM file of certificates that are trusted beside those of the system; empty by default.
    pub ca_file: PathBuf,
    /// Time for a connection, in milliseconds; 5 s by default.
    pub connect_timeout_ms: u64,
    /// Time for a whole call, in milliseconds; 10 s by default.
    pub timeout_ms: u64,
    /// Tries after which a delivery is dead; 14 by default, half a day with the pauses below.
    pub max_attempts: u32,
    /// Pause before the second try, in milliseconds; 5 s by default. It doubles with each.
    pub backoff_ms: u64,
    /// Longest pause, in milliseconds; 6 hours by default.
    pub max_backoff_ms: u64,
    /// Deliveries at a time; 4 by default.
    pub workers: usize,
    /// How far the clock of a partner's report may be off, in milliseconds; 5 minutes by default.
    pub tolerance_ms: u64,
    /// How long a secret is valid beside the one that takes its place, in milliseconds; a day by
    /// default.
    pub secret_overlap_ms: u64,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            ca_file: PathBuf::new(),
            connect_timeout_ms: 5_000,
            timeout_ms: 10_000,
            max_attempts: 14,
            backoff_ms: 5_000,
            max_backoff_ms: 6 * 3_600_000,
            workers: 4,
            tolerance_ms: 300_000,
            secret_overlap_ms: 24 * 3_600_000,
        }
    }
}
