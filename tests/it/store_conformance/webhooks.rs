//! Partners, their secrets, and deliveries with every try.

use voxtrace::domain::*;
use voxtrace::store::{DeliveryFilter, Store, StoreError};

use super::make::{Maker, first};
use super::watching::stored_alert;

pub fn webhook(make: &Maker, name: &str) -> (Webhook, WebhookSecret) {
    let webhook = Webhook {
        id: WebhookId::new(make, make),
        name: name.to_owned(),
        url: "https://partner.example/in".to_owned(),
        rule_ids: vec![RuleId::new(make, make)],
        state: WebhookState::Active,
        version: 1,
        created_at: make.now(),
    };
    (webhook, secret(make, 1))
}

fn secret(make: &Maker, byte: u8) -> WebhookSecret {
    WebhookSecret {
        key: vec![byte; 32],
        created_at: make.now(),
        valid_until: None,
    }
}

pub fn delivery(make: &Maker, webhook: &Webhook, alert: Option<&Alert>) -> Delivery {
    Delivery {
        id: DeliveryId::new(make, make),
        webhook_id: webhook.id,
        alert_id: alert.map(|alert| alert.id),
        event: match alert {
            Some(_) => DeliveryEvent::AlertRaised,
            None => DeliveryEvent::Test,
        },
        body: "{\"type\":\"x\"}".to_owned(),
        state: DeliveryState::Pending,
        reason: None,
        attempts: Vec::new(),
        created_at: make.now(),
    }
}

pub fn attempt(make: &Maker, outcome: AttemptOutcome, status: Option<u16>) -> DeliveryAttempt {
    DeliveryAttempt {
        outcome,
        status,
        detail: "what happened".to_owned(),
        at: make.now(),
        ended_at: make.now().plus_millis(7),
    }
}

pub fn report(make: &Maker, webhook: &Webhook, alert: &Alert) -> PartnerReport {
    PartnerReport {
        id: PartnerReportId::new(make, make),
        alert_id: alert.id,
        webhook_id: webhook.id,
        message_id: "m-1".to_owned(),
        action: PartnerAction::PaymentStopped,
        reference: Some("R-9".to_owned()),
        note: None,
        done_at: Some(make.now()),
        received_at: make.now(),
    }
}

async fn stored_webhook(store: &dyn Store, make: &Maker, name: &str) -> Webhook {
    let (webhook, secret) = webhook(make, name);
    let mut work = store.begin().await.unwrap();
    work.insert_webhook(&webhook, &secret).await.unwrap();
    make.commit(work).await;
    webhook
}

pub async fn a_secret_is_valid_until_another_has_taken_its_place_for_a_while(store: &dyn Store) {
    let make = Maker::new();
    let webhook = stored_webhook(store, &make, "bank").await;
    let mut work = store.begin().await.unwrap();
    let (now, until) = (make.now(), make.now().plus_millis(100));
    let (second, third) = (secret(&make, 2), secret(&make, 3));
    work.replace_webhook_secret(webhook.id, &second, until)
        .await
        .unwrap();
    let sooner = now.plus_millis(50);
    work.replace_webhook_secret(webhook.id, &third, sooner)
        .await
        .unwrap();
    let keys = |secrets: Vec<WebhookSecret>| -> Vec<u8> {
        secrets.iter().map(|secret| secret.key[0]).collect()
    };
    let valid = work.webhook_secrets(webhook.id, now).await.unwrap();
    assert!(!format!("{valid:?}").contains("key"), "{valid:?}");
    assert_eq!(keys(valid), [3, 2, 1]);
    let valid = work.webhook_secrets(webhook.id, sooner).await.unwrap();
    assert_eq!(keys(valid), [3]);
    let nobody = WebhookId::new(&make, &make);
    let missing = work.replace_webhook_secret(nobody, &second, until).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
}

pub async fn a_webhook_reads_back_and_is_edited_by_version(store: &dyn Store) {
    let make = Maker::new();
    let bank = stored_webhook(store, &make, "bank").await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.webhook(bank.id).await.unwrap(), Some(bank.clone()));
    let active = work.active_webhooks().await.unwrap();
    assert_eq!(active, std::slice::from_ref(&bank));
    let paused = Webhook {
        state: WebhookState::Paused,
        rule_ids: Vec::new(),
        ..bank.clone()
    };
    let edited = work.update_webhook(&paused).await.unwrap();
    assert_eq!((edited.version, edited.state), (2, WebhookState::Paused));
    assert_eq!(work.active_webhooks().await.unwrap(), []);
    let stale = work.update_webhook(&paused).await;
    assert!(matches!(stale, Err(StoreError::Stale { found: 2, .. })));
    let (other, key) = webhook(&make, "bank");
    let taken = work.insert_webhook(&other, &key).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })));
}

pub async fn a_delivery_keeps_its_message_and_every_try(store: &dyn Store) {
    let make = Maker::new();
    let webhook = stored_webhook(store, &make, "bank").await;
    let (alert, _) = stored_alert(store, &make, "key").await;
    let told = delivery(&make, &webhook, Some(&alert));
    let mut work = store.begin().await.unwrap();
    work.insert_delivery(&told).await.unwrap();
    work.insert_delivery(&delivery(&make, &webhook, None))
        .await
        .unwrap();
    let tries = [
        attempt(&make, AttemptOutcome::TimedOut, None),
        attempt(&make, AttemptOutcome::Refused, Some(500)),
    ];
    for one in &tries {
        work.insert_delivery_attempt(told.id, one).await.unwrap();
    }
    work.settle_delivery(told.id, DeliveryState::Dead, Some("no answer"))
        .await
        .unwrap();
    let kept = Delivery {
        state: DeliveryState::Dead,
        reason: Some("no answer".to_owned()),
        attempts: tries.to_vec(),
        ..told.clone()
    };
    assert_eq!(work.delivery(told.id).await.unwrap(), Some(kept.clone()));
    let dead = DeliveryFilter {
        webhook_id: Some(webhook.id),
        state: Some(DeliveryState::Dead),
        alert_id: Some(alert.id),
    };
    assert_eq!(
        work.deliveries(&dead, first(9)).await.unwrap().items,
        [kept]
    );
    let counts = work.delivery_counts(Some(webhook.id)).await.unwrap();
    assert_eq!(
        counts,
        [
            (DeliveryState::Pending, 1),
            (DeliveryState::Delivered, 0),
            (DeliveryState::Dead, 1)
        ]
    );
    assert_eq!(work.delivery_counts(None).await.unwrap(), counts);
    let oldest = work.oldest_pending_delivery().await.unwrap();
    assert!(oldest.is_some());
    work.settle_delivery(told.id, DeliveryState::Pending, None)
        .await
        .unwrap();
    let nothing = DeliveryId::new(&make, &make);
    let missing = work.insert_delivery_attempt(nothing, &tries[0]).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
    let missing = work
        .settle_delivery(nothing, DeliveryState::Pending, None)
        .await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
}

pub async fn a_report_of_a_partner_is_kept_once(store: &dyn Store) {
    let make = Maker::new();
    let webhook = stored_webhook(store, &make, "bank").await;
    let (alert, _) = stored_alert(store, &make, "key").await;
    let report = report(&make, &webhook, &alert);
    let mut work = store.begin().await.unwrap();
    work.insert_partner_report(&report).await.unwrap();
    let kept = work.partner_report(webhook.id, "m-1").await.unwrap();
    assert_eq!(kept, Some(report.clone()));
    assert_eq!(work.partner_report(webhook.id, "m-2").await.unwrap(), None);
    let of_alert = work.partner_reports(alert.id).await.unwrap();
    assert_eq!(of_alert, std::slice::from_ref(&report));
    let again = PartnerReport {
        id: PartnerReportId::new(&make, &make),
        ..report
    };
    let twice = work.insert_partner_report(&again).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })));
}

/// A partner that does not answer holds up neither the archive nor other partners.
pub async fn deliveries_are_claimed_in_a_lane_of_their_own(store: &dyn Store) {
    let make = Maker::new();
    let deliver = |make: &Maker| {
        make.job(JobTask::Deliver {
            delivery_id: DeliveryId::new(make, make),
        })
    };
    let mut waiting = deliver(&make);
    waiting.run_after = make.now().plus_millis(20);
    make.stored_job(store, &waiting, None).await;
    make.pass(1);
    let prompt = deliver(&make);
    make.stored_job(store, &prompt, None).await;
    make.pass(1);
    let index = make.job(JobTask::Index {});
    make.stored_job(store, &index, None).await;
    make.pass(30);
    let (now, until) = (make.now(), make.now().plus_millis(60_000));
    let claimed = store.claim("w", now, until).await.unwrap().unwrap();
    assert_eq!(claimed.job.id, index.id);
    assert_eq!(store.claim("w", now, until).await.unwrap(), None);
    for expected in [prompt.id, waiting.id] {
        let claimed = store.claim_delivery("w", now, until).await.unwrap();
        assert_eq!(claimed.unwrap().job.id, expected);
    }
    assert_eq!(store.claim_delivery("w", now, until).await.unwrap(), None);
}
