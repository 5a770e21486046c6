//! Two voices are compared, and the answer is stored.

use serde_json::json;

use super::findings::{compared_side, findings_of};
use super::population_rates::Compared;
use super::population_use::PopulationChoice;
use super::probes::side_of;
use super::voices::{VoiceRef, voice_facts};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    ComparedSide, Comparison, ComparisonFindings, ComparisonId, Embedding, Evidence, NetSpeech,
    Score, SubjectSide, VoiceFacts,
};
use crate::embedding::Compensator;
use crate::scoring::Calibration;
use crate::store::Reader;

/// A voice with everything that a comparison of it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedVoice {
    /// What the answer says of it.
    pub facts: VoiceFacts,
    /// Its embedding, as the model gave it.
    pub embedding: Embedding,
    /// What findings say of it.
    pub side: ComparedSide,
}

/// Which voice is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum ComparedRef {
    /// A voice of the archive.
    Archive(VoiceRef),
    /// A voice that is not in the archive.
    Outside(Box<ComparedVoice>),
}

impl From<VoiceRef> for ComparedRef {
    fn from(voice: VoiceRef) -> Self {
        Self::Archive(voice)
    }
}

impl Services {
    /// Compares two voices and stores the answer.
    ///
    /// # Errors
    /// `NotFound`, `RecordingPending`, `NoVoice`, `VoiceAmbiguous`, `TooLittleSpeech`, and
    /// `Invalid` when both sides are the same voice or the population cannot be used.
    pub async fn compare(
        &self,
        actor: &Actor,
        left: ComparedRef,
        right: ComparedRef,
        population: Option<PopulationChoice>,
    ) -> Result<Comparison, ServiceError> {
        let mut reader = self.store.reader().await?;
        let left = self.compared(reader.as_mut(), left, "left").await?;
        let right = self.compared(reader.as_mut(), right, "right").await?;
        drop(reader);
        if left.facts.voice_id.is_some() && left.facts.voice_id == right.facts.voice_id {
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
            (&left.facts, &left.embedding),
            (&right.facts, &right.embedding),
        )?;
        let llr = evidence.llr;
        let sides = (left.side.clone(), right.side.clone());
        let mut findings = findings_of(&calibration, evidence, sides.0, sides.1);
        if let Some(choice) = population {
            let [left, right] = [&left, &right].map(|one| Compared::of(std::slice::from_ref(one)));
            let measured = self
                .measure_pair(choice, &calibration, (left, right), llr)
                .await?;
            findings.population = Some(measured);
        }
        self.keep_comparison(actor, (left.facts, right.facts), None, findings)
            .await
    }

    /// Stores what came of a comparison.
    pub(super) async fn keep_comparison(
        &self,
        actor: &Actor,
        (left, right): (VoiceFacts, VoiceFacts),
        subject: Option<SubjectSide>,
        findings: ComparisonFindings,
    ) -> Result<Comparison, ServiceError> {
        let population = findings.population.as_ref();
        let behind = findings.subject.as_ref();
        let comparison = Comparison {
            id: ComparisonId::new(self.clock(), self.rng.as_ref()),
            left,
            right,
            subject: subject.map(Box::new),
            evidence: findings.evidence.clone(),
            model: self.analyser.model_id().clone(),
            model_sha256: self.analyser.model_sha256(),
            software_version: crate::domain::VERSION.to_owned(),
            population_use: population.map(|one| one.used.clone()),
            population_rates: population.and_then(|one| one.rates),
            findings: Some(Box::new(findings.clone())),
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
                "left_sha256": findings.left.sha256,
                "right": comparison.right.voice_id,
                "right_sha256": findings.right.sha256,
                "subject": behind.map(|one| one.subject.id),
                "voices": behind.map(|one| {
                    one.voices.iter().map(|voice| voice.voice_id).collect::<Vec<_>>()
                }),
                "calibration": comparison.evidence.calibration.name,
                "population": population.map(|one| one.used.title()),
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

    /// A voice with what its comparison needs.
    pub(super) async fn compared(
        &self,
        reader: &mut dyn Reader,
        request: ComparedRef,
        side: &'static str,
    ) -> Result<ComparedVoice, ServiceError> {
        let request = match request {
            ComparedRef::Outside(voice) => return Ok(*voice),
            ComparedRef::Archive(voice) => voice,
        };
        let (recording, voice) = self.referred_voice(reader, request).await?;
        let print = self
            .voiceprint_of(reader, &voice, side, "comparing")
            .await?;
        Ok(ComparedVoice {
            side: compared_side(reader, &recording, &voice, &print).await?,
            facts: voice_facts(&recording, &voice),
            embedding: print.embedding,
        })
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
        check_speech(minimum, side, facts)?;
    }
    let [left, right] = [left.1, right.1].map(|embedding| compensated(compensator, embedding));
    score_of(&left?, &right?)
}

/// The score of two compensated embeddings.
///
/// # Errors
/// They are of two models.
pub fn score_of(left: &Embedding, right: &Embedding) -> Result<Score, ServiceError> {
    let score = left.cosine(right);
    score.map_err(|error| incomparable(error.to_string()))
}

/// Whether one side has enough speech to be compared.
///
/// # Errors
/// `TooLittleSpeech`, below `minimum`.
pub fn check_speech(
    minimum: NetSpeech,
    side: &str,
    facts: &VoiceFacts,
) -> Result<(), ServiceError> {
    if facts.net_speech < minimum {
        return Err(ServiceError::TooLittleSpeech {
            side: format!("{side} side ({})", facts.filename),
            purpose: "comparing",
            found: facts.net_speech,
            minimum,
        });
    }
    Ok(())
}

/// An embedding with its channel taken out.
///
/// # Errors
/// It is of another model than the compensation.
pub fn compensated(
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
