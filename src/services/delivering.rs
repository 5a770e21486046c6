//! Messages are delivered to partners, tried again, given up, and queued again by people.
//!
//! A message is delivered at least once: what the partner took is marked after it took it, and a
//! worker that ends between the two leads to a further try with the same id.

use serde_json::json;

use super::webhooks::{found as found_webhook, webhook_state};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::delivery::{SendError, SignedMessage, Target, signature_header};
use crate::domain::{
    AttemptOutcome, Delivery, DeliveryAttempt, DeliveryId, DeliveryState, Job, JobState, JobTask,
    Page, PageRequest, Rng, Timestamp, WebhookId, WebhookState,
};
use crate::store::{DeliveryFilter, RetryCause, UnitOfWork};

/// Most doublings of the pause between two tries, so that no shift goes too far.
const MAX_DOUBLINGS: u32 = 32;

impl Services {
    /// Deliveries to a partner, newest first.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn deliveries(
        &self,
        webhook_id: WebhookId,
        state: Option<DeliveryState>,
        page: PageRequest,
    ) -> Result<Page<Delivery>, ServiceError> {
        let mut reader = self.store.reader().await?;
        found_webhook(reader.as_mut(), webhook_id).await?;
        let filter = DeliveryFilter {
            webhook_id: Some(webhook_id),
            state,
            alert_id: None,
        };
        Ok(reader.deliveries(&filter, page).await?)
    }

    /// One delivery to a partner.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delivery(
        &self,
        webhook_id: WebhookId,
        id: DeliveryId,
    ) -> Result<Delivery, ServiceError> {
        let mut reader = self.store.reader().await?;
        let delivery = reader.delivery(id).await?;
        delivery
            .filter(|delivery| delivery.webhook_id == webhook_id)
            .ok_or_else(|| ServiceError::not_found("delivery", id))
    }

    /// Queues a delivery again that was given up; its message and id stay.
    ///
    /// # Errors
    /// `NotFound`; `State` when it was not given up, or the partner is not told any more.
    pub async fn retry_delivery(
        &self,
        actor: &Actor,
        webhook_id: WebhookId,
        id: DeliveryId,
    ) -> Result<Delivery, ServiceError> {
        let mut work = self.store.begin().await?;
        let webhook = found_webhook(work.as_mut(), webhook_id).await?;
        let delivery = work
            .delivery(id)
            .await?
            .filter(|delivery| delivery.webhook_id == webhook_id)
            .ok_or_else(|| ServiceError::not_found("delivery", id))?;
        if webhook.state != WebhookState::Active {
            return Err(webhook_state(webhook.state, "active"));
        }
        if delivery.state != DeliveryState::Dead {
            return Err(ServiceError::State {
                what: "delivery",
                found: delivery.state.as_str(),
                expected: "dead",
            });
        }
        work.settle_delivery(id, DeliveryState::Pending, None)
            .await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::DELIVERY_REQUEUED,
            &format!("delivery/{id}"),
            json!({ "webhook_id": webhook_id, "tries": delivery.attempts.len() }),
        )
        .await?;
        let task = JobTask::Deliver { delivery_id: id };
        self.queue_job(work.as_mut(), actor, task).await?;
        work.commit().await?;
        Ok(Delivery {
            state: DeliveryState::Pending,
            reason: None,
            ..delivery
        })
    }

    /// Runs the deliver job that `owner` has leased: one try. Returns the state that the job takes.
    ///
    /// # Errors
    /// `NotFound`; store errors, after which another try may succeed.
    pub async fn run_deliver_job(
        &self,
        job: &Job,
        owner: &str,
        id: DeliveryId,
    ) -> Result<JobState, ServiceError> {
        let at = self.clock.now();
        let mut reader = self.store.reader().await?;
        let delivery = reader.delivery(id).await?;
        let delivery = delivery.ok_or_else(|| ServiceError::not_found("delivery", id))?;
        let webhook = found_webhook(reader.as_mut(), delivery.webhook_id).await?;
        let secrets = reader.webhook_secrets(webhook.id, at).await?;
        drop(reader);
        if delivery.state != DeliveryState::Pending {
            return self.finish_settled(job, owner, &delivery).await;
        }
        if webhook.state != WebhookState::Active {
            let reason = format!("webhook is {}", webhook.state.as_str());
            let mut work = self.store.begin().await?;
            self.bury_delivery(work.as_mut(), id, &reason).await?;
            work.bury_job(job.id, owner, &reason, at).await?;
            work.commit().await?;
            return Ok(JobState::Dead);
        }
        let keys = secrets.iter().map(|secret| secret.key.as_slice());
        let message_id = id.to_string();
        let timestamp_s = at.as_millis().div_euclid(1000);
        let message = SignedMessage {
            signatures: signature_header(keys, &message_id, timestamp_s, delivery.body.as_bytes()),
            id: message_id,
            timestamp_s,
            body: delivery.body.clone(),
        };
        let answer = match Target::parse(&webhook.url) {
            Ok(target) => self.sender.send(&target, &message).await,
            // The address was read when it was set, so this is damage.
            Err(error) => Err(SendError::NoAddress {
                host: String::new(),
                detail: error.to_string(),
            }),
        };
        let attempt = attempt_of(answer, at, self.clock.now());
        tracing::info!(
            delivery_id = %id,
            webhook_id = %webhook.id,
            attempt = job.attempts,
            outcome = attempt.outcome.as_str(),
            status = attempt.status,
            "partner called"
        );
        self.after_attempt(job, owner, &delivery, &attempt).await
    }

    async fn after_attempt(
        &self,
        job: &Job,
        owner: &str,
        delivery: &Delivery,
        attempt: &DeliveryAttempt,
    ) -> Result<JobState, ServiceError> {
        let id = delivery.id;
        let now = attempt.ended_at;
        let mut work = self.store.begin().await?;
        work.insert_delivery_attempt(id, attempt).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::DELIVERY_TRIED,
            &format!("delivery/{id}"),
            json!({
                "webhook_id": delivery.webhook_id,
                "outcome": attempt.outcome,
                "status": attempt.status,
            }),
        )
        .await?;
        if attempt.outcome == AttemptOutcome::Delivered {
            work.settle_delivery(id, DeliveryState::Delivered, None)
                .await?;
            work.finish_job(job.id, owner, now).await?;
            work.commit().await?;
            return Ok(JobState::Done);
        }
        if is_final(attempt) || job.attempts >= job.max_attempts {
            let reason = format!(
                "try {} of {}: {}",
                job.attempts, job.max_attempts, attempt.detail
            );
            self.bury_delivery(work.as_mut(), id, &reason).await?;
            work.bury_job(job.id, owner, &reason, now).await?;
            work.commit().await?;
            return Ok(JobState::Dead);
        }
        work.commit().await?;
        let settings = &self.settings.webhooks;
        let pause_ms = pause_ms(
            job.attempts,
            settings.backoff_ms,
            settings.max_backoff_ms,
            self.rng.as_ref(),
        );
        let run_after = now.plus_millis(i64::try_from(pause_ms).unwrap_or(i64::MAX));
        self.store
            .retry(
                job.id,
                owner,
                &attempt.detail,
                RetryCause::Failed,
                now,
                run_after,
            )
            .await?;
        Ok(JobState::Queued)
    }

    /// A worker before this one settled it and did not come to say so, or a person cancelled it.
    async fn finish_settled(
        &self,
        job: &Job,
        owner: &str,
        delivery: &Delivery,
    ) -> Result<JobState, ServiceError> {
        let mut work = self.store.begin().await?;
        work.finish_job(job.id, owner, self.clock.now()).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::JOB_FINISHED,
            &format!("job/{}", job.id),
            json!({ "kind": job.task.kind(), "delivery": delivery.state }),
        )
        .await?;
        work.commit().await?;
        Ok(JobState::Done)
    }

    /// Gives a pending delivery up, in the caller's unit of work.
    pub(super) async fn bury_delivery(
        &self,
        work: &mut dyn UnitOfWork,
        id: DeliveryId,
        reason: &str,
    ) -> Result<(), ServiceError> {
        work.settle_delivery(id, DeliveryState::Dead, Some(reason))
            .await?;
        audit::record(
            work,
            self.clock(),
            Actor::worker().as_str(),
            audit::action::DELIVERY_BURIED,
            &format!("delivery/{id}"),
            json!({ "reason": reason }),
        )
        .await?;
        Ok(())
    }
}

/// Whether no further try can end otherwise: the address is forbidden, or the partner says that it
/// is gone for good.
fn is_final(attempt: &DeliveryAttempt) -> bool {
    /// # Source
    /// RFC 9110 section 15.5.11; the Standard Webhooks specification reads it as "stop".
    const GONE: u16 = 410;
    attempt.outcome == AttemptOutcome::AddressForbidden || attempt.status == Some(GONE)
}

fn attempt_of(
    answer: Result<u16, SendError>,
    at: Timestamp,
    ended_at: Timestamp,
) -> DeliveryAttempt {
    let (outcome, status, detail) = match answer {
        Ok(status) => {
            let (outcome, expected) = match status {
                200..=299 => (AttemptOutcome::Delivered, "taken"),
                300..=399 => (
                    AttemptOutcome::Redirected,
                    "a redirect, which is not followed: expected 200 to 299",
                ),
                _ => (AttemptOutcome::Refused, "refused: expected 200 to 299"),
            };
            let detail = format!("partner answered {status}, {expected}");
            (outcome, Some(status), detail)
        }
        Err(error) => {
            let outcome = match &error {
                SendError::AddressForbidden { .. } | SendError::NotSecure { .. } => {
                    AttemptOutcome::AddressForbidden
                }
                SendError::NoAddress { .. } | SendError::Unreachable { .. } => {
                    AttemptOutcome::Unreachable
                }
                SendError::Tls { .. } | SendError::Roots { .. } => AttemptOutcome::TlsFailed,
                SendError::TimedOut { .. } => AttemptOutcome::TimedOut,
            };
            (outcome, None, error.to_string())
        }
    };
    DeliveryAttempt {
        outcome,
        status,
        detail,
        at,
        ended_at,
    }
}

/// The pause after a try, in milliseconds: it doubles with each, up to the longest, and half of it
/// is drawn, so that partners that come back are not called by everything at once.
///
/// # Source
/// "Equal jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
fn pause_ms(attempt: u32, base_ms: u64, most_ms: u64, rng: &dyn Rng) -> u64 {
    let doublings = attempt.saturating_sub(1).min(MAX_DOUBLINGS);
    let whole = base_ms.saturating_mul(1 << doublings).min(most_ms);
    let half = whole / 2;
    let mut drawn = [0; 8];
    rng.fill(&mut drawn);
    let rest = whole - half;
    half + u64::from_le_bytes(drawn) % rest.saturating_add(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Drawn(u64);

    impl crate::domain::Rng for Drawn {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(self.0.to_le_bytes()) {
                *byte = value;
            }
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_between_half_and_the_whole(
            attempt in any::<u32>(),
            base_ms in 1u64..1_000_000_000,
            most_ms in 1u64..1_000_000_000_000,
            drawn in any::<u64>(),
        ) {
            let whole = base_ms
                .saturating_mul(1 << attempt.saturating_sub(1).min(32))
                .min(most_ms);
            let pause = pause_ms(attempt, base_ms, most_ms, &Drawn(drawn));
            prop_assert!(whole / 2 <= pause && pause <= whole);
        }
    }

    #[test]
    fn pauses_double() {
        let pauses = [1, 2, 3, 14, 1000].map(|n| pause_ms(n, 5_000, 21_600_000, &Drawn(0)));
        assert_eq!(pauses, [2_500, 5_000, 10_000, 10_800_000, 10_800_000]);
    }

    #[test]
    fn only_what_cannot_change_is_final() {
        let of = |answer| attempt_of(answer, Timestamp::from_millis(0), Timestamp::from_millis(1));
        assert_eq!(of(Ok(204)).outcome, AttemptOutcome::Delivered);
        assert_eq!(of(Ok(301)).outcome, AttemptOutcome::Redirected);
        for status in [100, 400, 404, 429, 500, 503] {
            let attempt = of(Ok(status));
            assert_eq!(attempt.outcome, AttemptOutcome::Refused);
            assert!(!is_final(&attempt));
        }
        assert!(is_final(&of(Ok(410))));
        let forbidden = SendError::NotSecure {
            host: "partner.example".to_owned(),
        };
        assert!(is_final(&of(Err(forbidden))));
    }
}
