//! Stored answers.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Comparison, ComparisonId, Page, PageRequest, SearchId, StoredSearch, VoiceId};

/// Looks at stored answers.
#[async_trait]
pub trait SearchReader: Send {
    /// One search.
    async fn search(&mut self, id: SearchId) -> Result<Option<StoredSearch>, StoreError>;
    /// The newest search with this voice as its probe.
    async fn newest_search_of(
        &mut self,
        voice_id: VoiceId,
    ) -> Result<Option<StoredSearch>, StoreError>;
    /// The newest search that repeats this one.
    async fn search_repeated_by(&mut self, id: SearchId) -> Result<Option<SearchId>, StoreError>;
    /// Searches, newest first.
    async fn searches(&mut self, page: PageRequest) -> Result<Page<StoredSearch>, StoreError>;
    /// One comparison.
    async fn comparison(&mut self, id: ComparisonId) -> Result<Option<Comparison>, StoreError>;
    /// Comparisons, newest first.
    async fn comparisons(&mut self, page: PageRequest) -> Result<Page<Comparison>, StoreError>;
}

/// Keeps answers. There is no way to change one.
#[async_trait]
pub trait SearchWriter: Send {
    /// Adds a search.
    async fn insert_search(&mut self, search: &StoredSearch) -> Result<(), StoreError>;
    /// Adds a comparison.
    async fn insert_comparison(&mut self, comparison: &Comparison) -> Result<(), StoreError>;
}
