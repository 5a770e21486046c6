//! Answers to requests that carried an idempotency key.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Sha256, Timestamp};

/// The stored answer to a request that carried an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Key, with the method and path that it was used on.
    pub key: String,
    /// Digest of the request.
    pub request_sha256: Sha256,
    /// Status that was answered.
    pub status: u16,
    /// Location header that was answered.
    pub location: Option<String>,
    /// Body that was answered.
    pub body: String,
    /// When.
    pub created_at: Timestamp,
}

/// Looks up answers to requests that carried an idempotency key.
#[async_trait]
pub trait IdempotencyReader: Send {
    /// The stored answer under this key.
    async fn idempotency(&mut self, key: &str) -> Result<Option<IdempotencyRecord>, StoreError>;
}

/// Keeps answers to requests that carried an idempotency key.
#[async_trait]
pub trait IdempotencyWriter: Send {
    /// Adds one. `Conflict` when the key is taken.
    async fn insert_idempotency(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError>;
    /// Removes those made before `before`.
    async fn expire_idempotency(&mut self, before: Timestamp) -> Result<(), StoreError>;
}
