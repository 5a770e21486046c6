//! Links of voices and what people decided about them.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    CaseId, Embedding, Link, LinkDecision, LinkEdge, LinkId, LinkState, ModelId, NetSpeech, Page,
    PageRequest, RecordingId, SupersededBy, Timestamp, VoiceId, VoicePlacement, VoiceQuality,
    VoiceprintId,
};

/// Whether links count that were superseded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkForce {
    /// Those that count.
    #[default]
    InForce,
    /// Those that were superseded.
    Superseded,
    /// All.
    Any,
}

/// Narrows a list of links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    /// In this state.
    pub state: Option<LinkState>,
    /// With a side in this case.
    pub case_id: Option<CaseId>,
    /// With a side in this recording.
    pub recording_id: Option<RecordingId>,
    /// With this voice as a side.
    pub voice_id: Option<VoiceId>,
    /// Whether they count.
    pub force: LinkForce,
}

/// A voice with what its ratios are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredVoice {
    /// Voice.
    pub voice_id: VoiceId,
    /// Net speech.
    pub net_speech: NetSpeech,
    /// Measurements.
    pub quality: VoiceQuality,
    /// Unit-norm vector and model.
    pub embedding: Embedding,
}

/// Looks at links.
#[async_trait]
pub trait LinkReader: Send {
    /// One link, superseded or not.
    async fn link(&mut self, id: LinkId) -> Result<Option<Link>, StoreError>;
    /// Links, newest first.
    async fn links(
        &mut self,
        filter: &LinkFilter,
        page: PageRequest,
    ) -> Result<Page<Link>, StoreError>;
    /// Number of links that count, by state.
    async fn link_counts(&mut self) -> Result<Vec<(LinkState, u64)>, StoreError>;
    /// Decisions about a link, oldest first.
    async fn link_decisions(&mut self, id: LinkId) -> Result<Vec<LinkDecision>, StoreError>;
    /// Links that count with one of these voices as a side, each once, by id.
    async fn link_edges(&mut self, voices: &[VoiceId]) -> Result<Vec<LinkEdge>, StoreError>;
    /// Every link that counts, by id.
    async fn all_link_edges(&mut self) -> Result<Vec<LinkEdge>, StoreError>;
    /// Where voices speak; those that do not exist are left out.
    async fn voice_placements(
        &mut self,
        voices: &[VoiceId],
    ) -> Result<Vec<VoicePlacement>, StoreError>;
    /// What ratios of voices are made of; voices without a voiceprint of `model` are left out.
    async fn scored_voices(
        &mut self,
        voices: &[VoiceId],
        model: &ModelId,
    ) -> Result<Vec<ScoredVoice>, StoreError>;
    /// Voices of a recording whose voiceprint of `model` no links were looked for yet, with it.
    async fn voices_to_link(
        &mut self,
        recording_id: RecordingId,
        model: &ModelId,
    ) -> Result<Vec<(VoiceId, VoiceprintId)>, StoreError>;
    /// Recordings with such voices, at most `limit`.
    async fn recordings_to_link(
        &mut self,
        model: &ModelId,
        limit: u32,
    ) -> Result<Vec<RecordingId>, StoreError>;
}

/// Changes links.
#[async_trait]
pub trait LinkWriter: Send {
    /// Adds a link. `Conflict` when the pair has one that counts, `Missing` when a recording or case
    /// is not there.
    async fn insert_link(&mut self, link: &Link) -> Result<(), StoreError>;
    /// Gives a link another state and keeps the decision. `version` is the one that the caller read,
    /// and is counted up. `Stale` when it is not the present one, `Missing` when there is no such
    /// link.
    async fn decide_link(
        &mut self,
        id: LinkId,
        version: u32,
        state: LinkState,
        decision: &LinkDecision,
    ) -> Result<(), StoreError>;
    /// Lets links no longer count; those that did not count before stay as they were.
    async fn supersede_links(
        &mut self,
        ids: &[LinkId],
        by: SupersededBy,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Notes for which voiceprint of a voice links were looked for.
    async fn note_link_search(
        &mut self,
        voice_id: VoiceId,
        voiceprint_id: VoiceprintId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
