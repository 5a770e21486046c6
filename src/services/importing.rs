//! A table of events comes in: it is looked through, sealed, and its import is queued.

use std::sync::{Arc, PoisonError};

use serde_json::json;

use super::import_rows::{Counting, Rows};
use super::receiving::clean_filename;
use super::uploading::Upload;
use super::{Actor, CaseChoice, ServiceError, Services, off_executor};
use crate::audit;
use crate::audit::canonical_json;
use crate::domain::{
    Case, EventKind, Import, ImportCounts, ImportId, ImportState, JobId, JobTask, RowError,
};
use crate::store::{Reader, StoreError};
use crate::tables::{Mapping, Plan, Survey, survey};

/// Rows that are looked up at a time while a table is only tried.
const ROWS_A_LOOK: usize = 2000;
/// Errors of rows that a report lists; all of them are counted.
pub(super) const MAX_LISTED_ERRORS: usize = 1000;

/// A table to be imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewImport {
    /// Name of the file.
    pub filename: String,
    /// Case that the events belong to; it must exist.
    pub case: CaseChoice,
    /// What the rows are.
    pub kind: String,
    /// What a person says of the table, as TOML or JSON; may be empty.
    pub mapping: String,
}

/// An import that was received.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedImport {
    /// The import.
    pub import: Import,
    /// Its job; none for one that is done.
    pub job_id: Option<JobId>,
    /// Whether the same file was imported so into the case before; nothing was changed then.
    pub already_there: bool,
}

/// What became of the rows of a table, or would.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportReport {
    /// How the table is read.
    pub plan: Plan,
    /// Rows, the header not counted.
    pub rows_total: u64,
    /// What became of them.
    pub counts: ImportCounts,
    /// What is wrong with those that are no events, the first thousand errors.
    pub errors: Vec<RowError>,
}

/// A table that was looked through.
struct Surveyed {
    upload: Upload,
    kind: EventKind,
    survey: Survey,
}

impl Services {
    /// Looks through a table, seals it and queues its import. The same bytes under the same plan
    /// in the same case are one import.
    ///
    /// # Errors
    /// `Invalid` when the table or its mapping is not taken, `NotFound` when the case does not
    /// exist; then nothing is kept.
    pub async fn receive_import(
        &self,
        actor: &Actor,
        upload: Upload,
        new: NewImport,
    ) -> Result<ReceivedImport, ServiceError> {
        let case = self.case_of_import(&new.case).await?;
        let surveyed = self.look_through(upload, &new).await?;
        let mapping = plan_json(&surveyed.survey.plan)?;
        let sha256 = surveyed.upload.sha256();
        let same = |import: &&Import| {
            import.kind == surveyed.kind
                && import.mapping == mapping
                && matches!(import.state, ImportState::Pending | ImportState::Done)
        };
        let known = self
            .store
            .reader()
            .await?
            .imports_of_bytes(sha256, Some(case.id))
            .await?;
        if let Some(import) = known.iter().find(same) {
            return self.import_that_is_there(actor, import.clone()).await;
        }
        let incoming = Arc::clone(surveyed.upload.incoming());
        let blob = off_executor(move || -> Result<_, ServiceError> {
            let taken = incoming
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let incoming = taken.ok_or_else(received_already)?;
            Ok(incoming.finish().map_err(StoreError::from)?)
        })
        .await??;
        let now = self.clock.now();
        let import = Import {
            id: ImportId::new(self.clock(), self.rng.as_ref()),
            case_id: case.id,
            kind: surveyed.kind,
            filename: clean_filename(&new.filename),
            sha256: blob.sha256,
            size_bytes: blob.size_bytes,
            mapping,
            state: ImportState::Pending,
            failure: None,
            rows_total: surveyed.survey.rows,
            counts: ImportCounts::default(),
            created_at: now,
            updated_at: now,
        };
        let mut work = self.store.begin().await?;
        work.insert_import(&import).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::IMPORT_RECEIVED,
            &format!("import/{}", import.id),
            json!({
                "case_id": import.case_id,
                "kind": import.kind,
                "sha256": import.sha256,
                "size_bytes": import.size_bytes,
                "rows": import.rows_total,
                "plan": surveyed.survey.plan,
            }),
        )
        .await?;
        let task = JobTask::Import {
            import_id: import.id,
        };
        let job_id = self.queue_job(work.as_mut(), actor, task).await?;
        work.commit().await?;
        Ok(ReceivedImport {
            import,
            job_id: Some(job_id),
            already_there: false,
        })
    }

    /// An import of the same bytes; where it has not ended, its job is the one that goes on.
    async fn import_that_is_there(
        &self,
        actor: &Actor,
        import: Import,
    ) -> Result<ReceivedImport, ServiceError> {
        let mut job_id = None;
        if import.state == ImportState::Pending {
            let mut work = self.store.begin().await?;
            let task = JobTask::Import {
                import_id: import.id,
            };
            let head = work.audit_head().await?;
            job_id = Some(self.queue_job(work.as_mut(), actor, task).await?);
            // A job that is queued or running serves, and then nothing was changed.
            if work.audit_head().await? != head {
                work.commit().await?;
            }
        }
        Ok(ReceivedImport {
            import,
            job_id,
            already_there: true,
        })
    }

    /// Reads a table as an import would, and writes nothing: neither the file nor a row.
    ///
    /// # Errors
    /// As [`Services::receive_import`].
    pub async fn try_import(
        &self,
        upload: Upload,
        new: NewImport,
    ) -> Result<ImportReport, ServiceError> {
        let case = self.case_of_import(&new.case).await?;
        let surveyed = self.look_through(upload, &new).await?;
        let plan = surveyed.survey.plan.clone();
        let incoming = Arc::clone(surveyed.upload.incoming());
        let file = off_executor(move || -> Result<_, ServiceError> {
            let incoming = incoming.lock().unwrap_or_else(PoisonError::into_inner);
            let incoming = incoming.as_ref().ok_or_else(received_already)?;
            Ok(incoming.reopen().map_err(StoreError::from)?)
        })
        .await??;
        let mut rows = Rows::start(file, plan.clone(), 0, ROWS_A_LOOK);
        let mut counting = Counting::new(0);
        while let Some(batch) = rows.next().await? {
            let contents: Vec<_> = batch
                .events
                .iter()
                .map(|row| (row.facts.at, row.facts.content_key))
                .collect();
            let known = self
                .store
                .reader()
                .await?
                .known_contents(case.id, &contents)
                .await?;
            counting.try_batch(&batch, &known);
        }
        Ok(ImportReport {
            plan,
            rows_total: surveyed.survey.rows,
            counts: counting.counts,
            errors: counting.errors,
        })
    }

    /// One import with what became of its rows.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn import_report(
        &self,
        id: ImportId,
    ) -> Result<(Import, ImportReport), ServiceError> {
        let mut reader = self.store.reader().await?;
        let import = reader
            .import(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("import", id))?;
        let errors = reader
            .import_errors(id, 0, MAX_LISTED_ERRORS as u32)
            .await?;
        let report = ImportReport {
            plan: plan_of(&import)?,
            rows_total: import.rows_total,
            counts: import.counts,
            errors,
        };
        Ok((import, report))
    }

    async fn case_of_import(&self, choice: &CaseChoice) -> Result<Case, ServiceError> {
        let mut reader = self.store.reader().await?;
        case_of(reader.as_mut(), choice).await
    }

    /// The kind and the mapping are read, and the table is looked through from end to end.
    async fn look_through(
        &self,
        upload: Upload,
        new: &NewImport,
    ) -> Result<Surveyed, ServiceError> {
        let kind: EventKind = new.kind.parse().map_err(|_| ServiceError::Invalid {
            field: "kind",
            found: format!("{:?}", new.kind),
            expected: "calls, transfers, logins or movements".to_owned(),
        })?;
        let mapping = Mapping::parse(&new.mapping)?;
        let defaults = self.settings.entities.tables.clone();
        let max_bytes = self.settings.entities.max_import_bytes;
        let incoming = Arc::clone(upload.incoming());
        let survey = off_executor(move || -> Result<_, ServiceError> {
            let incoming = incoming.lock().unwrap_or_else(PoisonError::into_inner);
            let incoming = incoming.as_ref().ok_or_else(received_already)?;
            if incoming.size_bytes() > max_bytes {
                return Err(ServiceError::Invalid {
                    field: "file",
                    found: format!("{} bytes", incoming.size_bytes()),
                    expected: format!("at most {max_bytes} bytes"),
                });
            }
            let file = incoming.reopen().map_err(StoreError::from)?;
            Ok(survey(file, kind, &mapping, &defaults)?)
        })
        .await??;
        Ok(Surveyed {
            upload,
            kind,
            survey,
        })
    }
}

/// The case that a table is imported into. A number that is not known opens none: a mistyped one
/// would put a thousand people's calls into a case of its own.
async fn case_of(reader: &mut dyn Reader, choice: &CaseChoice) -> Result<Case, ServiceError> {
    match choice {
        CaseChoice::None => Err(ServiceError::Invalid {
            field: "case_no",
            found: "missing".to_owned(),
            expected: "the number of a case, or case_id".to_owned(),
        }),
        CaseChoice::Id(id) => {
            let case = reader.case(*id).await?;
            case.ok_or_else(|| ServiceError::not_found("case", id))
        }
        CaseChoice::No(case_no) => {
            let case = reader.case_by_no(case_no.trim()).await?;
            case.ok_or_else(|| ServiceError::not_found("case", case_no))
        }
    }
}

fn received_already() -> ServiceError {
    ServiceError::Interrupted {
        detail: "the upload was received already".to_owned(),
    }
}

fn plan_json(plan: &Plan) -> Result<String, ServiceError> {
    let value = serde_json::to_value(plan).map_err(|error| corrupt(&error))?;
    Ok(canonical_json(&value))
}

/// The plan that an import keeps.
pub(super) fn plan_of(import: &Import) -> Result<Plan, ServiceError> {
    serde_json::from_str(&import.mapping).map_err(|error| corrupt(&error))
}

fn corrupt(error: &serde_json::Error) -> ServiceError {
    ServiceError::Store(StoreError::Corrupt {
        what: "plan of an import",
        detail: error.to_string(),
    })
}
