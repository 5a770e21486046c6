//! "Have we heard this voice?" A probe is searched, the answer is stored and never changed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::gallery::{BandHits, GalleryQuery};
use super::search_scope::{acceptor, gallery_size, method_of};
use super::voices::{VoiceRef, voice_facts};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Against, Candidate, CandidateSubject, CaseId, Embedding, Evidence, OperatingThreshold,
    Recording, RecordingId, SearchAnswer, SearchId, SearchRequest, Sha256, StoredSearch, SubjectId,
    VoiceFacts, VoiceId,
};
use crate::index::{Hit, Mode};
use crate::scoring::{Calibration, GallerySize, Side, strictest_reached};
use crate::store::Reader;

/// Longest purpose, in characters.
const MAX_PURPOSE_CHARS: usize = 1000;

/// Which voice is the probe.
#[derive(Debug, Clone, PartialEq)]
pub enum ProbeRequest {
    /// A voice of the archive.
    Archive(VoiceRef),
    /// A voice that is not in the archive.
    Outside(Box<Probe>),
}

/// A probe with everything that scoring needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// What the answer says of it.
    pub facts: VoiceFacts,
    /// Digest of its recording.
    pub sha256: Sha256,
    /// Its embedding.
    pub embedding: Embedding,
}

/// How to search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchOptions {
    /// Against what.
    pub against: Against,
    /// How many candidates; none for the default.
    pub top_k: Option<u32>,
    /// Whether an exact scan is demanded.
    pub exact: bool,
    /// For which case.
    pub case_id: Option<CaseId>,
    /// To what purpose.
    pub purpose: Option<String>,
    /// The search that this one repeats with newer voices.
    pub repeats: Option<SearchId>,
}

impl Services {
    /// Searches a probe and stores the answer.
    ///
    /// # Errors
    /// `Invalid` options; `NotFound`; `RecordingPending`; `NoVoice`; `VoiceAmbiguous`;
    /// `TooLittleSpeech`.
    pub async fn search(
        &self,
        actor: &Actor,
        request: ProbeRequest,
        options: SearchOptions,
    ) -> Result<StoredSearch, ServiceError> {
        let top_k = self.checked_top_k(options.top_k)?;
        super::cases::check_text("purpose", options.purpose.as_deref(), MAX_PURPOSE_CHARS)?;
        let mut reader = self.store.reader().await?;
        if let Some(case_id) = options.case_id
            && reader.case(case_id).await?.is_none()
        {
            return Err(ServiceError::not_found("case", case_id));
        }
        let probe = self.probe(reader.as_mut(), request).await?;
        drop(reader);
        let answer = self.answer(&probe, &options, top_k).await?;
        let search = StoredSearch {
            id: SearchId::new(self.clock(), self.rng.as_ref()),
            request: SearchRequest {
                voice_id: probe.facts.voice_id,
                probe_sha256: probe.sha256,
                against: options.against,
                top_k,
                exact: options.exact,
                case_id: options.case_id,
                purpose: options.purpose,
                repeats: options.repeats,
            },
            answer,
            created_at: self.clock.now(),
        };
        self.store_search(actor, &search).await?;
        Ok(search)
    }

    /// A stored answer, as it was given.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn stored_search(&self, id: SearchId) -> Result<StoredSearch, ServiceError> {
        let mut reader = self.store.reader().await?;
        reader
            .search(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("search", id))
    }

    /// Searches a probe without storing the answer: for measuring, not for cases.
    pub(super) async fn unstored_search(
        &self,
        request: ProbeRequest,
        options: &SearchOptions,
    ) -> Result<SearchAnswer, ServiceError> {
        let top_k = self.checked_top_k(options.top_k)?;
        let mut reader = self.store.reader().await?;
        let probe = self.probe(reader.as_mut(), request).await?;
        drop(reader);
        self.answer(&probe, options, top_k).await
    }

    async fn answer(
        &self,
        probe: &Probe,
        options: &SearchOptions,
        top_k: u32,
    ) -> Result<SearchAnswer, ServiceError> {
        let (answer, _) = self.answer_in_gallery(probe, options, top_k).await?;
        Ok(answer)
    }

    /// The answer, and the voices searched by bandwidth.
    pub(super) async fn answer_in_gallery(
        &self,
        probe: &Probe,
        options: &SearchOptions,
        top_k: u32,
    ) -> Result<(SearchAnswer, GallerySize), ServiceError> {
        let voices = self.gallery.follow(self.store()).await?;
        // One for the whole answer, whatever is activated meanwhile.
        let calibration = self.calibration().await?;
        let mut reader = self.store.reader().await?;
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .collect();
        let enrolled = Arc::new(enrolled);
        let accept = acceptor(probe, options.against, &enrolled);
        let bands = self
            .gallery
            .search(GalleryQuery {
                embedding: probe.embedding.clone(),
                top_k: top_k as usize,
                mode: if options.exact {
                    Mode::Exact
                } else {
                    Mode::Auto
                },
                accept,
            })
            .await?;
        let method = method_of(&bands);
        let searched: usize = bands.iter().map(|band| band.hits.searched).sum();
        let gallery = gallery_size(&bands);
        let operating_points = calibration.thresholds(
            &self.settings.operating_points,
            probe.facts.quality.bandwidth,
            gallery,
        );
        let ranked = self
            .ranked(reader.as_mut(), &calibration, probe, bands)
            .await?;
        let context = GalleryContext {
            calibration: &calibration,
            probe,
            enrolled: &enrolled,
            size: gallery,
            operating_points: &operating_points,
        };
        let candidates = self
            .candidates(reader.as_mut(), context, ranked, top_k)
            .await?;
        tracing::info!(
            gallery_voices = voices,
            searched_voices = searched,
            candidates = candidates.len(),
            "search answered"
        );
        let answer = SearchAnswer {
            probe: probe.facts.clone(),
            candidates,
            method,
            gallery_size: searched as u64,
            operating_points,
            model: self.analyser.model_id().clone(),
            model_sha256: self.analyser.model_sha256(),
            population: None,
            software_version: crate::domain::VERSION.to_owned(),
        };
        Ok((answer, gallery))
    }

    /// Hits of all bandwidths with their ratios, by LLR, then score, then id.
    async fn ranked(
        &self,
        reader: &mut dyn Reader,
        calibration: &Calibration,
        probe: &Probe,
        bands: Vec<BandHits>,
    ) -> Result<Vec<(Hit, Evidence)>, ServiceError> {
        let ids: Vec<VoiceId> = bands
            .iter()
            .flat_map(|band| &band.hits.hits)
            .map(|hit| hit.voice_id)
            .collect();
        let speech: HashMap<VoiceId, _> = reader
            .voices(&ids, self.clock.now())
            .await?
            .into_iter()
            .map(|voice| (voice.id, voice.net_speech))
            .collect();
        let probe_side = side_of(&probe.facts);
        let mut ranked = Vec::with_capacity(ids.len());
        for band in bands {
            for hit in band.hits.hits {
                // A voice that was replaced between the scan and this look is no candidate.
                let Some(&net_speech) = speech.get(&hit.voice_id) else {
                    continue;
                };
                let side = Side {
                    bandwidth: band.bandwidth,
                    net_speech,
                };
                let evidence = calibration.evidence(hit.score, probe_side, side)?;
                ranked.push((hit, evidence));
            }
        }
        ranked.sort_by(|(left, left_evidence), (right, right_evidence)| {
            right_evidence
                .llr
                .0
                .total_cmp(&left_evidence.llr.0)
                .then(right.score.0.total_cmp(&left.score.0))
                .then(left.voice_id.cmp(&right.voice_id))
        });
        Ok(ranked)
    }

    async fn candidates(
        &self,
        reader: &mut dyn Reader,
        context: GalleryContext<'_>,
        ranked: Vec<(Hit, Evidence)>,
        top_k: u32,
    ) -> Result<Vec<Candidate>, ServiceError> {
        let next_llrs: Vec<Option<f64>> = ranked
            .iter()
            .skip(1)
            .map(|(_, next)| Some(next.llr.0))
            .chain([None])
            .collect();
        let mut recordings: HashMap<RecordingId, Recording> = HashMap::new();
        let mut candidates = Vec::new();
        for (rank, ((hit, evidence), next_llr)) in
            (1..=top_k).zip(ranked.into_iter().zip(next_llrs))
        {
            let voice = reader
                .voice(hit.voice_id, self.clock.now())
                .await?
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
                operating_point: operating_point.map(str::to_owned),
                voice: voice_facts(&recording, &voice),
                subject,
                same_bytes: recording.sha256 == context.probe.sha256,
                evidence,
            });
        }
        Ok(candidates)
    }

    pub(super) async fn probe(
        &self,
        reader: &mut dyn Reader,
        request: ProbeRequest,
    ) -> Result<Probe, ServiceError> {
        let (recording, voice) = match request {
            ProbeRequest::Outside(probe) => {
                self.check_search_speech(&probe.facts)?;
                return Ok(*probe);
            }
            ProbeRequest::Archive(voice) => self.referred_voice(reader, voice).await?,
        };
        let facts = voice_facts(&recording, &voice);
        let print = self
            .voiceprint_of(reader, &voice, "the probe", "searching")
            .await?;
        self.check_search_speech(&facts)?;
        Ok(Probe {
            facts,
            sha256: recording.sha256,
            embedding: print.embedding,
        })
    }

    fn check_search_speech(&self, facts: &VoiceFacts) -> Result<(), ServiceError> {
        let minimum = self.settings.minimum_speech.search();
        if facts.net_speech < minimum {
            return Err(ServiceError::TooLittleSpeech {
                side: "the probe".to_owned(),
                purpose: "searching",
                found: facts.net_speech,
                minimum,
            });
        }
        Ok(())
    }

    fn checked_top_k(&self, top_k: Option<u32>) -> Result<u32, ServiceError> {
        let top_k = top_k.unwrap_or(self.settings.default_top_k);
        let max = self.settings.max_top_k;
        if (1..=max).contains(&top_k) {
            Ok(top_k)
        } else {
            Err(ServiceError::Invalid {
                field: "top_k",
                found: top_k.to_string(),
                expected: format!("1 to {max}"),
            })
        }
    }

    async fn store_search(&self, actor: &Actor, search: &StoredSearch) -> Result<(), ServiceError> {
        let answer =
            serde_json::to_vec(&search.answer).map_err(|error| ServiceError::Interrupted {
                detail: error.to_string(),
            })?;
        let mut work = self.store.begin().await?;
        work.insert_search(search).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::SEARCH_ANSWERED,
            &format!("search/{}", search.id),
            json!({
                "voice_id": search.request.voice_id,
                "probe_sha256": search.request.probe_sha256,
                "against": search.request.against,
                "case_id": search.request.case_id,
                "purpose": search.request.purpose,
                "answer_sha256": Sha256::of(&answer),
            }),
        )
        .await?;
        work.commit().await?;
        Ok(())
    }
}

/// What scoring needs to know of one side.
pub(super) fn side_of(facts: &VoiceFacts) -> Side {
    Side {
        bandwidth: facts.quality.bandwidth,
        net_speech: facts.net_speech,
    }
}

/// What candidates are judged against.
#[derive(Clone, Copy)]
struct GalleryContext<'a> {
    calibration: &'a Calibration,
    probe: &'a Probe,
    enrolled: &'a HashMap<VoiceId, SubjectId>,
    size: GallerySize,
    operating_points: &'a [OperatingThreshold],
}
