//! How a stored answer stands today, as sent.

use super::searches::{OutdatedVoiceBody, SearchBody};
use crate::services::{OutdatedVoice, Standing};

impl From<OutdatedVoice> for OutdatedVoiceBody {
    fn from(voice: OutdatedVoice) -> Self {
        Self {
            voice_id: voice.voice_id.0,
            answered_on: voice.answered_on,
            now: voice.now,
        }
    }
}

impl SearchBody {
    /// The answer, with how it stands today.
    pub fn standing(self, standing: Standing) -> Self {
        let outdated = standing
            .outdated
            .into_iter()
            .map(|voice| OutdatedVoiceBody {
                voice_id: voice.voice_id.0,
                answered_on: voice.answered_on,
                now: voice.now,
            });
        Self {
            outdated: outdated.collect(),
            repeated_by: standing.repeated_by.map(|id| id.0),
            ..self
        }
    }
}
