//! Subjects as one side, by all of their enrolled voices in force.

use std::collections::{HashMap, HashSet};

use super::gallery::{GalleryScope, ScoredVoice};
use super::probes::{Probe, side_of};
use super::voices::voice_facts;
use super::{ServiceError, Services};
use crate::domain::{
    Against, Agreement, CandidateSubject, Evidence, JointVoice, PageRequest, RecordingId, Sha256,
    SubjectCandidate, SubjectId, SubjectSide, Voice, VoiceId,
};
use crate::scoring::{Calibration, Side, SubjectCount};
use crate::store::{Reader, RecordingFilter};

/// Most voices that an answer lists of a subject; all of them count.
pub(super) const MAX_LISTED_VOICES: usize = 20;
/// Most voices whose agreement with each other is looked at: some 5,000 pairs.
pub(super) const MAX_AGREEING_VOICES: usize = 100;
/// Subjects that are looked at closely, for each that is asked for: what the calibration makes of
/// net speech may change their order a little.
const CLOSER_LOOKS: usize = 4;
/// Copies of a file, in other cases, that are read at a time.
const COPIES: u32 = 100;

/// What subjects are judged with.
#[derive(Clone, Copy)]
pub(super) struct SubjectSearch<'a> {
    pub(super) calibration: &'a Calibration,
    pub(super) probe: &'a Probe,
    pub(super) enrolled: &'a HashMap<VoiceId, SubjectId>,
    pub(super) scope: &'a GalleryScope,
    pub(super) against: Against,
    pub(super) top_k: u32,
}

/// A subject with the ratio of its voices together.
pub(super) struct JointSubject {
    pub(super) evidence: Evidence,
    pub(super) side: SubjectSide,
    /// All voices behind the ratio, the best first.
    pub(super) voice_ids: Vec<VoiceId>,
}

impl Services {
    /// The subjects whose enrolled voices in force are together most like the probe, best first.
    /// The probe's own recording counts for nobody.
    pub(super) async fn subject_candidates(
        &self,
        reader: &mut dyn Reader,
        search: SubjectSearch<'_>,
    ) -> Result<Vec<(SubjectCandidate, Vec<VoiceId>)>, ServiceError> {
        if search.against == Against::Archive || search.enrolled.is_empty() {
            return Ok(Vec::new());
        }
        let mut by_subject = self
            .scored_subjects(reader, search.probe, search.enrolled)
            .await?;
        let scope = search.scope;
        for voices in by_subject.values_mut() {
            voices.retain(|voice| scope.takes(voice.voice_id, voice.recording_id, voice.bandwidth));
        }
        by_subject.retain(|_, voices| !voices.is_empty());
        let mut gallery = SubjectCount::default();
        for voices in by_subject.values() {
            gallery.add(voices.iter().map(|voice| voice.bandwidth));
        }
        let probe_side = side_of(&search.probe.facts);
        let top_k = search.top_k as usize;
        let mut found = Vec::new();
        for (id, voices) in foremost(search.calibration, probe_side, by_subject, top_k) {
            let joint = self
                .joint_subject(reader, search.calibration, probe_side, (id, voices))
                .await?;
            found.extend(joint);
        }
        found.sort_by(|left: &JointSubject, right| {
            let (left_evidence, right_evidence) = (&left.evidence, &right.evidence);
            right_evidence
                .llr
                .0
                .total_cmp(&left_evidence.llr.0)
                .then(right_evidence.score.0.total_cmp(&left_evidence.score.0))
                .then(left.side.subject.id.cmp(&right.side.subject.id))
        });
        let next: Vec<Option<f64>> = found
            .iter()
            .skip(1)
            .map(|subject| Some(subject.evidence.llr.0))
            .chain([None])
            .collect();
        let ranked = (1..=search.top_k).zip(found.into_iter().zip(next));
        Ok(ranked
            .map(|(rank, (subject, next))| {
                let llr = subject.evidence.llr;
                let candidate = SubjectCandidate {
                    rank,
                    margin_llr: next.map(|next| llr.0 - next),
                    expected_false: search.calibration.expected_false_subjects(
                        llr,
                        probe_side.bandwidth,
                        gallery,
                    ),
                    evidence: subject.evidence,
                    side: subject.side,
                    population: None,
                };
                (candidate, subject.voice_ids)
            })
            .collect())
    }

    /// Enrolled voices with their scores, by subject, without those of the probe's own bytes.
    pub(super) async fn scored_subjects(
        &self,
        reader: &mut dyn Reader,
        probe: &Probe,
        enrolled: &HashMap<VoiceId, SubjectId>,
    ) -> Result<HashMap<SubjectId, Vec<ScoredVoice>>, ServiceError> {
        let own = self.recordings_of_bytes(reader, probe.sha256).await?;
        let ids: Vec<VoiceId> = enrolled.keys().copied().collect();
        let (gallery, embedding) = (self.gallery.clone(), probe.embedding.clone());
        let scored = super::off_executor(move || gallery.scores_with(&embedding, &ids)).await??;
        let mut by_subject: HashMap<SubjectId, Vec<ScoredVoice>> = HashMap::new();
        for voice in scored {
            if !own.contains(&voice.recording_id)
                && let Some(subject) = enrolled.get(&voice.voice_id)
            {
                by_subject.entry(*subject).or_default().push(voice);
            }
        }
        Ok(by_subject)
    }

    /// Recordings of these bytes, in whatever case.
    pub(super) async fn recordings_of_bytes(
        &self,
        reader: &mut dyn Reader,
        sha256: Sha256,
    ) -> Result<HashSet<RecordingId>, ServiceError> {
        let filter = RecordingFilter {
            sha256: Some(sha256),
            ..RecordingFilter::default()
        };
        let mut found = HashSet::new();
        let mut page = PageRequest {
            limit: COPIES,
            after: None,
        };
        loop {
            let recordings = reader.recordings(&filter, page).await?;
            found.extend(recordings.items.iter().map(|recording| recording.id));
            page.after = recordings.next;
            if page.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// The joint ratio of a subject's voices; none when none of them is there any more.
    pub(super) async fn joint_subject(
        &self,
        reader: &mut dyn Reader,
        calibration: &Calibration,
        probe: Side,
        (id, mut scored): (SubjectId, Vec<ScoredVoice>),
    ) -> Result<Option<JointSubject>, ServiceError> {
        let Some(subject) = reader.subject(id).await? else {
            return Ok(None);
        };
        scored.sort_by(|left, right| {
            right
                .score
                .0
                .total_cmp(&left.score.0)
                .then(left.voice_id.cmp(&right.voice_id))
        });
        let ids: Vec<VoiceId> = scored.iter().map(|voice| voice.voice_id).collect();
        let voices: HashMap<VoiceId, Voice> = reader
            .voices(&ids, self.clock.now())
            .await?
            .into_iter()
            .map(|voice| (voice.id, voice))
            .collect();
        // A voice that was replaced between the scan and this look is none any more.
        scored.retain(|voice| voices.contains_key(&voice.voice_id));
        let known: Vec<(&ScoredVoice, &Voice, Side)> = scored
            .iter()
            .filter_map(|found| {
                let voice = voices.get(&found.voice_id)?;
                let side = Side::of(voice.net_speech, &voice.quality);
                Some((found, voice, side))
            })
            .collect();
        let pairs: Vec<_> = known
            .iter()
            .map(|(found, _, side)| (found.score, *side))
            .collect();
        let Some(evidence) = calibration.joint_evidence(probe, &pairs)? else {
            return Ok(None);
        };
        let mut listed = Vec::new();
        for (found, voice, side) in known.iter().take(MAX_LISTED_VOICES) {
            let recording = reader
                .recording(voice.recording_id)
                .await?
                .ok_or_else(|| ServiceError::not_found("recording", voice.recording_id))?;
            listed.push(JointVoice {
                voice: voice_facts(&recording, voice),
                score: found.score,
                log10_lr: calibration.llr(found.score, probe, *side).log10(),
            });
        }
        let recordings: HashSet<RecordingId> =
            scored.iter().map(|voice| voice.recording_id).collect();
        let sides: Vec<(VoiceId, Side)> = known
            .iter()
            .map(|(found, _, side)| (found.voice_id, *side))
            .collect();
        Ok(Some(JointSubject {
            evidence,
            side: SubjectSide {
                subject: CandidateSubject {
                    id: subject.id,
                    name: subject.name,
                    class: subject.class,
                },
                recordings: counted(recordings.len()),
                voice_count: counted(scored.len()),
                voices: listed,
                least_agreement: self.least_agreement(calibration, &sides)?,
            },
            voice_ids: scored.iter().map(|voice| voice.voice_id).collect(),
        }))
    }

    /// The two voices with the lowest ratio between them.
    fn least_agreement(
        &self,
        calibration: &Calibration,
        voices: &[(VoiceId, Side)],
    ) -> Result<Option<Agreement>, ServiceError> {
        let voices = voices.get(..MAX_AGREEING_VOICES).unwrap_or(voices);
        let ids: Vec<VoiceId> = voices.iter().map(|(id, _)| *id).collect();
        let embeddings = self.gallery.compensated_of(&ids)?;
        let all: Vec<_> = voices
            .iter()
            .zip(&embeddings)
            .filter_map(|((id, side), embedding)| Some((*id, *side, embedding.as_ref()?)))
            .collect();
        let mut least: Option<Agreement> = None;
        for (at, (left, left_side, left_embedding)) in all.iter().enumerate() {
            for (right, right_side, right_embedding) in all.iter().skip(at + 1) {
                let Ok(score) = left_embedding.cosine(right_embedding) else {
                    continue;
                };
                let log10_lr = calibration.llr(score, *left_side, *right_side).log10();
                if least.is_none_or(|least| log10_lr < least.log10_lr) {
                    least = Some(Agreement {
                        left: *left,
                        right: *right,
                        log10_lr,
                    });
                }
            }
        }
        Ok(least)
    }
}

/// The subjects that may be among the best `top_k`, by the scores and bands of their voices alone.
fn foremost(
    calibration: &Calibration,
    probe: Side,
    by_subject: HashMap<SubjectId, Vec<ScoredVoice>>,
    top_k: usize,
) -> Vec<(SubjectId, Vec<ScoredVoice>)> {
    let mut ranked: Vec<(f64, SubjectId, Vec<ScoredVoice>)> = by_subject
        .into_iter()
        .map(|(id, voices)| {
            let llrs = voices.iter().map(|voice| {
                let side = Side {
                    bandwidth: voice.bandwidth,
                    ..probe
                };
                calibration.llr(voice.score, probe, side).0
            });
            let mean = llrs.sum::<f64>() / voices.len().max(1) as f64;
            (mean, id, voices)
        })
        .collect();
    ranked.sort_by(|(left, left_id, _), (right, right_id, _)| {
        right.total_cmp(left).then(left_id.cmp(right_id))
    });
    ranked.truncate(top_k.saturating_mul(CLOSER_LOOKS));
    ranked
        .into_iter()
        .map(|(_, id, voices)| (id, voices))
        .collect()
}

pub(super) fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
