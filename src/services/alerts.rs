//! Alerts are looked at, taken up and decided on.

use serde_json::json;

use super::cases::check_name;
use super::raising::event_of;
use super::watch_lists::MAX_REASON_CHARS;
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Alert, AlertChange, AlertId, AlertSighting, AlertState, Delivery, DeliveryEvent, DeliveryState,
    Disposition, PageRequest, PartnerReport, Webhook,
};
use crate::store::{DeliveryFilter, Reader, UnitOfWork};

/// Longest name of the person who decides, in characters.
const MAX_AUTHOR_CHARS: usize = 200;
/// Most sightings and deliveries that come with an alert, the newest.
const MOST_SHOWN: u32 = 100;

/// An alert with everything that became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertDetail {
    /// The alert.
    pub alert: Alert,
    /// When it was seen, the newest first; at most a hundred.
    pub sightings: Vec<AlertSighting>,
    /// Changes of its state, oldest first.
    pub changes: Vec<AlertChange>,
    /// What partners reported, oldest first.
    pub reports: Vec<PartnerReport>,
    /// What partners were told, newest first; at most a hundred.
    pub deliveries: Vec<Delivery>,
}

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is so.
    pub disposition: Disposition,
    /// Who decides.
    pub author: String,
    /// Why.
    pub reason: String,
}

/// How alerts and their messages stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertFigures {
    /// Alerts by state, every state once.
    pub alerts: Vec<(AlertState, u64)>,
    /// Messages to partners by state, every state once; the dead ones were given up.
    pub deliveries: Vec<(DeliveryState, u64)>,
    /// Age of the oldest message that is still to be delivered, in milliseconds; 0 where there is
    /// none.
    pub oldest_pending_ms: u64,
}

impl Services {
    /// How alerts and their messages stand.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn alert_figures(&self) -> Result<AlertFigures, ServiceError> {
        let mut reader = self.store.reader().await?;
        let oldest = reader.oldest_pending_delivery().await?;
        let now = self.clock.now();
        let age = oldest.map_or(0, |oldest| now.as_millis() - oldest.as_millis());
        Ok(AlertFigures {
            alerts: reader.alert_counts().await?,
            deliveries: reader.delivery_counts(None).await?,
            oldest_pending_ms: u64::try_from(age).unwrap_or(0),
        })
    }

    /// One alert with everything that became of it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn alert(&self, id: AlertId) -> Result<AlertDetail, ServiceError> {
        let mut reader = self.store.reader().await?;
        let alert = found(reader.as_mut(), id).await?;
        let filter = DeliveryFilter {
            alert_id: Some(id),
            ..DeliveryFilter::default()
        };
        let page = PageRequest {
            limit: MOST_SHOWN,
            after: None,
        };
        Ok(AlertDetail {
            alert,
            sightings: reader.alert_sightings(id, MOST_SHOWN).await?,
            changes: reader.alert_changes(id).await?,
            reports: reader.partner_reports(id).await?,
            deliveries: reader.deliveries(&filter, page).await?.items,
        })
    }

    /// Somebody takes an open alert up.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`; `State` when it is not open.
    pub async fn acknowledge_alert(
        &self,
        actor: &Actor,
        id: AlertId,
        author: String,
    ) -> Result<Alert, ServiceError> {
        check_name("author", &author, MAX_AUTHOR_CHARS)?;
        let mut work = self.store.begin().await?;
        let present = found(work.as_mut(), id).await?;
        if present.state != AlertState::Open {
            return Err(ServiceError::State {
                what: "alert",
                found: present.state.as_str(),
                expected: "open",
            });
        }
        let change = AlertChange {
            state: AlertState::Acknowledged,
            disposition: None,
            author,
            reason: None,
            actor: actor.as_str().to_owned(),
            at: self.clock.now(),
        };
        let alert = self.change_alert(work.as_mut(), id, &change).await?;
        work.commit().await?;
        self.tell(event_of(&alert));
        Ok(alert)
    }

    /// A person decides on an alert. A later decision takes the place of an earlier one, which stays
    /// in the log. Partners who were told of the alert are told of the decision.
    ///
    /// # Errors
    /// `Invalid`; `NotFound` when it is not there, or the alert that it is said to be a duplicate of.
    pub async fn dispose_alert(
        &self,
        actor: &Actor,
        id: AlertId,
        decision: Decision,
    ) -> Result<Alert, ServiceError> {
        check_name("author", &decision.author, MAX_AUTHOR_CHARS)?;
        check_name("reason", &decision.reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        found(work.as_mut(), id).await?;
        if let Some(other) = decision.disposition.duplicate_of() {
            check_original(work.as_mut(), id, other).await?;
        }
        let change = AlertChange {
            state: AlertState::Disposed,
            disposition: Some(decision.disposition),
            author: decision.author,
            reason: Some(decision.reason),
            actor: actor.as_str().to_owned(),
            at: self.clock.now(),
        };
        let alert = self.change_alert(work.as_mut(), id, &change).await?;
        let told = partners_told(work.as_mut(), id).await?;
        let told: Vec<&Webhook> = told.iter().collect();
        self.queue_alert_messages(work.as_mut(), &told, &alert, DeliveryEvent::AlertDisposed)
            .await?;
        work.commit().await?;
        self.tell(event_of(&alert));
        Ok(alert)
    }

    async fn change_alert(
        &self,
        work: &mut dyn UnitOfWork,
        id: AlertId,
        change: &AlertChange,
    ) -> Result<Alert, ServiceError> {
        let alert = work.change_alert(id, change).await?;
        let action = match change.disposition {
            Some(_) => audit::action::ALERT_DISPOSED,
            None => audit::action::ALERT_ACKNOWLEDGED,
        };
        audit::record(
            work,
            self.clock(),
            &change.actor,
            action,
            &format!("alert/{id}"),
            json!({
                "state": change.state,
                "disposition": change.disposition.map(Disposition::as_str),
                "duplicate_of": change.disposition.and_then(Disposition::duplicate_of),
                "author": change.author,
                "reason": change.reason,
            }),
        )
        .await?;
        Ok(alert)
    }
}

/// The alert with this id.
pub(super) async fn found<R: Reader + ?Sized>(
    reader: &mut R,
    id: AlertId,
) -> Result<Alert, ServiceError> {
    let alert = reader.alert(id).await?;
    alert.ok_or_else(|| ServiceError::not_found("alert", id))
}

/// A duplicate names the alert that says it already, and that one is not a duplicate itself.
async fn check_original<R: Reader + ?Sized>(
    reader: &mut R,
    id: AlertId,
    other: AlertId,
) -> Result<(), ServiceError> {
    let original = found(reader, other).await?;
    let further = original.disposition.and_then(Disposition::duplicate_of);
    if other == id || further.is_some() {
        let expected = match further {
            Some(further) => format!("the alert that it repeats, {further}"),
            None => "another alert".to_owned(),
        };
        return Err(ServiceError::Invalid {
            field: "duplicate_of",
            found: other.to_string(),
            expected,
        });
    }
    Ok(())
}

/// Active subscriptions that were told of an alert.
async fn partners_told<R: Reader + ?Sized>(
    reader: &mut R,
    id: AlertId,
) -> Result<Vec<Webhook>, ServiceError> {
    let mut told = Vec::new();
    for webhook in reader.active_webhooks().await? {
        if was_told(reader, webhook.id, id).await? {
            told.push(webhook);
        }
    }
    Ok(told)
}

/// Whether a partner was told of an alert, or is about to be.
pub(super) async fn was_told<R: Reader + ?Sized>(
    reader: &mut R,
    webhook_id: crate::domain::WebhookId,
    alert_id: AlertId,
) -> Result<bool, ServiceError> {
    let filter = DeliveryFilter {
        webhook_id: Some(webhook_id),
        alert_id: Some(alert_id),
        state: None,
    };
    let page = PageRequest {
        limit: 1,
        after: None,
    };
    Ok(!reader.deliveries(&filter, page).await?.items.is_empty())
}
