//! Partners who are told, and what was delivered to them.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    AlertId, Delivery, DeliveryAttempt, DeliveryId, DeliveryState, Page, PageRequest, Timestamp,
    Webhook, WebhookId, WebhookSecret,
};

/// Narrows a list of deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// To this partner.
    pub webhook_id: Option<WebhookId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// About this alert.
    pub alert_id: Option<AlertId>,
}

/// Looks at partners and deliveries.
#[async_trait]
pub trait WebhookReader: Send {
    /// One subscription.
    async fn webhook(&mut self, id: WebhookId) -> Result<Option<Webhook>, StoreError>;
    /// Subscriptions, newest first.
    async fn webhooks(&mut self, page: PageRequest) -> Result<Page<Webhook>, StoreError>;
    /// Every active subscription, oldest first. They are few: each is an agreement with a partner.
    async fn active_webhooks(&mut self) -> Result<Vec<Webhook>, StoreError>;
    /// Secrets of a subscription that are valid at `now`, newest first.
    async fn webhook_secrets(
        &mut self,
        id: WebhookId,
        now: Timestamp,
    ) -> Result<Vec<WebhookSecret>, StoreError>;
    /// One delivery.
    async fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;
    /// Deliveries, newest first.
    async fn deliveries(
        &mut self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError>;
    /// Number of deliveries by state, every state once; to one partner where it is named.
    async fn delivery_counts(
        &mut self,
        id: Option<WebhookId>,
    ) -> Result<Vec<(DeliveryState, u64)>, StoreError>;
    /// When the oldest delivery that is pending was queued.
    async fn oldest_pending_delivery(&mut self) -> Result<Option<Timestamp>, StoreError>;
}

/// Changes partners and deliveries. A message and its tries are never altered.
#[async_trait]
pub trait WebhookWriter: Send {
    /// Adds a subscription with its first secret. `Conflict` when its name is taken.
    async fn insert_webhook(
        &mut self,
        webhook: &Webhook,
        secret: &WebhookSecret,
    ) -> Result<(), StoreError>;
    /// Replaces everything but id and time of creation; see
    /// [`update_case`](crate::store::CaseWriter::update_case) on versions. `Conflict` when the name
    /// is taken.
    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<Webhook, StoreError>;
    /// Adds a secret; the earlier ones end at `until`, those that end sooner excepted. `Missing` when
    /// there is no such subscription.
    async fn replace_webhook_secret(
        &mut self,
        id: WebhookId,
        secret: &WebhookSecret,
        until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Adds a delivery without tries. `Missing` when there is no such subscription or alert.
    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError>;
    /// Keeps a try. `Missing` when there is no such delivery.
    async fn insert_delivery_attempt(
        &mut self,
        id: DeliveryId,
        attempt: &DeliveryAttempt,
    ) -> Result<(), StoreError>;
    /// Gives a delivery a state; `reason` for `Dead`, and only for it. `Missing` when there is no
    /// such delivery.
    async fn settle_delivery(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        reason: Option<&str>,
    ) -> Result<(), StoreError>;
}
