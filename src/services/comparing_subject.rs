//! A voice is compared with a subject, by all of its enrolled voices in force.
//!
//! A search takes the scores of the index. Here they are made of the embeddings themselves, in the
//! order of the findings, so that whoever has the recordings gets the same numbers to the last bit.

use std::collections::{HashMap, HashSet};

use super::comparing::{ComparedRef, ComparedVoice, Scoring, check_speech, compensated, score_of};
use super::findings::findings_of;
use super::population_rates::Compared;
use super::population_use::PopulationChoice;
use super::probes::{Probe, side_of};
use super::subject_sides::{MAX_AGREEING_VOICES, MAX_LISTED_VOICES, counted};
use super::voices::VoiceRef;
use super::{Actor, ServiceError, Services};
use crate::domain::{
    Agreement, CandidateSubject, Comparison, Embedding, Evidence, JointVoice, NetSpeech, Score,
    SubjectFindings, SubjectId, SubjectSide, SubjectVoice, VoiceId,
};
use crate::scoring::{Calibration, Side};
use crate::store::Reader;

impl Services {
    /// Compares a voice with a subject and stores the answer. The voice's own recording does not
    /// count for the subject.
    ///
    /// # Errors
    /// `NotFound`, `RecordingPending`, `NoVoice`, `VoiceAmbiguous`, `TooLittleSpeech`, and `Invalid`
    /// when no other voice of the subject is enrolled, or the population cannot be used.
    pub async fn compare_with_subject(
        &self,
        actor: &Actor,
        left: ComparedRef,
        right: SubjectId,
        population: Option<PopulationChoice>,
    ) -> Result<Comparison, ServiceError> {
        self.gallery.follow(self.store()).await?;
        let calibration = self.calibration().await?;
        let mut reader = self.store.reader().await?;
        let left = self.compared(reader.as_mut(), left, "left").await?;
        let (subject, voices) = self.enrolled_sides(reader.as_mut(), &left, right).await?;
        drop(reader);
        let joint = joint_with(
            (self.analyser.compensator(), &calibration),
            self.settings.minimum_speech.search(),
            &left,
            subject,
            voices,
        )?;
        let joint = joint.ok_or_else(|| nobody(right))?;
        let nearest = joint.voices.first().ok_or_else(|| nobody(right))?;
        let llr = joint.evidence.llr;
        let sides = (left.side.clone(), nearest.side.clone());
        let mut findings = findings_of(&calibration, joint.evidence, sides.0, sides.1);
        // The scores of the calibration's trials are those of single pairs.
        findings.scores = None;
        if let Some(choice) = population {
            let pair = (
                Compared::of(std::slice::from_ref(&left)),
                Compared {
                    voices: &joint.voices,
                    subject: Some(right),
                },
            );
            let measured = self.measure_pair(choice, &calibration, pair, llr).await?;
            findings.population = Some(measured);
        }
        let side = subject_side(&joint.findings, &joint.voices);
        findings.subject = Some(joint.findings);
        self.keep_comparison(
            actor,
            (left.facts, nearest.facts.clone()),
            Some(side),
            findings,
        )
        .await
    }

    /// A subject with its enrolled voices in force, without those of the probe's own bytes.
    async fn enrolled_sides(
        &self,
        reader: &mut dyn Reader,
        left: &ComparedVoice,
        id: SubjectId,
    ) -> Result<(CandidateSubject, Vec<(VoiceId, ComparedVoice)>), ServiceError> {
        let subject = reader
            .subject(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("subject", id))?;
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .filter(|(_, subject)| *subject == id)
            .collect();
        let probe = Probe {
            facts: left.facts.clone(),
            sha256: left.side.sha256,
            embedding: left.embedding.clone(),
        };
        let mut scored = self.scored_subjects(reader, &probe, &enrolled).await?;
        let mut voices = Vec::new();
        for found in scored.remove(&id).unwrap_or_default() {
            let voice = ComparedRef::Archive(VoiceRef::Voice(found.voice_id));
            match self.compared(reader, voice, "right").await {
                Ok(voice) => voices.push((found.voice_id, voice)),
                // A voice that was replaced between the scan and this look is none any more.
                Err(ServiceError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let subject = CandidateSubject {
            id: subject.id,
            name: subject.name,
            class: subject.class,
        };
        Ok((subject, voices))
    }
}

/// What a voice and the voices of a subject give together.
pub struct JointFindings {
    /// The joint ratio.
    pub evidence: Evidence,
    /// Who, by which voices.
    pub findings: SubjectFindings,
    /// Those voices, in the order of the findings.
    pub voices: Vec<ComparedVoice>,
}

/// The joint ratio of a subject's voices with a voice; none without a voice of the subject.
///
/// # Errors
/// `TooLittleSpeech` of the left side, below `minimum`; embeddings of two models.
pub fn joint_with(
    (compensator, calibration): Scoring<'_>,
    minimum: NetSpeech,
    left: &ComparedVoice,
    subject: CandidateSubject,
    voices: Vec<(VoiceId, ComparedVoice)>,
) -> Result<Option<JointFindings>, ServiceError> {
    check_speech(minimum, "left", &left.facts)?;
    let probe = compensated(compensator, &left.embedding)?;
    let mut scored = Vec::with_capacity(voices.len());
    for (id, voice) in voices {
        let embedding = compensated(compensator, &voice.embedding)?;
        let score = score_of(&probe, &embedding)?;
        scored.push(Scored {
            id,
            voice,
            embedding,
            score,
        });
    }
    scored.sort_by(|left, right| {
        let by_score = right.score.0.total_cmp(&left.score.0);
        by_score.then(left.id.cmp(&right.id))
    });
    let probe_side = side_of(&left.facts);
    let pairs: Vec<(Score, Side)> = scored
        .iter()
        .map(|one| (one.score, side_of(&one.voice.facts)))
        .collect();
    let Some(evidence) = calibration.joint_evidence(probe_side, &pairs)? else {
        return Ok(None);
    };
    let files: HashSet<_> = scored.iter().map(|one| one.voice.side.sha256).collect();
    let findings = SubjectFindings {
        subject,
        recordings: counted(files.len()),
        voices: scored
            .iter()
            .zip(&pairs)
            .map(|(one, (score, side))| {
                let llr = calibration.llr(*score, probe_side, *side);
                SubjectVoice {
                    voice_id: one.id,
                    side: one.voice.side.clone(),
                    score: *score,
                    llr,
                    log10_lr: llr.log10(),
                }
            })
            .collect(),
        least_agreement: least_agreement(calibration, &scored),
    };
    let voices = scored.into_iter().map(|one| one.voice).collect();
    Ok(Some(JointFindings {
        evidence,
        findings,
        voices,
    }))
}

/// A voice of a subject with its score.
struct Scored {
    id: VoiceId,
    voice: ComparedVoice,
    /// Compensated.
    embedding: Embedding,
    score: Score,
}

/// The two voices with the lowest ratio between them, among the first of them.
fn least_agreement(calibration: &Calibration, scored: &[Scored]) -> Option<Agreement> {
    let looked_at = scored.get(..MAX_AGREEING_VOICES).unwrap_or(scored);
    let mut least: Option<Agreement> = None;
    for (at, left) in looked_at.iter().enumerate() {
        for right in looked_at.iter().skip(at + 1) {
            let Ok(score) = score_of(&left.embedding, &right.embedding) else {
                continue;
            };
            let [left_side, right_side] = [left, right].map(|one| side_of(&one.voice.facts));
            let log10_lr = calibration.llr(score, left_side, right_side).log10();
            if least.is_none_or(|least| log10_lr < least.log10_lr) {
                least = Some(Agreement {
                    left: left.id,
                    right: right.id,
                    log10_lr,
                });
            }
        }
    }
    least
}

/// The subject as an answer has it.
fn subject_side(findings: &SubjectFindings, voices: &[ComparedVoice]) -> SubjectSide {
    let listed = findings.voices.iter().zip(voices).take(MAX_LISTED_VOICES);
    SubjectSide {
        subject: findings.subject.clone(),
        recordings: findings.recordings,
        voice_count: counted(findings.voices.len()),
        voices: listed
            .map(|(found, voice)| JointVoice {
                voice: voice.facts.clone(),
                score: found.score,
                log10_lr: found.log10_lr,
            })
            .collect(),
        least_agreement: findings.least_agreement,
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
