//! Voices and the links between them.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

use crate::domain::{LinkState, Llr, Sha256, VoiceId};

/// Why links are no graph.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GraphError {
    /// A voice stands in it twice.
    #[error("voice {0} is given twice, expected each voice once")]
    VoiceTwice(VoiceId),
    /// A link names a voice that is not there.
    #[error("link of voice {0}, expected a voice of the graph")]
    UnknownVoice(VoiceId),
    /// A link ties a voice to itself.
    #[error("link of voice {0} with itself, expected two voices")]
    SameVoice(VoiceId),
    /// A ratio is no number.
    #[error("link of {left} and {right} has LLR {found}, expected a finite number")]
    NotFinite {
        /// One side.
        left: VoiceId,
        /// The other.
        right: VoiceId,
        /// What stands there.
        found: f64,
    },
}

/// One voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedVoice {
    /// Id; what ties are broken by.
    pub id: VoiceId,
    /// Digest of the recording's bytes: the call.
    pub call: Sha256,
    /// Channel and label. Two places of one call are two people unless a person confirmed that they
    /// are one; the same place of the same bytes, in two cases, is one voice.
    pub place: (u16, u16),
}

impl LinkedVoice {
    /// Whether both speak in one call, as two.
    pub fn speaks_beside(&self, other: &Self) -> bool {
        self.call == other.call && self.place != other.place
    }
}

/// A link of two voices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tie {
    /// One side.
    pub left: VoiceId,
    /// The other.
    pub right: VoiceId,
    /// Its ratio.
    pub llr: Llr,
    /// What is held of it.
    pub state: LinkState,
}

/// The other end of a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    pub(super) to: u32,
    pub(super) llr: f64,
    pub(super) state: LinkState,
}

/// Voices and links, each pair at most once.
#[derive(Debug, Clone, Default)]
pub struct LinkGraph {
    pub(super) voices: Vec<LinkedVoice>,
    /// By voice, ascending in `to`.
    pub(super) neighbours: Vec<Vec<Neighbour>>,
    slots: HashMap<VoiceId, u32>,
    free: Vec<u32>,
}

impl LinkGraph {
    /// A graph of voices and links. Of two links of one pair the later one counts.
    ///
    /// # Errors
    /// A voice twice, a link of an unknown voice or of a voice with itself, a ratio that is no number.
    pub fn new(
        voices: impl IntoIterator<Item = LinkedVoice>,
        ties: impl IntoIterator<Item = Tie>,
    ) -> Result<Self, GraphError> {
        let mut graph = Self::default();
        for voice in voices {
            graph.insert(voice)?;
        }
        for tie in ties {
            graph.tie(tie)?;
        }
        Ok(graph)
    }

    /// Adds a voice.
    ///
    /// # Errors
    /// It is there already.
    pub fn insert(&mut self, voice: LinkedVoice) -> Result<(), GraphError> {
        if self.slots.contains_key(&voice.id) {
            return Err(GraphError::VoiceTwice(voice.id));
        }
        let slot = match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.voices.get_mut(slot as usize) {
                    *place = voice;
                }
                slot
            }
            None => {
                self.voices.push(voice);
                self.neighbours.push(Vec::new());
                (self.voices.len() - 1) as u32
            }
        };
        self.slots.insert(voice.id, slot);
        Ok(())
    }

    /// Adds a link, or gives the link of the pair another ratio and state.
    ///
    /// # Errors
    /// An unknown voice, twice the same voice, a ratio that is no number.
    pub fn tie(&mut self, tie: Tie) -> Result<(), GraphError> {
        let Tie {
            left,
            right,
            llr,
            state,
        } = tie;
        if left == right {
            return Err(GraphError::SameVoice(left));
        }
        if !llr.0.is_finite() {
            let found = llr.0;
            return Err(GraphError::NotFinite { left, right, found });
        }
        let from = self.slot(left).ok_or(GraphError::UnknownVoice(left))?;
        let to = self.slot(right).ok_or(GraphError::UnknownVoice(right))?;
        for (at, to) in [(from, to), (to, from)] {
            let neighbour = Neighbour {
                to,
                llr: llr.0,
                state,
            };
            let list = &mut self.neighbours[at as usize];
            match list.binary_search_by_key(&to, |known| known.to) {
                Ok(known) => list[known] = neighbour,
                Err(place) => list.insert(place, neighbour),
            }
        }
        Ok(())
    }

    /// Takes a voice and its links out; true when it was there.
    pub fn remove(&mut self, id: VoiceId) -> bool {
        let Some(slot) = self.slots.remove(&id) else {
            return false;
        };
        for neighbour in std::mem::take(&mut self.neighbours[slot as usize]) {
            self.neighbours[neighbour.to as usize].retain(|back| back.to != slot);
        }
        self.free.push(slot);
        true
    }

    /// The link of a pair.
    pub fn tie_between(&self, left: VoiceId, right: VoiceId) -> Option<Tie> {
        let found = self.edge(self.slot(left)?, self.slot(right)?)?;
        Some(Tie {
            left,
            right,
            llr: Llr(found.llr),
            state: found.state,
        })
    }

    /// Ids of all voices, ascending.
    pub fn ids(&self) -> Vec<VoiceId> {
        let mut ids: Vec<VoiceId> = self.slots.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Whether the voice is there.
    pub fn contains(&self, id: VoiceId) -> bool {
        self.slots.contains_key(&id)
    }

    /// Voices tied to one by a link that nobody rejected.
    pub fn tied_to(&self, id: VoiceId) -> impl Iterator<Item = VoiceId> + '_ {
        let list = self.slot(id).map(|slot| &self.neighbours[slot as usize]);
        list.into_iter()
            .flatten()
            .filter(|neighbour| neighbour.state != LinkState::Rejected)
            .map(|neighbour| self.id(neighbour.to))
    }

    /// The same graph with these voices alone; unknown ones are left out.
    pub fn part(&self, ids: impl IntoIterator<Item = VoiceId>) -> Self {
        let mut kept: BTreeMap<u32, u32> = BTreeMap::new();
        let mut part = Self::default();
        for id in ids {
            let Some(slot) = self.slot(id) else { continue };
            if part.insert(self.voices[slot as usize]).is_ok() {
                kept.insert(slot, part.voices.len() as u32 - 1);
            }
        }
        for (&slot, &new) in &kept {
            let inside = self.neighbours[slot as usize].iter().filter_map(|known| {
                let to = *kept.get(&known.to)?;
                Some(Neighbour { to, ..*known })
            });
            let mut list: Vec<Neighbour> = inside.collect();
            list.sort_unstable_by_key(|neighbour| neighbour.to);
            part.neighbours[new as usize] = list;
        }
        part
    }

    pub(super) fn slot(&self, id: VoiceId) -> Option<u32> {
        self.slots.get(&id).copied()
    }

    /// Slots of all voices by ascending id.
    pub(super) fn slots_by_id(&self) -> Vec<u32> {
        let mut slots: Vec<u32> = self.slots.values().copied().collect();
        slots.sort_unstable_by_key(|slot| self.id(*slot));
        slots
    }

    pub(super) fn id(&self, slot: u32) -> VoiceId {
        self.voices[slot as usize].id
    }

    pub(super) fn edge(&self, from: u32, to: u32) -> Option<&Neighbour> {
        let list = &self.neighbours[from as usize];
        let place = list.binary_search_by_key(&to, |known| known.to).ok()?;
        list.get(place)
    }

    /// Whether two voices must not be one speaker: a person rejected it, or they speak in one call
    /// and nobody confirmed it.
    pub(super) fn forbids(&self, left: u32, right: u32) -> bool {
        match self.edge(left, right).map(|edge| edge.state) {
            Some(LinkState::Rejected) => true,
            Some(LinkState::Confirmed) => false,
            Some(LinkState::Proposed) | None => {
                self.voices[left as usize].speaks_beside(&self.voices[right as usize])
            }
        }
    }
}
