//! Two voices are compared, and the answer is stored.

use serde_json::json;

use super::findings::{compared_side, findings_of};
use super::population_rates::PairRight;
use super::population_use::PopulationChoice;
use super::probes::{Probe, side_of};
use super::voices::{VoiceRef, voice_facts};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    ComparedSide, Comparison, ComparisonId, Embedding, Evidence, NetSpeech, PopulationUse, Score,
    VoiceFacts,
};
use crate::embedding::Compensator;
use crate::scoring::Calibration;
use crate::store::Reader;

impl Services {
    /// Compares two voices of the archive and stores the answer.
    ///
    /// # Errors
    /// `NotFound`, `RecordingPending`, `NoVoice`, `VoiceAmbiguous`, `TooLittleSpeech`, and
    /// `Invalid` when both sides are the same voice or the population cannot be used.
    pub async fn compare(
        &self,
        actor: &Actor,
        left: VoiceRef,
        right: VoiceRef,
        population: Option<PopulationChoice>,
    ) -> Result<Comparison, ServiceError> {
        let mut reader = self.store.reader().await?;
        let (left, left_embedding, left_side) = self.side(reader.as_mut(), left, "left").await?;
        let (right, right_embedding, right_side) =
            self.side(reader.as_mut(), right, "right").await?;
        drop(reader);
        if left.voice_id == right.voice_id {
            return Err(ServiceError::Invalid {
                field: "right",
                found: "the same voice as on the left".to_owned(),
                expected: "another voice".to_owned(),
            });
        }
        let calibration = self.calibration().await?;
        let evidence = evidence_between(
            (self.analyser.compensator(), &calibration),
            self.settings.minimum_speech.search(),
            (&left, &left_embedding),
            (&right, &right_embedding),
        )?;
        let (population_use, population_rates) = match population {
            None => (None, None),
            Some(choice) => {
                let probe =
                    |facts: &VoiceFacts, side: &ComparedSide, embedding: &Embedding| Probe {
                        facts: facts.clone(),
                        sha256: side.sha256,
                        embedding: embedding.clone(),
                    };
                let left = probe(&left, &left_side, &left_embedding);
                let right = probe(&right, &right_side, &right_embedding);
                let pair = (&left, PairRight::Voice(&right));
                let (used, rates) = self
                    .measure_pair(choice, &calibration, pair, evidence.llr)
                    .await?;
                (Some(used), rates)
            }
        };
        let findings = findings_of(&calibration, evidence.clone(), left_side, right_side);
        let comparison = Comparison {
            id: ComparisonId::new(self.clock(), self.rng.as_ref()),
            left,
            right,
            subject: None,
            evidence,
            model: self.analyser.model_id().clone(),
            model_sha256: self.analyser.model_sha256(),
            software_version: crate::domain::VERSION.to_owned(),
            population_use,
            population_rates,
            findings: Some(Box::new(findings)),
            created_at: self.clock.now(),
        };
        let mut work = self.store.begin().await?;
        work.insert_comparison(&comparison).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::COMPARISON_MADE,
            &format!("comparison/{}", comparison.id),
            json!({
                "left": comparison.left.voice_id,
                "right": comparison.right.voice_id,
                "calibration": comparison.evidence.calibration.name,
                "population": comparison.population_use.as_ref().map(PopulationUse::title),
            }),
        )
        .await?;
        work.commit().await?;
        Ok(comparison)
    }

    /// A stored comparison.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn stored_comparison(&self, id: ComparisonId) -> Result<Comparison, ServiceError> {
        let mut reader = self.store.reader().await?;
        reader
            .comparison(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("comparison", id))
    }

    async fn side(
        &self,
        reader: &mut dyn Reader,
        request: VoiceRef,
        side: &'static str,
    ) -> Result<(VoiceFacts, Embedding, ComparedSide), ServiceError> {
        let (recording, voice) = self.referred_voice(reader, request).await?;
        let print = self
            .voiceprint_of(reader, &voice, side, "comparing")
            .await?;
        let compared = compared_side(reader, &recording, &voice, &print).await?;
        Ok((voice_facts(&recording, &voice), print.embedding, compared))
    }
}

/// What makes a ratio of two embeddings.
pub type Scoring<'a> = (&'a Compensator, &'a Calibration);

/// The ratio for two voices, wherever they come from.
///
/// # Errors
/// `TooLittleSpeech`, below `minimum`; embeddings of two models.
pub fn evidence_between(
    (compensator, calibration): Scoring<'_>,
    minimum: NetSpeech,
    left: (&VoiceFacts, &Embedding),
    right: (&VoiceFacts, &Embedding),
) -> Result<Evidence, ServiceError> {
    let score = score_between(compensator, minimum, left, right)?;
    Ok(calibration.evidence(score, side_of(left.0), side_of(right.0))?)
}

/// The score of two voices, their channels compensated, before any calibration.
///
/// # Errors
/// `TooLittleSpeech`, below `minimum`; embeddings of two models.
pub fn score_between(
    compensator: &Compensator,
    minimum: NetSpeech,
    left: (&VoiceFacts, &Embedding),
    right: (&VoiceFacts, &Embedding),
) -> Result<Score, ServiceError> {
    for (side, (facts, _)) in [("left", left), ("right", right)] {
        if facts.net_speech < minimum {
            return Err(ServiceError::TooLittleSpeech {
                side: format!("{side} side ({})", facts.filename),
                purpose: "comparing",
                found: facts.net_speech,
                minimum,
            });
        }
    }
    let [left, right] = [left.1, right.1].map(|embedding| compensated(compensator, embedding));
    let score = left?.cosine(&right?);
    score.map_err(|error| incomparable(error.to_string()))
}

/// An embedding with its channel taken out.
pub(super) fn compensated(
    compensator: &Compensator,
    embedding: &Embedding,
) -> Result<Embedding, ServiceError> {
    let done = compensator.apply(embedding);
    done.map_err(|error| incomparable(error.to_string()))
}

fn incomparable(found: String) -> ServiceError {
    ServiceError::Invalid {
        field: "right",
        found,
        expected: "an embedding of the same model".to_owned(),
    }
}
