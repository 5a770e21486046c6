//! Voices of the gallery that are asked for by name, rather than searched.

use super::{Gallery, poisoned};
use crate::domain::{Bandwidth, Embedding, RecordingId, Score, VoiceId};
use crate::services::ServiceError;

/// A voice of the gallery with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoredVoice {
    pub(crate) voice_id: VoiceId,
    pub(crate) recording_id: RecordingId,
    pub(crate) bandwidth: Bandwidth,
    pub(crate) score: Score,
}

impl Gallery {
    /// Scores of a probe, as the model gave it, with these voices; those that are not there are
    /// left out.
    pub(in crate::services) fn scores_with(
        &self,
        probe: &Embedding,
        ids: &[VoiceId],
    ) -> Result<Vec<ScoredVoice>, ServiceError> {
        let probe = self.compensated(probe)?;
        let state = self.read().map_err(poisoned)?;
        let mut scored = Vec::with_capacity(ids.len());
        for &voice_id in ids {
            let Some((bandwidth, recording_id)) = state.member(voice_id) else {
                continue;
            };
            if let Some(values) = state.values_of(voice_id) {
                scored.push(ScoredVoice {
                    voice_id,
                    recording_id,
                    bandwidth,
                    score: probe.cosine_with(values),
                });
            }
        }
        Ok(scored)
    }

    /// Bandwidths of these voices, in their order; none for one that is not there.
    pub(in crate::services) fn bandwidths_of(
        &self,
        ids: &[VoiceId],
    ) -> Result<Vec<Option<Bandwidth>>, ServiceError> {
        let state = self.read().map_err(poisoned)?;
        let band = |id: &VoiceId| state.member(*id).map(|(band, _)| band);
        Ok(ids.iter().map(band).collect())
    }

    /// Compensated embeddings of these voices, in their order; none for one that is not there.
    pub(in crate::services) fn compensated_of(
        &self,
        ids: &[VoiceId],
    ) -> Result<Vec<Option<Embedding>>, ServiceError> {
        let state = self.read().map_err(poisoned)?;
        let model = self.compensator.compensated_id();
        ids.iter()
            .map(|id| {
                let values = state.values_of(*id);
                let embedding =
                    values.map(|values| Embedding::from_unit(model.clone(), values.to_vec()));
                embedding
                    .transpose()
                    .map_err(|error| ServiceError::Interrupted {
                        detail: format!("an embedding of the index is damaged: {error}"),
                    })
            })
            .collect()
    }
}
