//! What partners are told, and its way into the queue.

use serde_json::{Value, json};

use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Alert, Delivery, DeliveryEvent, DeliveryId, DeliveryState, Disposition, JobTask, Webhook,
};
use crate::store::UnitOfWork;

/// What stands beside every ratio that leaves the house.
const CAUTION: &str = "A likelihood ratio weighs a comparison of voices; it is no identification. \
     expected_false voices of other people reach it by chance in the gallery searched.";

impl Services {
    /// Queues what partners are told of an alert, in the caller's unit of work.
    pub(super) async fn queue_alert_messages(
        &self,
        work: &mut dyn UnitOfWork,
        partners: &[&Webhook],
        alert: &Alert,
        event: DeliveryEvent,
    ) -> Result<(), ServiceError> {
        if partners.is_empty() {
            return Ok(());
        }
        let data = alert_data(work, alert).await?;
        for webhook in partners {
            self.queue_message(work, webhook, Some(alert), event, data.clone())
                .await?;
        }
        Ok(())
    }

    /// Queues one message with its job. The message is made now: every try sends the same bytes.
    pub(super) async fn queue_message(
        &self,
        work: &mut dyn UnitOfWork,
        webhook: &Webhook,
        alert: Option<&Alert>,
        event: DeliveryEvent,
        data: Value,
    ) -> Result<Delivery, ServiceError> {
        let now = self.clock.now();
        let body = json!({ "type": event.as_str(), "timestamp": now, "data": data });
        let delivery = Delivery {
            id: DeliveryId::new(self.clock(), self.rng.as_ref()),
            webhook_id: webhook.id,
            alert_id: alert.map(|alert| alert.id),
            event,
            body: body.to_string(),
            state: DeliveryState::Pending,
            reason: None,
            attempts: Vec::new(),
            created_at: now,
        };
        work.insert_delivery(&delivery).await?;
        audit::record(
            work,
            self.clock(),
            Actor::service().as_str(),
            audit::action::DELIVERY_QUEUED,
            &format!("delivery/{}", delivery.id),
            json!({
                "webhook_id": delivery.webhook_id,
                "alert_id": delivery.alert_id,
                "event": delivery.event,
                "body_sha256": crate::domain::Sha256::of(delivery.body.as_bytes()),
            }),
        )
        .await?;
        let task = JobTask::Deliver {
            delivery_id: delivery.id,
        };
        self.queue_job(work, &Actor::service(), task).await?;
        Ok(delivery)
    }
}

/// An alert as partners get to see it: numbers, accounts, case numbers and ids; no names.
async fn alert_data(work: &mut dyn UnitOfWork, alert: &Alert) -> Result<Value, ServiceError> {
    let mut cases = Vec::with_capacity(alert.matter.case_ids.len());
    for id in &alert.matter.case_ids {
        let case_no = work.case(*id).await?.map(|case| case.case_no);
        cases.push(json!({ "id": id, "case_no": case_no }));
    }
    let matter = &alert.matter;
    let (amount_minor, currency) = matter.amount_minor.clone().unzip();
    let evidence = alert.evidence.as_ref().map(|evidence| {
        json!({
            "log10_lr": evidence.log10_lr,
            "llr": evidence.llr,
            "expected_false": evidence.expected_false,
            "gallery_size": evidence.gallery_size,
            "calibration": evidence.calibration,
            "outside": evidence.outside,
            "caution": CAUTION,
        })
    });
    let disposition = alert.disposition;
    Ok(json!({
        "alert_id": alert.id,
        "state": alert.state,
        "disposition": disposition.map(Disposition::as_str),
        "rule": {
            "id": alert.rule_id,
            "version": alert.rule_version,
            "name": alert.rule_name,
            "kind": alert.kind,
        },
        "first_seen_at": alert.first_seen_at,
        "last_seen_at": alert.last_seen_at,
        "sightings": alert.sightings,
        "subject_id": matter.subject_id,
        "cases": cases,
        "recording_ids": matter.recording_ids,
        "voice_ids": matter.voice_ids,
        "link_id": matter.link_id,
        "group_id": matter.group_id,
        "numbers": matter.numbers,
        "account": matter.account,
        "amount_minor": amount_minor,
        "currency": currency,
        "evidence": evidence,
    }))
}
