//! What a file may ask of the decoder.

use serde::{Deserialize, Serialize};

/// Bounds that a file must keep to be decoded; each has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DecodeLimits {
    /// Largest file, in bytes; 2 GiB by default.
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
    /// Most samples that a file may decode to, over all channels, silence for damage included;
    /// 16 Gi by default, which is 12 hours of eight channels at 48 kHz. With `max_packets` it
    /// bounds the work of decoding, which costs by the packet and by the sample: nothing here
    /// reads a clock.
    pub max_samples: u64,
    /// Most samples, over all channels, for each byte of the file; 4,096 by default.
    ///
    /// Speech takes from one sample a byte (PCM) to 60 (Opus at 6 kbit/s). Pure silence is what
    /// expands; ten minutes of it at 48 kHz were measured: in mono FLAC 329 samples a byte, Vorbis
    /// 380, Opus 211; in stereo 542, 753 and 422; eight channels of Vorbis 2,217. What exceeds the
    /// limit is silence of eight channels in FLAC blocks of 65,535 (9,779) and what is crafted.
    pub max_samples_per_byte: u64,
    /// Samples up to which a file may expand as it likes; 64 Mi by default, which is 23 minutes of
    /// one channel at 48 kHz and decodes in seconds.
    pub free_samples: u64,
    /// Longest time that decoding may take, in milliseconds; half an hour by default. The decoder
    /// reads no clock: whoever drives it keeps this limit.
    pub max_decode_ms: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_bytes: 2 << 30,
            max_duration_ms: 12 * 60 * 60 * 1000,
            max_channels: 8,
            min_sample_rate_hz: 4_000,
            max_sample_rate_hz: 384_000,
            max_packets: 64 << 20,
            max_samples: 16 << 30,
            max_samples_per_byte: 4_096,
            free_samples: 64 << 20,
            max_decode_ms: 30 * 60 * 1000,
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
