//! Partners who are told, and their secrets.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes, json_text};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    Delivery, DeliveryAttempt, DeliveryId, DeliveryState, Page, PageRequest, Timestamp, Webhook,
    WebhookId, WebhookSecret,
};
use crate::store::{DeliveryFilter, StoreError, WebhookReader, WebhookWriter};

const SELECT: &str = "SELECT id, name, url, rule_ids, state, version, created_at FROM webhooks";

fn read(row: &SqliteRow) -> Result<Webhook, StoreError> {
    let columns = Columns::new("webhook", row);
    Ok(Webhook {
        id: WebhookId(columns.id("id")?),
        name: columns.text("name")?,
        url: columns.text("url")?,
        rule_ids: columns.json("rule_ids")?,
        state: columns.word("state")?,
        version: columns.number("version")?,
        created_at: columns.time("created_at")?,
    })
}

fn read_secret(row: &SqliteRow) -> Result<WebhookSecret, StoreError> {
    let columns = Columns::new("webhook secret", row);
    Ok(WebhookSecret {
        key: columns.raw("key")?,
        created_at: columns.time("created_at")?,
        valid_until: columns.time_opt("valid_until")?,
    })
}

impl Session {
    async fn insert_secret(
        &mut self,
        id: WebhookId,
        secret: &WebhookSecret,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO webhook_secrets (webhook_id, position, key, created_at, valid_until)
             SELECT ?1, 1 + count(*), ?2, ?3, ?4 FROM webhook_secrets WHERE webhook_id = ?1",
        )
        .bind(id_bytes(id.0))
        .bind(&secret.key)
        .bind(secret.created_at.as_millis())
        .bind(secret.valid_until.map(Timestamp::as_millis))
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("secret of webhook", &id), ("webhook", &id)))?;
        Ok(())
    }
}

#[async_trait]
impl WebhookReader for Session {
    async fn webhook(&mut self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn webhooks(&mut self, page: PageRequest) -> Result<Page<Webhook>, StoreError> {
        Listing::new(SELECT, "webhooks")
            .page(self.connection(), page, read, |webhook| {
                (webhook.created_at, webhook.id.0)
            })
            .await
    }

    async fn active_webhooks(&mut self) -> Result<Vec<Webhook>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, url, rule_ids, state, version, created_at FROM webhooks
             WHERE state = 'active' ORDER BY created_at, id",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }

    async fn webhook_secrets(
        &mut self,
        id: WebhookId,
        now: Timestamp,
    ) -> Result<Vec<WebhookSecret>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, created_at, valid_until FROM webhook_secrets
             WHERE webhook_id = ? AND ifnull(valid_until > ?, TRUE) ORDER BY position DESC",
        )
        .bind(id_bytes(id.0))
        .bind(now.as_millis())
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read_secret).collect()
    }

    async fn delivery(&mut self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.select_delivery(id).await
    }

    async fn deliveries(
        &mut self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        self.select_deliveries(filter, page).await
    }

    async fn delivery_counts(
        &mut self,
        id: Option<WebhookId>,
    ) -> Result<Vec<(DeliveryState, u64)>, StoreError> {
        self.count_deliveries(id).await
    }

    async fn oldest_pending_delivery(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.select_oldest_pending().await
    }
}

#[async_trait]
impl WebhookWriter for Session {
    async fn insert_webhook(
        &mut self,
        webhook: &Webhook,
        secret: &WebhookSecret,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO webhooks (id, name, url, rule_ids, state, version, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(webhook.id.0))
        .bind(&webhook.name)
        .bind(&webhook.url)
        .bind(json_text("webhook", &webhook.rule_ids)?)
        .bind(webhook.state.as_str())
        .bind(webhook.version)
        .bind(webhook.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("webhook", &webhook.name), ("webhook", &webhook.id)))?;
        self.insert_secret(webhook.id, secret).await
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<Webhook, StoreError> {
        let updated = sqlx::query(
            "UPDATE webhooks SET name = ?, url = ?, rule_ids = ?, state = ?, version = version + 1
             WHERE id = ? AND version = ?",
        )
        .bind(&webhook.name)
        .bind(&webhook.url)
        .bind(json_text("webhook", &webhook.rule_ids)?)
        .bind(webhook.state.as_str())
        .bind(id_bytes(webhook.id.0))
        .bind(webhook.version)
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("webhook", &webhook.name), ("webhook", &webhook.id)))?;
        let present = self
            .webhook(webhook.id)
            .await?
            .ok_or_else(|| missing("webhook", webhook.id))?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::Stale {
                what: "webhook",
                expected: webhook.version,
                found: present.version,
            });
        }
        Ok(present)
    }

    async fn replace_webhook_secret(
        &mut self,
        id: WebhookId,
        secret: &WebhookSecret,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook_secrets SET valid_until = min(ifnull(valid_until, ?1), ?1)
             WHERE webhook_id = ?2",
        )
        .bind(until.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        self.insert_secret(id, secret).await
    }

    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        self.add_delivery(delivery).await
    }

    async fn insert_delivery_attempt(
        &mut self,
        id: DeliveryId,
        attempt: &DeliveryAttempt,
    ) -> Result<(), StoreError> {
        self.add_delivery_attempt(id, attempt).await
    }

    async fn settle_delivery(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        self.change_delivery(id, state, reason).await
    }
}
