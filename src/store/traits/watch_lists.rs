//! Watch lists and who is on them.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    Page, PageRequest, Timestamp, WatchList, WatchListId, WatchMember, WatchMemberId, WatchedEntry,
    WatchedValue,
};

/// Looks at watch lists.
#[async_trait]
pub trait WatchListReader: Send {
    /// One list.
    async fn watch_list(&mut self, id: WatchListId) -> Result<Option<WatchList>, StoreError>;
    /// Lists, newest first.
    async fn watch_lists(&mut self, page: PageRequest) -> Result<Page<WatchList>, StoreError>;
    /// One member.
    async fn watch_member(&mut self, id: WatchMemberId) -> Result<Option<WatchMember>, StoreError>;
    /// Members of a list, newest first, those that were removed among them.
    async fn watch_members(
        &mut self,
        id: WatchListId,
        page: PageRequest,
    ) -> Result<Page<WatchMember>, StoreError>;
    /// Number of members that are on a list now.
    async fn watch_member_count(&mut self, id: WatchListId) -> Result<u64, StoreError>;
    /// Which of these are on lists in force at `now`; one entry a list.
    async fn watched(
        &mut self,
        values: &[WatchedValue],
        now: Timestamp,
    ) -> Result<Vec<WatchedEntry>, StoreError>;
}

/// Changes watch lists.
#[async_trait]
pub trait WatchListWriter: Send {
    /// Adds a list. `Conflict` when its name is taken.
    async fn insert_watch_list(&mut self, list: &WatchList) -> Result<(), StoreError>;
    /// Replaces everything but id and time of creation; see
    /// [`update_case`](crate::store::CaseWriter::update_case) on versions. `Conflict` when the name
    /// is taken.
    async fn update_watch_list(&mut self, list: &WatchList) -> Result<WatchList, StoreError>;
    /// Adds a member. `Conflict` when it is on the list now; `Missing` when there is no such list or
    /// subject.
    async fn insert_watch_member(&mut self, member: &WatchMember) -> Result<(), StoreError>;
    /// Takes a member off; the row stays. One that was taken off before keeps its time. `Missing`
    /// when there is no such member.
    async fn remove_watch_member(
        &mut self,
        id: WatchMemberId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
