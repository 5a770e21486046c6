//! Cases.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Case, CaseId, Page, PageRequest};

/// Looks at cases.
#[async_trait]
pub trait CaseReader: Send {
    /// One case.
    async fn case(&mut self, id: CaseId) -> Result<Option<Case>, StoreError>;
    /// The case with this number.
    async fn case_by_no(&mut self, case_no: &str) -> Result<Option<Case>, StoreError>;
    /// Cases, newest first.
    async fn cases(&mut self, page: PageRequest) -> Result<Page<Case>, StoreError>;
}

/// Changes cases.
#[async_trait]
pub trait CaseWriter: Send {
    /// Adds a case. `Conflict` when its number is taken.
    async fn insert_case(&mut self, case: &Case) -> Result<(), StoreError>;
    /// Replaces title and note; `case.version` is the version that the caller read, and is counted
    /// up by one. `Stale` when it is not the present one,
    /// `Missing` when there is no such case.
    async fn update_case(&mut self, case: &Case) -> Result<Case, StoreError>;
}
