//! Net speech below which there is an outcome instead of a number.

use serde::{Deserialize, Serialize};

use crate::domain::NetSpeech;

/// Net speech that each purpose needs. Below it there is an outcome that names both numbers, never a
/// score.
///
/// # Source
/// The shipped model on clean speech errs in 2.2 % of trials at 1 s, 0.25 % at 2 s and 0.0 % at 3 s
/// on either side (card of the model); an enrolment and an automatic link weigh more than a search
/// that a person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MinimumSpeech {
    voiceprint_ms: u64,
    search_ms: u64,
    enrol_ms: u64,
    link_ms: u64,
}

impl Default for MinimumSpeech {
    fn default() -> Self {
        Self {
            voiceprint_ms: 1500,
            search_ms: 1500,
            enrol_ms: 3000,
            link_ms: 4000,
        }
    }
}

impl MinimumSpeech {
    /// For a voiceprint.
    pub const fn voiceprint(&self) -> NetSpeech {
        NetSpeech::from_millis(self.voiceprint_ms)
    }

    /// For a search or a comparison.
    pub const fn search(&self) -> NetSpeech {
        NetSpeech::from_millis(self.search_ms)
    }

    /// For an enrolment.
    pub const fn enrol(&self) -> NetSpeech {
        NetSpeech::from_millis(self.enrol_ms)
    }

    /// For a link that no person has proposed.
    pub const fn link(&self) -> NetSpeech {
        NetSpeech::from_millis(self.link_ms)
    }
}
