//! Groups of voices, series of cases, and what became of them.

use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;
use crate::domain::{
    CaseId, DatedLineage, Group, GroupId, LineageEvent, Page, PageRequest, Series, SeriesId,
    SeriesKind, Timestamp, VoiceId,
};

/// Looks at groups and series.
#[async_trait]
pub trait GroupReader: Send {
    /// One group; none when it ended.
    async fn group(&mut self, id: GroupId) -> Result<Option<Group>, StoreError>;
    /// Groups, newest first; with voices in a case where one is given.
    async fn groups(
        &mut self,
        case_id: Option<CaseId>,
        page: PageRequest,
    ) -> Result<Page<Group>, StoreError>;
    /// Every group, by id.
    async fn all_groups(&mut self) -> Result<Vec<Group>, StoreError>;
    /// Groups of these voices, each once, by id.
    async fn groups_of_voices(&mut self, voices: &[VoiceId]) -> Result<Vec<Group>, StoreError>;
    /// Groups with voices in these cases, each once, by id.
    async fn groups_of_cases(&mut self, cases: &[CaseId]) -> Result<Vec<Group>, StoreError>;
    /// The group that ended last with just these members.
    async fn ended_group(&mut self, members: &[VoiceId]) -> Result<Option<GroupId>, StoreError>;
    /// One series; none when it ended.
    async fn series(&mut self, id: SeriesId) -> Result<Option<Series>, StoreError>;
    /// Series of a kind, newest first.
    async fn series_list(
        &mut self,
        kind: SeriesKind,
        page: PageRequest,
    ) -> Result<Page<Series>, StoreError>;
    /// Every series of both kinds, by id.
    async fn all_series(&mut self) -> Result<Vec<Series>, StoreError>;
    /// Series of these cases, each once, by id.
    async fn series_of_cases(
        &mut self,
        kind: SeriesKind,
        cases: &[CaseId],
    ) -> Result<Vec<Series>, StoreError>;
    /// The series of a kind that ended last with just these members.
    async fn ended_series(
        &mut self,
        kind: SeriesKind,
        members: &[CaseId],
    ) -> Result<Option<SeriesId>, StoreError>;
    /// What became of a group or series, oldest first: the newest `limit` events that name it, also as
    /// the other.
    async fn lineage(&mut self, id: Uuid, limit: u32) -> Result<Vec<DatedLineage>, StoreError>;
}

/// Changes groups and series.
#[async_trait]
pub trait GroupWriter: Send {
    /// Ends groups and writes others, new or changed, in place of what stood there. A group that ended
    /// before comes back under its id. `Conflict` when a voice would be in two groups.
    async fn replace_groups(
        &mut self,
        ended: &[GroupId],
        written: &[Group],
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// The same for series. `Conflict` when a case would be in two of one kind.
    async fn replace_series(
        &mut self,
        ended: &[SeriesId],
        written: &[Series],
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Keeps what became of groups or series.
    async fn append_lineage(
        &mut self,
        events: &[LineageEvent],
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
