//! Voices, their voiceprints, and the gallery that the index follows.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    Bandwidth, Embedding, ModelId, RecordingId, SubjectId, Timestamp, Voice, VoiceId, Voiceprint,
};

/// One voice of the gallery, as the index needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct GalleryEntry {
    /// Position in the log of gallery changes.
    pub seq: u64,
    /// What happened.
    pub change: GalleryChange,
}

/// A change of the gallery.
#[derive(Debug, Clone, PartialEq)]
pub enum GalleryChange {
    /// A voiceprint was added.
    Added(Box<GalleryVoice>),
    /// A voice was removed.
    Removed(VoiceId),
}

/// What the gallery holds of a voice: no more than a search needs, since all of them are read at
/// start.
#[derive(Debug, Clone, PartialEq)]
pub struct GalleryVoice {
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Measured band.
    pub bandwidth: Bandwidth,
    /// Unit-norm vector and model.
    pub embedding: Embedding,
}

/// A voice of the gallery without its embedding, for one who has the embeddings already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GalleryMember {
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Measured band.
    pub bandwidth: Bandwidth,
}

/// Looks at voices and voiceprints.
#[async_trait]
pub trait VoiceReader: Send {
    /// One voice; `subject_id` is that of an enrolment in force at `now`.
    async fn voice(&mut self, id: VoiceId, now: Timestamp) -> Result<Option<Voice>, StoreError>;
    /// Several voices in one go; those that do not exist are left out.
    async fn voices(&mut self, ids: &[VoiceId], now: Timestamp) -> Result<Vec<Voice>, StoreError>;
    /// Voices of one recording, by channel and label.
    async fn voices_of_recording(
        &mut self,
        id: RecordingId,
        now: Timestamp,
    ) -> Result<Vec<Voice>, StoreError>;
    /// Voiceprint of a voice under a model.
    async fn voiceprint(
        &mut self,
        voice_id: VoiceId,
        model: &ModelId,
    ) -> Result<Option<Voiceprint>, StoreError>;
}

/// Follows the gallery: the log of voiceprints added and voices removed.
#[async_trait]
pub trait GalleryReader: Send {
    /// Changes under `model` after position `after`, oldest first, at most `limit`; fewer only when
    /// there are no more. A voice that was removed since is not added first, so a removal may name
    /// a voice that the caller never saw.
    ///
    /// Positions become visible in order: one below a position that was seen never appears later.
    async fn gallery_changes(
        &mut self,
        model: &ModelId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<GalleryEntry>, StoreError>;
    /// Position of the newest change of any model; 0 when there is none.
    async fn gallery_seq(&mut self) -> Result<u64, StoreError>;
    /// The voice that the change at this position was about. The log only grows, and ids never come
    /// twice: who finds the voice there that he saw there before has the same log up to it.
    async fn gallery_voice_at(&mut self, seq: u64) -> Result<Option<VoiceId>, StoreError>;
    /// Voices with a voiceprint under `model` as the log stood at position `at`, oldest first.
    async fn gallery_members(
        &mut self,
        model: &ModelId,
        at: u64,
    ) -> Result<Vec<GalleryMember>, StoreError>;
    /// Voices tied to a subject by an enrolment in force at `now`, by voice; the newest
    /// enrolment counts.
    async fn enrolled_voices(
        &mut self,
        now: Timestamp,
    ) -> Result<Vec<(VoiceId, SubjectId)>, StoreError>;
    /// Model of the voiceprint that was added last, of voices that are still there.
    async fn newest_model(&mut self) -> Result<Option<ModelId>, StoreError>;
    /// Number of voices with a voiceprint under `model` by bandwidth: `(narrowband, wideband)`.
    async fn gallery_bandwidths(&mut self, model: &ModelId) -> Result<(u64, u64), StoreError>;
}
