//! The rows of a sealed table become events, one unit of work a batch: a worker that is killed
//! leaves whole batches, and the next one goes on behind the last.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::json;

use super::import_rows::{Batch, Counting, EventRow, Rows};
use super::importing::{MAX_LISTED_ERRORS, plan_of};
use super::{Actor, ServiceError, Services, off_executor};
use crate::audit;
use crate::domain::{
    CaseEvent, EntityId, EntityKind, EventId, EventSource, Import, ImportId, ImportState, JobId,
    JobState, Party,
};
use crate::store::{AddedEvents, StoreError, UnitOfWork};
use crate::tables::PartyFacts;

/// Rows of one unit of work: some tenths of a second, so that others get their turn to write.
const ROWS_A_BATCH: usize = 5000;
/// Entities that are remembered from batch to batch, so that they are not looked up again.
const REMEMBERED: usize = 50_000;

/// Entities by kind and normal form.
type Known = HashMap<(EntityKind, String), EntityId>;

impl Services {
    /// Runs the import job that `owner` has leased, from where an earlier try ended.
    ///
    /// # Errors
    /// `NotFound` when the import is not there, `Interrupted` when `progress` said so; store and
    /// file errors, after which another try may succeed.
    pub async fn run_import_job(
        &self,
        job_id: JobId,
        owner: &str,
        import_id: ImportId,
        progress: Arc<dyn Fn(f32) -> ControlFlow<()> + Send + Sync>,
    ) -> Result<(), ServiceError> {
        let mut reader = self.store.reader().await?;
        let mut import = reader
            .import(import_id)
            .await?
            .ok_or_else(|| ServiceError::not_found("import", import_id))?;
        let listed = reader
            .import_errors(import_id, 0, MAX_LISTED_ERRORS as u32)
            .await?
            .len();
        drop(reader);
        let plan = plan_of(&import)?;
        let blobs = Arc::clone(&self.blobs);
        let sha256 = import.sha256;
        let file = off_executor(move || blobs.open_blob(sha256))
            .await?
            .map_err(StoreError::from)?;
        let mut rows = Rows::start(file, plan, import.counts.rows, ROWS_A_BATCH);
        let mut counting = Counting::new(listed);
        counting.counts = import.counts;
        let mut known = Known::new();
        while let Some(batch) = rows.next().await? {
            let done = import.counts.rows as f32 / import.rows_total.max(1) as f32;
            if progress(done).is_break() {
                return Err(ServiceError::Interrupted {
                    detail: format!("import stopped behind row {}", import.counts.rows),
                });
            }
            self.write_batch(
                job_id,
                owner,
                &mut import,
                &batch,
                &mut counting,
                &mut known,
            )
            .await?;
            if known.len() > REMEMBERED {
                known.clear();
            }
        }
        // A reader that broke off must not pass for one that came to the end.
        if import.counts.rows != import.rows_total {
            return Err(ServiceError::Interrupted {
                detail: format!(
                    "{} of {} rows were read",
                    import.counts.rows, import.rows_total
                ),
            });
        }
        self.finish_import(job_id, owner, &import).await
    }

    async fn write_batch(
        &self,
        job_id: JobId,
        owner: &str,
        import: &mut Import,
        batch: &Batch,
        counting: &mut Counting,
        known: &mut Known,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        check_lease(work.as_mut(), job_id, owner).await?;
        let mut written = HashMap::new();
        let fresh = self
            .put_parties_of(work.as_mut(), &batch.events, known, &mut written)
            .await?;
        let events = self.events_of(import, &batch.events, |party| {
            let key = (party.form.kind, party.form.value.clone());
            fresh.get(&key).or_else(|| known.get(&key)).copied()
        })?;
        let added = work
            .add_events(&AddedEvents {
                case_id: import.case_id,
                events: &events,
                written: &written,
                at: now,
            })
            .await?;
        let raised = self
            .raise_alerts_of_events(work.as_mut(), import.case_id, &events, &fresh)
            .await?;
        let errors = counting.count(batch, added).to_vec();
        work.advance_import(import.id, counting.counts, &errors, now)
            .await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::EVENTS_ADDED,
            &format!("import/{}", import.id),
            json!({
                "lines": [batch.lines.0, batch.lines.1],
                "rows": batch.rows,
                "added": added,
                "refused": batch.refused,
            }),
        )
        .await?;
        work.commit().await?;
        self.tell_all(raised.events);
        import.counts = counting.counts;
        known.extend(fresh);
        Ok(())
    }

    /// Puts the entities of rows into the store; those that are not `known` come back.
    async fn put_parties_of(
        &self,
        work: &mut dyn UnitOfWork,
        rows: &[EventRow],
        known: &Known,
        written: &mut HashMap<EntityId, String>,
    ) -> Result<Known, ServiceError> {
        let mut new = HashMap::new();
        let parties = rows.iter().flat_map(|row| &row.facts.parties);
        for party in parties.clone() {
            let key = (party.form.kind, party.form.value.clone());
            if !known.contains_key(&key) {
                new.entry(key)
                    .or_insert_with(|| self.new_entity(&party.form, &party.written));
            }
        }
        // In an order that does not hang on the map's.
        let mut new: Vec<_> = new.into_iter().collect();
        new.sort_by(|(left, _), (right, _)| left.cmp(right));
        let (keys, entities): (Vec<_>, Vec<_>) = new.into_iter().unzip();
        let ids = work.put_entities(&entities).await?;
        let fresh: Known = keys.into_iter().zip(ids).collect();
        for party in parties {
            let key = (party.form.kind, party.form.value.clone());
            if let Some(id) = fresh.get(&key).or_else(|| known.get(&key)) {
                written
                    .entry(*id)
                    .or_insert_with(|| party.written.trim().to_owned());
            }
        }
        Ok(fresh)
    }

    fn events_of(
        &self,
        import: &Import,
        rows: &[EventRow],
        id_of: impl Fn(&PartyFacts) -> Option<EntityId>,
    ) -> Result<Vec<CaseEvent>, ServiceError> {
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let mut parties = Vec::with_capacity(row.facts.parties.len());
            for party in &row.facts.parties {
                let entity_id = id_of(party)
                    .ok_or_else(|| ServiceError::not_found("entity", &party.form.value))?;
                parties.push(Party {
                    role: party.role,
                    entity_id,
                    kind: party.form.kind,
                    normalised: party.form.value.clone(),
                });
            }
            events.push(CaseEvent {
                id: EventId::new(self.clock(), self.rng.as_ref()),
                case_id: import.case_id,
                kind: import.kind,
                at: row.facts.at,
                duration_ms: row.facts.duration_ms,
                amount: row.facts.amount.clone(),
                reference: row.facts.reference.clone(),
                parties,
                source: EventSource {
                    import_id: import.id,
                    row: row.row,
                    raw: row.raw.clone(),
                },
                content_key: row.facts.content_key,
            });
        }
        Ok(events)
    }

    async fn finish_import(
        &self,
        job_id: JobId,
        owner: &str,
        import: &Import,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        work.set_import_state(import.id, ImportState::Done, None, now)
            .await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::IMPORT_FINISHED,
            &format!("import/{}", import.id),
            json!({
                "rows": import.counts.rows,
                "added": import.counts.added,
                "duplicates": import.counts.duplicates,
                "refused": import.counts.refused,
            }),
        )
        .await?;
        work.finish_job(job_id, owner, now).await?;
        work.commit().await?;
        Ok(())
    }
}

/// A worker whose lease ended while it read must not write: another may be at the same rows.
async fn check_lease(
    work: &mut dyn UnitOfWork,
    job_id: JobId,
    owner: &str,
) -> Result<(), ServiceError> {
    let job = work.job(job_id).await?;
    let held = job.is_some_and(|job| {
        job.state == JobState::Running && job.lease_owner.as_deref() == Some(owner)
    });
    if held {
        return Ok(());
    }
    Err(ServiceError::Store(StoreError::LeaseLost {
        id: job_id,
        owner: owner.to_owned(),
    }))
}
