//! A voice is compared with a subject, by all of its enrolled voices in force.

use std::collections::HashMap;

use serde_json::json;

use super::population_rates::PairRight;
use super::population_use::PopulationChoice;
use super::probes::{Probe, side_of};
use super::subject_sides::JointSubject;
use super::voices::{VoiceRef, voice_facts};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{Comparison, ComparisonId, PopulationUse, SubjectId, VoiceId};
use crate::scoring::Calibration;
use crate::store::Reader;

impl Services {
    /// Compares a voice of the archive with a subject and stores the answer. The voice's own
    /// recording does not count for the subject.
    ///
    /// # Errors
    /// `NotFound`, `RecordingPending`, `NoVoice`, `VoiceAmbiguous`, `TooLittleSpeech`, and `Invalid`
    /// when no other voice of the subject is enrolled, or the population cannot be used.
    pub async fn compare_with_subject(
        &self,
        actor: &Actor,
        left: VoiceRef,
        right: SubjectId,
        population: Option<PopulationChoice>,
    ) -> Result<Comparison, ServiceError> {
        self.gallery.follow(self.store()).await?;
        let calibration = self.calibration().await?;
        let mut reader = self.store.reader().await?;
        let probe = self.compared_probe(reader.as_mut(), left).await?;
        let joint = self
            .joint_of(reader.as_mut(), &calibration, &probe, right)
            .await?;
        drop(reader);
        let (population_use, population_rates) = match population {
            None => (None, None),
            Some(choice) => {
                let pair = (&probe, PairRight::Subject(right, &joint.voice_ids));
                let (used, rates) = self
                    .measure_pair(choice, &calibration, pair, joint.evidence.llr)
                    .await?;
                (Some(used), rates)
            }
        };
        let nearest = joint.side.voices.first().map(|voice| voice.voice.clone());
        let comparison = Comparison {
            id: ComparisonId::new(self.clock(), self.rng.as_ref()),
            left: probe.facts,
            right: nearest.ok_or_else(|| nobody(right))?,
            subject: Some(Box::new(joint.side)),
            evidence: joint.evidence,
            model: self.analyser.model_id().clone(),
            model_sha256: self.analyser.model_sha256(),
            software_version: crate::domain::VERSION.to_owned(),
            population_use,
            population_rates,
            findings: None,
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
                "subject": right,
                "voices": joint.voice_ids,
                "calibration": comparison.evidence.calibration.name,
                "population": comparison.population_use.as_ref().map(PopulationUse::title),
            }),
        )
        .await?;
        work.commit().await?;
        Ok(comparison)
    }

    async fn compared_probe(
        &self,
        reader: &mut dyn Reader,
        voice: VoiceRef,
    ) -> Result<Probe, ServiceError> {
        let (recording, voice) = self.referred_voice(reader, voice).await?;
        let print = self
            .voiceprint_of(reader, &voice, "left", "comparing")
            .await?;
        let minimum = self.settings.minimum_speech.search();
        if voice.net_speech < minimum {
            return Err(ServiceError::TooLittleSpeech {
                side: format!("left side ({})", recording.filename),
                purpose: "comparing",
                found: voice.net_speech,
                minimum,
            });
        }
        Ok(Probe {
            facts: voice_facts(&recording, &voice),
            sha256: recording.sha256,
            embedding: print.embedding,
        })
    }

    async fn joint_of(
        &self,
        reader: &mut dyn Reader,
        calibration: &Calibration,
        probe: &Probe,
        id: SubjectId,
    ) -> Result<JointSubject, ServiceError> {
        if reader.subject(id).await?.is_none() {
            return Err(ServiceError::not_found("subject", id));
        }
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .filter(|(_, subject)| *subject == id)
            .collect();
        let mut scored = self.scored_subjects(reader, probe, &enrolled).await?;
        let voices = scored.remove(&id).ok_or_else(|| nobody(id))?;
        let side = side_of(&probe.facts);
        let joint = self
            .joint_subject(reader, calibration, side, (id, voices))
            .await?;
        joint.ok_or_else(|| nobody(id))
    }
}

fn nobody(id: SubjectId) -> ServiceError {
    ServiceError::Invalid {
        field: "right",
        found: format!("subject {id} without another enrolled voice in force"),
        expected: "a subject with a voice that is enrolled and not of the left recording"
            .to_owned(),
    }
}
