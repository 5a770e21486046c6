//! Where ffmpeg is and what it may use.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Settings of the child process; each has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TranscodeSettings {
    /// Path of ffmpeg; empty by default, which looks for it in `PATH`. A path where there is none
    /// switches transcoding off.
    pub ffmpeg: PathBuf,
    /// Longest run by the wall clock, in seconds; 900 by default.
    pub max_wall_s: u64,
    /// Most processor time, in seconds; 600 by default. An hour of AMR takes about 3 s.
    pub max_cpu_s: u64,
    /// Largest address space, in bytes; 1 GiB by default. With its libraries, ffmpeg decodes speech
    /// within 300 MB of it, of which 56 MB are resident. Set on Linux only.
    pub max_memory_bytes: u64,
    /// Largest output, in bytes; 2 GiB by default, which is 12 hours of three channels at 8 kHz.
    pub max_output_bytes: u64,
    /// PCM that is kept of recordings that were lately analysed or listened to, in bytes; 4 GiB by
    /// default. The oldest goes first and is made again when it is wanted.
    pub max_kept_bytes: u64,
}

impl Default for TranscodeSettings {
    fn default() -> Self {
        Self {
            ffmpeg: PathBuf::new(),
            max_wall_s: 900,
            max_cpu_s: 600,
            max_memory_bytes: 1 << 30,
            max_output_bytes: 2 << 30,
            max_kept_bytes: 4 << 30,
        }
    }
}
