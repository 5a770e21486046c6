//! Deliveries to partners, and their tries.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, id_bytes};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    AlertId, Delivery, DeliveryAttempt, DeliveryId, DeliveryState, Page, PageRequest, Timestamp,
    WebhookId,
};
use crate::store::{DeliveryFilter, StoreError};

const SELECT: &str =
    "SELECT id, webhook_id, alert_id, event, body, state, reason, created_at FROM deliveries";

const STATES: [DeliveryState; 3] = [
    DeliveryState::Pending,
    DeliveryState::Delivered,
    DeliveryState::Dead,
];

fn read(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let columns = Columns::new("delivery", row);
    Ok(Delivery {
        id: DeliveryId(columns.id("id")?),
        webhook_id: WebhookId(columns.id("webhook_id")?),
        alert_id: columns.id_opt("alert_id")?.map(AlertId),
        event: columns.word("event")?,
        body: columns.text("body")?,
        state: columns.word("state")?,
        reason: columns.text_opt("reason")?,
        attempts: Vec::new(),
        created_at: columns.time("created_at")?,
    })
}

fn read_attempt(row: &SqliteRow) -> Result<DeliveryAttempt, StoreError> {
    let columns = Columns::new("delivery attempt", row);
    Ok(DeliveryAttempt {
        outcome: columns.word("outcome")?,
        status: columns.number_opt("status")?,
        detail: columns.text("detail")?,
        at: columns.time("at")?,
        ended_at: columns.time("ended_at")?,
    })
}

impl Session {
    async fn with_attempts(&mut self, delivery: Delivery) -> Result<Delivery, StoreError> {
        let rows = sqlx::query(
            "SELECT outcome, status, detail, at, ended_at FROM delivery_attempts
             WHERE delivery_id = ? ORDER BY position",
        )
        .bind(id_bytes(delivery.id.0))
        .fetch_all(self.connection())
        .await?;
        Ok(Delivery {
            attempts: rows.iter().map(read_attempt).collect::<Result<_, _>>()?,
            ..delivery
        })
    }

    pub(super) async fn select_delivery(
        &mut self,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        match self.row_by_id(SELECT, "id", id.0).await? {
            None => Ok(None),
            Some(row) => self.with_attempts(read(&row)?).await.map(Some),
        }
    }

    pub(super) async fn select_deliveries(
        &mut self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let page = Listing::new(SELECT, "deliveries")
            .only("webhook_id", filter.webhook_id.map(|id| id_bytes(id.0)))
            .only("state", filter.state.map(DeliveryState::as_str))
            .only("alert_id", filter.alert_id.map(|id| id_bytes(id.0)))
            .page(self.connection(), page, read, |delivery| {
                (delivery.created_at, delivery.id.0)
            })
            .await?;
        let mut items = Vec::with_capacity(page.items.len());
        for delivery in page.items {
            items.push(self.with_attempts(delivery).await?);
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    pub(super) async fn count_deliveries(
        &mut self,
        id: Option<WebhookId>,
    ) -> Result<Vec<(DeliveryState, u64)>, StoreError> {
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT state, count(*) AS deliveries FROM deliveries");
        if let Some(id) = id {
            query.push(" WHERE webhook_id = ").push_bind(id_bytes(id.0));
        }
        query.push(" GROUP BY state");
        let rows = query.build().fetch_all(self.connection()).await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("delivery", row);
            Ok((columns.word("state")?, columns.number("deliveries")?))
        };
        let found: Vec<(DeliveryState, u64)> =
            rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let count_of = |state| found.iter().find(|(other, _)| *other == state);
        Ok(STATES
            .map(|state| (state, count_of(state).map_or(0, |(_, count)| *count)))
            .to_vec())
    }

    pub(super) async fn select_oldest_pending(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let row =
            sqlx::query("SELECT min(created_at) AS oldest FROM deliveries WHERE state = 'pending'")
                .fetch_one(self.connection())
                .await?;
        Columns::new("delivery", &row).time_opt("oldest")
    }

    pub(super) async fn add_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let referred = delivery.alert_id.map_or_else(
            || ("webhook", delivery.webhook_id.to_string()),
            |id| ("webhook or alert", id.to_string()),
        );
        sqlx::query(
            "INSERT INTO deliveries
                 (id, webhook_id, alert_id, event, body, state, reason, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(delivery.id.0))
        .bind(id_bytes(delivery.webhook_id.0))
        .bind(delivery.alert_id.map(|id| id_bytes(id.0)))
        .bind(delivery.event.as_str())
        .bind(&delivery.body)
        .bind(delivery.state.as_str())
        .bind(&delivery.reason)
        .bind(delivery.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("delivery", &delivery.id), (referred.0, &referred.1)))?;
        Ok(())
    }

    pub(super) async fn add_delivery_attempt(
        &mut self,
        id: DeliveryId,
        attempt: &DeliveryAttempt,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO delivery_attempts
                 (delivery_id, position, outcome, status, detail, at, ended_at)
             SELECT ?1, 1 + count(*), ?2, ?3, ?4, ?5, ?6 FROM delivery_attempts
             WHERE delivery_id = ?1",
        )
        .bind(id_bytes(id.0))
        .bind(attempt.outcome.as_str())
        .bind(attempt.status)
        .bind(&attempt.detail)
        .bind(attempt.at.as_millis())
        .bind(attempt.ended_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("try of delivery", &id), ("delivery", &id)))?;
        Ok(())
    }

    pub(super) async fn change_delivery(
        &mut self,
        id: DeliveryId,
        state: DeliveryState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query("UPDATE deliveries SET state = ?, reason = ? WHERE id = ?")
            .bind(state.as_str())
            .bind(reason)
            .bind(id_bytes(id.0))
            .execute(self.connection())
            .await?;
        match updated.rows_affected() {
            0 => Err(missing("delivery", id)),
            _ => Ok(()),
        }
    }
}
