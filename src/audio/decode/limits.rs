//! What a file may ask of the decoder.

use serde::{Deserialize, Serialize};

/// Bounds that a file must keep to be decoded; each has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecodeLimits {
    /// Largest file, in bytes; 4 GiB by default.
    pub max_bytes: u64,
    /// Longest recording, in milliseconds; 12 hours by default.
    pub max_duration_ms: u64,
    /// Most channels; 8 by default.
    pub max_channels: u16,
    /// Lowest sample rate, in Hz; 4,000 by default.
    pub min_sample_rate_hz: u32,
    /// Highest sample rate, in Hz; 384,000 by default.
    pub max_sample_rate_hz: u32,
    /// Most packets of a container; 64 Mi by default, which is above what 12 hours of the shortest
    /// FLAC frames at 16 kHz need.
    pub max_packets: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_bytes: 4 << 30,
            max_duration_ms: 12 * 60 * 60 * 1000,
            max_channels: 8,
            min_sample_rate_hz: 4_000,
            max_sample_rate_hz: 384_000,
            max_packets: 64 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_may_name_some_limits_and_no_unknown_ones() {
        let limits: DecodeLimits = toml::from_str("max_channels = 2").unwrap();
        assert_eq!(limits.max_channels, 2);
        assert_eq!(limits.max_bytes, DecodeLimits::default().max_bytes);
        assert!(toml::from_str::<DecodeLimits>("max_chanels = 2").is_err());
    }
}
