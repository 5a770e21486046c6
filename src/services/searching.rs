//! "Have we heard this voice?" A probe is searched, the answer is stored and never changed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::candidates::{GalleryContext, may_be_missed};
use super::gallery::GalleryQuery;
use super::population_use::PopulationChoice;
use super::probes::{Probe, ProbeRequest, side_of};
use super::search_filters::{Filtered, Filtering, own_cases};
use super::search_scope::{gallery_size, method_of, narrowed};
use super::subject_sides::SubjectSearch;
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Against, CaseId, PopulationUse, SearchAnswer, SearchFilters, SearchId, SearchRequest, Sha256,
    StoredSearch, SubjectId, VoiceId,
};
use crate::index::Mode;
use crate::scoring::GallerySize;

/// How many times `top_k` voices of each bandwidth are looked at, at most.
pub(super) const MOST_FETCHED: u32 = 8;

/// Longest purpose, in characters.
pub(super) const MAX_PURPOSE_CHARS: usize = 1000;

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
    /// The population that it is measured on.
    pub population: Option<PopulationChoice>,
    /// Which voices it is about.
    pub filters: SearchFilters,
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
                population_id: options.population.map(|choice| choice.id),
                population_version: options.population.and_then(|choice| choice.version),
                filters: options.filters,
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
        let population = match options.population {
            None => None,
            Some(choice) => Some(self.chosen_population(reader.as_mut(), choice).await?),
        };
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .collect();
        let enrolled = Arc::new(enrolled);
        let filters = &options.filters;
        let own = own_cases(reader.as_mut(), probe, options.case_id, filters).await?;
        let filtering = Filtering {
            filters,
            against: options.against,
            own_cases: &own,
            enrolled: &enrolled,
        };
        let Filtered { scope, unknown } = self.filtered(reader.as_mut(), filtering).await?;
        let scope = Arc::new(narrowed(
            scope,
            probe.facts.recording_id,
            options.against,
            &enrolled,
        ));
        let mut fetched = top_k;
        let (bands, ranked) = loop {
            let query = GalleryQuery {
                embedding: probe.embedding.clone(),
                top_k: fetched as usize,
                mode: if options.exact {
                    Mode::Exact
                } else {
                    Mode::Auto
                },
                scope: Arc::clone(&scope),
            };
            let bands = self.gallery.search(query).await?;
            let ranked = self
                .ranked(reader.as_mut(), &calibration, probe, &bands)
                .await?;
            let limits = (fetched as usize, top_k as usize);
            if fetched >= top_k.saturating_mul(MOST_FETCHED)
                || !may_be_missed(
                    &calibration,
                    side_of(&probe.facts),
                    &bands,
                    &ranked.hits,
                    limits,
                )
            {
                break (bands, ranked);
            }
            // Each time is a scan of the whole gallery, whatever it fetches.
            fetched = top_k.saturating_mul(MOST_FETCHED);
        };
        let method = method_of(&bands);
        let searched: usize = bands.iter().map(|band| band.hits.searched).sum();
        let gallery = gallery_size(&bands);
        let operating_points = calibration.thresholds(
            &self.settings.operating_points,
            probe.facts.quality.bandwidth,
            gallery,
        );
        let context = GalleryContext {
            calibration: &calibration,
            probe,
            enrolled: &enrolled,
            size: gallery,
            operating_points: &operating_points,
        };
        let mut candidates = self
            .candidates(reader.as_mut(), context, ranked, top_k)
            .await?;
        let by_subject = SubjectSearch {
            calibration: &calibration,
            probe,
            enrolled: &enrolled,
            scope: &scope,
            against: options.against,
            top_k,
        };
        let mut subjects = self.subject_candidates(reader.as_mut(), by_subject).await?;
        let population_use = match population {
            None => None,
            Some(population) => {
                let asked = (Arc::clone(&calibration), probe);
                let (reader, enrolled) = (reader.as_mut(), Arc::clone(&enrolled));
                let (candidates, subjects) = (&mut candidates, &mut subjects);
                let used = self
                    .measure_search(reader, population, asked, enrolled, candidates, subjects)
                    .await?;
                Some(used)
            }
        };
        tracing::info!(
            gallery_voices = voices,
            searched_voices = searched,
            candidates = candidates.len(),
            "search answered"
        );
        let answer = SearchAnswer {
            probe: probe.facts.clone(),
            candidates,
            subjects: subjects.into_iter().map(|(subject, _)| subject).collect(),
            method,
            gallery_size: searched as u64,
            left_out_unknown: unknown,
            operating_points,
            model: self.analyser.model_id().clone(),
            model_sha256: self.analyser.model_sha256(),
            population: population_use.as_ref().map(PopulationUse::title),
            population_use,
            software_version: crate::domain::VERSION.to_owned(),
        };
        Ok((answer, gallery))
    }

    pub(super) fn checked_top_k(&self, top_k: Option<u32>) -> Result<u32, ServiceError> {
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
                "filters": search.request.filters,
                "population": search.answer.population,
                "answer_sha256": Sha256::of(&answer),
            }),
        )
        .await?;
        work.commit().await?;
        Ok(())
    }
}
