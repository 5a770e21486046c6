//! Which recordings and subjects a search is about.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{RecordingId, RecordingScope, SubjectClass, SubjectId, Timestamp, WatchListId};

/// Recordings of a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopedRecordings {
    /// Analysed recordings that are in it.
    pub ids: Vec<RecordingId>,
    /// How many more could be in it if it were known when their call began, and what its numbers are.
    pub unknown: u64,
}

/// Resolves what a search is about.
#[async_trait]
pub trait ScopeReader: Send {
    /// Analysed recordings that everything in `scope` holds of.
    async fn recordings_in_scope(
        &mut self,
        scope: &RecordingScope,
    ) -> Result<ScopedRecordings, StoreError>;
    /// Subjects of a class.
    async fn subjects_of_class(
        &mut self,
        class: SubjectClass,
    ) -> Result<Vec<SubjectId>, StoreError>;
    /// Subjects that are on a watch list; none of a list that is not in force at `now`.
    async fn subjects_watched_by(
        &mut self,
        id: WatchListId,
        now: Timestamp,
    ) -> Result<Vec<SubjectId>, StoreError>;
}
