//! Hits of a search become candidates: their ratios, their order, and what is known of them.

use std::collections::HashMap;

use super::gallery::BandHits;
use super::probes::{Probe, side_of};
use super::voices::voice_facts;
use super::{ServiceError, Services};
use crate::domain::{
    Candidate, CandidateSubject, Evidence, OperatingThreshold, Recording, RecordingId, SubjectId,
    Voice, VoiceId,
};
use crate::index::Hit;
use crate::scoring::{Calibration, GallerySize, Side, strictest_reached};
use crate::store::Reader;

/// What candidates are judged against.
#[derive(Clone, Copy)]
pub(super) struct GalleryContext<'a> {
    pub(super) calibration: &'a Calibration,
    pub(super) probe: &'a Probe,
    pub(super) enrolled: &'a HashMap<VoiceId, SubjectId>,
    pub(super) size: GallerySize,
    pub(super) operating_points: &'a [OperatingThreshold],
}

/// Hits in their order, and the voices that they are.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    pub(super) hits: Vec<(Hit, Evidence)>,
    voices: HashMap<VoiceId, Voice>,
}

impl Services {
    /// Hits of all bandwidths with their ratios, by LLR, then score, then id.
    pub(super) async fn ranked(
        &self,
        reader: &mut dyn Reader,
        calibration: &Calibration,
        probe: &Probe,
        bands: &[BandHits],
    ) -> Result<Ranked, ServiceError> {
        let ids: Vec<VoiceId> = bands
            .iter()
            .flat_map(|band| &band.hits.hits)
            .map(|hit| hit.voice_id)
            .collect();
        let voices: HashMap<VoiceId, Voice> = reader
            .voices(&ids, self.clock.now())
            .await?
            .into_iter()
            .map(|voice| (voice.id, voice))
            .collect();
        let probe_side = side_of(&probe.facts);
        let mut hits = Vec::with_capacity(ids.len());
        for band in bands {
            for hit in &band.hits.hits {
                // A voice that was replaced between the scan and this look is no candidate.
                let Some(voice) = voices.get(&hit.voice_id) else {
                    continue;
                };
                let side = Side::of(voice.net_speech, &voice.quality);
                let evidence = calibration.evidence(hit.score, probe_side, side)?;
                hits.push((*hit, evidence));
            }
        }
        hits.sort_by(by_rank);
        Ok(Ranked { hits, voices })
    }

    pub(super) async fn candidates(
        &self,
        reader: &mut dyn Reader,
        context: GalleryContext<'_>,
        Ranked { hits, voices }: Ranked,
        top_k: u32,
    ) -> Result<Vec<Candidate>, ServiceError> {
        let next_llrs: Vec<Option<f64>> = hits
            .iter()
            .skip(1)
            .map(|(_, next)| Some(next.llr.0))
            .chain([None])
            .collect();
        let mut recordings: HashMap<RecordingId, Recording> = HashMap::new();
        let mut candidates = Vec::new();
        for (rank, ((hit, evidence), next_llr)) in (1..=top_k).zip(hits.into_iter().zip(next_llrs))
        {
            let voice = voices
                .get(&hit.voice_id)
                .ok_or_else(|| ServiceError::not_found("voice", hit.voice_id))?;
            let recording = match recordings.get(&voice.recording_id) {
                Some(recording) => recording.clone(),
                None => {
                    let recording = reader
                        .recording(voice.recording_id)
                        .await?
                        .ok_or_else(|| ServiceError::not_found("recording", voice.recording_id))?;
                    recordings.insert(recording.id, recording.clone());
                    recording
                }
            };
            let subject = match context.enrolled.get(&hit.voice_id) {
                Some(subject_id) => {
                    reader
                        .subject(*subject_id)
                        .await?
                        .map(|subject| CandidateSubject {
                            id: subject.id,
                            name: subject.name,
                            class: subject.class,
                        })
                }
                None => None,
            };
            let expected_false = context.calibration.expected_false(
                evidence.llr,
                context.probe.facts.quality.bandwidth,
                context.size.narrowband,
                context.size.wideband,
            );
            let operating_point = strictest_reached(context.operating_points, expected_false);
            candidates.push(Candidate {
                rank,
                margin_llr: next_llr.map(|next| evidence.llr.0 - next),
                expected_false,
                expected_false_extrapolated: context.calibration.is_extrapolated(
                    evidence.llr,
                    context.probe.facts.quality.bandwidth,
                    context.size.narrowband,
                    context.size.wideband,
                ),
                operating_point: operating_point.map(str::to_owned),
                voice: voice_facts(&recording, voice),
                subject,
                same_bytes: recording.sha256 == context.probe.sha256,
                evidence,
                population: None,
            });
        }
        Ok(candidates)
    }
}

/// By LLR, then score, then id: the best first.
pub(super) fn by_rank(left: &(Hit, Evidence), right: &(Hit, Evidence)) -> std::cmp::Ordering {
    let ((left, left_evidence), (right, right_evidence)) = (left, right);
    let by_ratio = right_evidence.llr.0.total_cmp(&left_evidence.llr.0);
    by_ratio
        .then(right.score.0.total_cmp(&left.score.0))
        .then(left.voice_id.cmp(&right.voice_id))
}

/// Whether a voice with a lower score than those fetched could still be among the first: the order is
/// that of the LLR, which is drawn toward 0 for voices unlike the calibration's data, so a voice with a
/// lower score may come before one that was drawn.
pub(super) fn may_be_missed(
    calibration: &Calibration,
    probe: Side,
    bands: &[BandHits],
    ranked: &[(Hit, Evidence)],
    (fetched, top_k): (usize, usize),
) -> bool {
    let last = top_k
        .checked_sub(1)
        .and_then(|at| ranked.get(at))
        .map_or(f64::NEG_INFINITY, |(_, evidence)| evidence.llr.0);
    let cut_off = bands
        .iter()
        .filter(|band| band.hits.hits.len() >= fetched)
        .filter_map(|band| Some((band.bandwidth, band.hits.hits.last()?.score)));
    let best = cut_off.map(|(bandwidth, score)| calibration.best_llr(score, probe, bandwidth).0);
    // Below 0 the order is of no use to anybody.
    best.fold(f64::NEG_INFINITY, f64::max) > last.max(0.0)
}
