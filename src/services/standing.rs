//! How a stored answer stands today: the answer itself never changes.

use std::collections::{HashMap, HashSet};

use super::{ServiceError, Services};
use crate::domain::{SearchId, StoredSearch, VoiceFacts, VoiceId};

/// A voice that is not any more what an answer was given on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutdatedVoice {
    /// Voice.
    pub voice_id: VoiceId,
    /// Revision of the segments that the answer stands on, where it says.
    pub answered_on: Option<u32>,
    /// Revision that the voice is made from now; none when there is no such voice any more.
    pub now: Option<u32>,
}

/// How a stored answer stands today. The answer itself never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Voices that have changed since.
    pub outdated: Vec<OutdatedVoice>,
    /// The newest search that repeats it with the voices of a later revision.
    pub repeated_by: Option<SearchId>,
}

impl Services {
    /// Which voices of an answer were made from other segments than they are now, and the search
    /// that repeats it.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn standing_of(&self, search: &StoredSearch) -> Result<Standing, ServiceError> {
        let answer = &search.answer;
        let candidates = answer.candidates.iter().map(|candidate| &candidate.voice);
        let of_subjects = answer
            .subjects
            .iter()
            .flat_map(|subject| &subject.side.voices);
        let mut seen = HashSet::new();
        let named: Vec<&VoiceFacts> = std::iter::once(&answer.probe)
            .chain(candidates)
            .chain(of_subjects.map(|voice| &voice.voice))
            // A voice may stand among the candidates and behind a subject.
            .filter(|facts| facts.voice_id.is_none_or(|id| seen.insert(id)))
            .collect();
        let ids: Vec<VoiceId> = named.iter().filter_map(|facts| facts.voice_id).collect();
        let mut reader = self.store.reader().await?;
        let voices = reader.voices(&ids, self.clock.now()).await?;
        let now: HashMap<VoiceId, u32> = voices
            .into_iter()
            .map(|voice| (voice.id, voice.revision))
            .collect();
        let outdated = named.iter().filter_map(|facts| {
            let voice_id = facts.voice_id?;
            let (then, now) = (facts.revision, now.get(&voice_id).copied());
            // Answers of older archives do not say what they stand on.
            let changed = now.is_none() || (then.is_some() && then != now);
            changed.then_some(OutdatedVoice {
                voice_id,
                answered_on: then,
                now,
            })
        });
        Ok(Standing {
            outdated: outdated.collect(),
            repeated_by: reader.search_repeated_by(search.id).await?,
        })
    }
}
