//! The indexes of the gallery, one for each measured bandwidth, and which recording a voice is of.
//!
//! Scores of narrowband and wideband voices mean different things and are ranked apart, so each has
//! an index, and a graph, of its own.

use std::collections::HashMap;

use crate::domain::{Bandwidth, RecordingId, VoiceId};
use crate::index::snapshot::Origin;
use crate::index::{IndexError, VoiceIndex};
use crate::store::GalleryVoice;

/// The order in which indexes are kept and answers given.
pub(super) const BANDS: [Bandwidth; 2] = [Bandwidth::Narrowband, Bandwidth::Wideband];

fn place(band: Bandwidth) -> usize {
    match band {
        Bandwidth::Narrowband => 0,
        Bandwidth::Wideband => 1,
    }
}

/// Recordings by the number that stands for them in an index.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    ids: Vec<RecordingId>,
    numbers: HashMap<RecordingId, u32>,
}

impl Recordings {
    /// Its number; a new one for a new recording, none when numbers run out.
    pub(super) fn number(&mut self, id: RecordingId) -> Option<u32> {
        if let Some(number) = self.numbers.get(&id) {
            return Some(*number);
        }
        let number = u32::try_from(self.ids.len()).ok()?;
        self.ids.push(id);
        self.numbers.insert(id, number);
        Some(number)
    }

    /// Its number, if it has one.
    pub(super) fn number_of(&self, id: RecordingId) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    /// The recording of a number.
    pub(super) fn of(&self, number: u32) -> Option<RecordingId> {
        self.ids.get(number as usize).copied()
    }

    /// Each by its number.
    pub(super) fn ids(&self) -> &[RecordingId] {
        &self.ids
    }

    /// From each by its number; none where one comes twice.
    pub(super) fn of_ids(ids: Vec<RecordingId>) -> Option<Self> {
        let numbered = (0u32..).zip(&ids).map(|(number, id)| (*id, number));
        let numbers: HashMap<RecordingId, u32> = numbered.collect();
        (numbers.len() == ids.len()).then_some(Self { ids, numbers })
    }

    /// How many have a number.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// What is searched.
pub(super) struct State {
    indexes: [VoiceIndex; 2],
    recordings: Recordings,
    /// Position in the store's log up to which the indexes are in step.
    seq: u64,
    /// The voice that the change there was about.
    mark: Option<VoiceId>,
    /// Position that the snapshot on disk has.
    saved: u64,
}

impl State {
    /// From empty indexes, by bandwidth.
    pub(super) fn of(indexes: [VoiceIndex; 2]) -> Self {
        Self {
            indexes,
            recordings: Recordings::default(),
            seq: 0,
            mark: None,
            saved: 0,
        }
    }

    /// From a snapshot, whose tags are the numbers of the recordings it names; none where it names one
    /// twice.
    pub(super) fn of_snapshot(indexes: [VoiceIndex; 2], origin: Origin) -> Option<Self> {
        let ids = origin.names.into_iter().map(RecordingId).collect();
        Some(Self {
            indexes,
            recordings: Recordings::of_ids(ids)?,
            seq: origin.watermark,
            mark: origin.mark,
            saved: origin.watermark,
        })
    }

    /// Where it stands, for a snapshot.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            watermark: self.seq,
            mark: self.mark,
            names: self.recordings.ids().iter().map(|id| id.0).collect(),
        }
    }

    pub(super) fn index(&self, band: Bandwidth) -> &VoiceIndex {
        let [narrowband, wideband] = &self.indexes;
        match band {
            Bandwidth::Narrowband => narrowband,
            Bandwidth::Wideband => wideband,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.indexes.iter().map(VoiceIndex::len).sum()
    }

    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// It is in step up to this change, which was about this voice.
    pub(super) fn stand_at(&mut self, seq: u64, voice: VoiceId) {
        self.seq = seq;
        self.mark = Some(voice);
    }

    /// Changes that a snapshot does not have.
    pub(super) fn unsaved(&self) -> u64 {
        self.seq.saturating_sub(self.saved)
    }

    pub(super) fn saved_at(&mut self, seq: u64) {
        self.saved = seq;
    }

    pub(super) fn recordings(&self) -> &Recordings {
        &self.recordings
    }

    /// The bandwidth of a voice and its recording.
    pub(super) fn member(&self, id: VoiceId) -> Option<(Bandwidth, RecordingId)> {
        BANDS.into_iter().find_map(|band| {
            let number = self.index(band).tag_of(id)?;
            Some((band, self.recordings.of(number)?))
        })
    }

    /// Compensated values `[D]` of a voice.
    pub(super) fn values_of(&self, id: VoiceId) -> Option<&[f32]> {
        self.indexes.iter().find_map(|index| index.values_of(id))
    }

    pub(super) fn insert(&mut self, voice: &GalleryVoice) -> Result<(), IndexError> {
        let rows = self.recordings.len();
        let number = self.recordings.number(voice.recording_id);
        let number = number.ok_or(IndexError::Full { rows })?;
        let of_band = place(voice.bandwidth);
        for (place, index) in self.indexes.iter_mut().enumerate() {
            if place == of_band {
                index.insert(voice.voice_id, number, &voice.embedding)?;
            } else {
                index.remove(voice.voice_id);
            }
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: VoiceId) {
        for index in &mut self.indexes {
            index.remove(id);
        }
    }

    /// A bandwidth whose index would be faster with a new graph.
    pub(super) fn wants_graph(&self) -> Option<Bandwidth> {
        BANDS
            .into_iter()
            .find(|band| self.index(*band).wants_graph())
    }
}
