//! The audit chain.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{AuditHead, AuditRow};

/// Looks at the audit chain.
#[async_trait]
pub trait AuditReader: Send {
    /// Its end.
    async fn audit_head(&mut self) -> Result<AuditHead, StoreError>;
    /// Rows after position `after`, in order, at most `limit`.
    async fn audit_rows(&mut self, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
}

/// Continues the audit chain.
#[async_trait]
pub trait AuditWriter: Send {
    /// Appends a row; `AuditChain` when it does not continue the chain.
    async fn append_audit(&mut self, row: &AuditRow) -> Result<(), StoreError>;
}
