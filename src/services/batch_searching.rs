//! N voices against M, streamed: whole archives are searched again, block by block, and each block
//! of probes reads the gallery once.

mod block;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use sha2::Digest;
use tokio::sync::mpsc;

use super::gallery::GalleryScope;
use super::search_filters::{Filtered, Filtering, check};
use super::search_scope::narrowed;
use super::searching::MAX_PURPOSE_CHARS;
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Against, BatchLine, BatchSearchRequest, CaseId, SearchFilters, SearchId, Sha256, SubjectId,
    VoiceId,
};
use crate::scoring::Calibration;
use crate::store::Reader;

/// Probes that are searched together: enough that reading the gallery costs little for each, few
/// enough that the reader sees answers soon.
const PROBES_AT_ONCE: usize = 64;

/// Lines that wait for a slow reader.
const WAITING_LINES: usize = 256;

/// The answers as they come: lines of JSON with their line feeds, or why they end.
pub type BatchLines = mpsc::Receiver<Result<String, ServiceError>>;

/// What every block is searched with.
struct Batch {
    id: SearchId,
    request: BatchSearchRequest,
    calibration: Arc<Calibration>,
    enrolled: HashMap<VoiceId, SubjectId>,
    /// Probes by case, in the order in which they are answered.
    probes: Vec<(Option<CaseId>, Vec<VoiceId>)>,
}

/// Where lines go, and their digest so far.
struct Out {
    to: mpsc::Sender<Result<String, ServiceError>>,
    hash: sha2::Sha256,
    probes: u64,
}

impl Out {
    /// Whether somebody still reads.
    async fn line(&mut self, line: &BatchLine) -> Result<bool, ServiceError> {
        let mut text = serde_json::to_string(line).map_err(|error| ServiceError::Interrupted {
            detail: error.to_string(),
        })?;
        text.push('\n');
        self.hash.update(text.as_bytes());
        Ok(self.to.send(Ok(text)).await.is_ok())
    }

    fn digest(&self) -> Sha256 {
        Sha256(self.hash.clone().finalize().into())
    }
}

impl Services {
    /// Searches every voice that `request.probes` names, in the order of cases and voices, and gives
    /// the answers as they come. Nothing but the audit trail is stored. Dropping the receiver ends
    /// the search.
    ///
    /// # Errors
    /// `Invalid` fields, `NotFound` cases and lists; what goes wrong later is the last that comes.
    pub async fn batch_search(
        self: &Arc<Self>,
        actor: &Actor,
        request: BatchSearchRequest,
    ) -> Result<BatchLines, ServiceError> {
        self.check_batch(&request)?;
        self.gallery.follow(self.store()).await?;
        let calibration = self.calibration().await?;
        let mut reader = self.store.reader().await?;
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .collect();
        let probes = self
            .batch_probes(reader.as_mut(), &request.probes, &enrolled)
            .await?;
        // What the filters name must be there before the first line is.
        self.batch_scope(reader.as_mut(), &request, &enrolled, None)
            .await?;
        drop(reader);
        let batch = Batch {
            id: SearchId::new(self.clock(), self.rng.as_ref()),
            request,
            calibration,
            enrolled,
            probes,
        };
        let count = batch.probes.iter().map(|(_, ids)| ids.len() as u64).sum();
        let facts = json!({ "request": batch.request, "probes": count });
        self.audit_batch(actor, audit::action::BATCH_SEARCH_STARTED, batch.id, facts)
            .await?;
        let (to, lines) = mpsc::channel(WAITING_LINES);
        let (services, actor) = (Arc::clone(self), actor.clone());
        tokio::spawn(async move {
            let mut out = Out {
                to,
                hash: sha2::Sha256::new(),
                probes: 0,
            };
            let ended = services.run_batch(&batch, count, &mut out).await;
            let facts = json!({
                "probes": out.probes,
                "lines_sha256": out.digest(),
                "whole": matches!(ended, Ok(true)),
            });
            let action = audit::action::BATCH_SEARCH_ENDED;
            let told = services.audit_batch(&actor, action, batch.id, facts).await;
            if let Err(error) = ended.and(told) {
                tracing::warn!(%error, batch = %batch.id, "batch search ended early");
                // Nobody may be there to read it.
                drop(out.to.send(Err(error)).await);
            }
        });
        Ok(lines)
    }

    fn check_batch(&self, request: &BatchSearchRequest) -> Result<(), ServiceError> {
        self.checked_top_k(Some(request.top_k))?;
        super::cases::check_text("purpose", request.purpose.as_deref(), MAX_PURPOSE_CHARS)?;
        check(&request.filters, request.against)?;
        check(&request.probes, Against::All)?;
        if request.probes.exclude_own_case {
            return Err(ServiceError::Invalid {
                field: "probes.exclude_own_case",
                found: "true".to_owned(),
                expected: "it among filters: a probe cannot lie outside its own case".to_owned(),
            });
        }
        if let Some(least) = request.min_log10_lr
            && !least.is_finite()
        {
            return Err(ServiceError::Invalid {
                field: "min_log10_lr",
                found: least.to_string(),
                expected: "a finite number".to_owned(),
            });
        }
        Ok(())
    }

    /// Voices of the gallery that the filters name, by case.
    async fn batch_probes(
        &self,
        reader: &mut dyn Reader,
        filters: &SearchFilters,
        enrolled: &HashMap<VoiceId, SubjectId>,
    ) -> Result<Vec<(Option<CaseId>, Vec<VoiceId>)>, ServiceError> {
        let filtering = Filtering {
            filters,
            against: Against::All,
            own_cases: &HashSet::new(),
            enrolled,
        };
        let Filtered { scope, .. } = self.filtered(reader, filtering).await?;
        let seq = reader.gallery_seq().await?;
        let members = reader
            .gallery_members(self.analyser.model_id(), seq)
            .await?;
        let ids: Vec<VoiceId> = members
            .into_iter()
            .filter(|member| scope.takes(member.voice_id, member.recording_id, member.bandwidth))
            .map(|member| member.voice_id)
            .collect();
        let mut by_case: BTreeMap<Option<CaseId>, Vec<VoiceId>> = BTreeMap::new();
        for ids in ids.chunks(PROBES_AT_ONCE * PROBES_AT_ONCE) {
            for voice in reader.voices(ids, self.clock.now()).await? {
                by_case.entry(voice.case_id).or_default().push(voice.id);
            }
        }
        Ok(by_case.into_iter().collect())
    }

    /// What probes of a case are searched against.
    async fn batch_scope(
        &self,
        reader: &mut dyn Reader,
        request: &BatchSearchRequest,
        enrolled: &HashMap<VoiceId, SubjectId>,
        case_id: Option<CaseId>,
    ) -> Result<Arc<GalleryScope>, ServiceError> {
        let own_cases = case_id.into_iter().collect();
        let filtering = Filtering {
            filters: &request.filters,
            against: request.against,
            own_cases: &own_cases,
            enrolled,
        };
        let Filtered { scope, .. } = self.filtered(reader, filtering).await?;
        Ok(Arc::new(narrowed(scope, None, request.against, enrolled)))
    }

    async fn run_batch(
        &self,
        batch: &Batch,
        probes: u64,
        out: &mut Out,
    ) -> Result<bool, ServiceError> {
        let first = BatchLine::Batch {
            id: batch.id,
            started_at: self.clock.now(),
            request: Box::new(batch.request.clone()),
            probes,
            model: self.analyser.model_id().clone(),
            calibration: batch.calibration.name().to_owned(),
            software_version: crate::domain::VERSION.to_owned(),
            notice: format!(
                "{} {}",
                crate::scoring::INVESTIGATIVE.notice,
                crate::scoring::NOTICE
            ),
        };
        if !out.line(&first).await? {
            return Ok(false);
        }
        for (case_id, ids) in &batch.probes {
            let mut reader = self.store.reader().await?;
            let (request, enrolled) = (&batch.request, &batch.enrolled);
            let scope = self
                .batch_scope(reader.as_mut(), request, enrolled, *case_id)
                .await?;
            for ids in ids.chunks(PROBES_AT_ONCE) {
                let lines = self
                    .batch_block(reader.as_mut(), batch, &scope, ids)
                    .await?;
                for line in lines {
                    if !out.line(&line).await? {
                        return Ok(false);
                    }
                    out.probes += 1;
                }
            }
        }
        let last = BatchLine::End {
            probes: out.probes,
            sha256: out.digest(),
        };
        out.line(&last).await
    }

    async fn audit_batch(
        &self,
        actor: &Actor,
        action: &'static str,
        id: SearchId,
        facts: serde_json::Value,
    ) -> Result<bool, ServiceError> {
        let mut work = self.store.begin().await?;
        let subject = format!("batch_search/{id}");
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            action,
            &subject,
            facts,
        )
        .await?;
        work.commit().await?;
        Ok(true)
    }
}
