//! Jobs as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Job, JobTask};
use crate::http::paging::PageBody;

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobBody {
    /// Id.
    pub id: uuid::Uuid,
    /// `analyse`, `enrol`, `index` or `import`.
    pub kind: String,
    /// `queued`, `running`, `done`, `dead` or `cancelled`.
    pub state: String,
    /// Fraction done, 0 to 1.
    pub progress: f32,
    /// Tries begun.
    pub attempts: u32,
    /// Tries after which it is dead.
    pub max_attempts: u32,
    /// Why the last try failed, or why it was cancelled.
    pub reason: Option<String>,
    /// Recording that it works on.
    pub recording_id: Option<uuid::Uuid>,
    /// Subject that it enrols.
    pub subject_id: Option<uuid::Uuid>,
    /// Import that it reads the table of.
    pub import_id: Option<uuid::Uuid>,
    /// Not before this time.
    #[schema(format = DateTime)]
    pub run_after: String,
    /// When it was queued.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When its state last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        let subject_id = match &job.task {
            JobTask::Enrol { subject_id, .. } => Some(subject_id.0),
            JobTask::Analyse { .. }
            | JobTask::Index {}
            | JobTask::Watch { .. }
            | JobTask::Deliver { .. }
            | JobTask::Link { .. }
            | JobTask::Import { .. } => None,
        };
        let import_id = match &job.task {
            JobTask::Import { import_id } => Some(import_id.0),
            JobTask::Analyse { .. }
            | JobTask::Index {}
            | JobTask::Enrol { .. }
            | JobTask::Watch { .. }
            | JobTask::Deliver { .. }
            | JobTask::Link { .. } => None,
        };
        Self {
            id: job.id.0,
            kind: job.task.kind().as_str().to_owned(),
            state: job.state.as_str().to_owned(),
            progress: job.progress,
            attempts: job.attempts,
            max_attempts: job.max_attempts,
            reason: job.reason,
            recording_id: job.task.recording_id().map(|id| id.0),
            subject_id,
            import_id,
            run_after: job.run_after.to_string(),
            created_at: job.created_at.to_string(),
            updated_at: job.updated_at.to_string(),
        }
    }
}

/// A page of jobs.
pub type JobPage = PageBody<JobBody>;

/// A job to be queued.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = NewJob)]
pub enum NewJobBody {
    /// Rebuild the search index.
    Index {},
    /// Analyse a recording again.
    Analyse {
        /// Which.
        recording_id: uuid::Uuid,
    },
}
