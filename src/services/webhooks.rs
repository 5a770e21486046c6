//! Partners' subscriptions are made and edited, their secrets replaced, and the way to them tried.

use serde_json::json;

use super::cases::check_name;
use super::watch_lists::MAX_REASON_CHARS;
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::delivery::{KEY_BYTES, Target, TargetError, secret_text};
use crate::domain::{
    Delivery, DeliveryEvent, DeliveryState, Page, PageRequest, RuleId, Webhook, WebhookId,
    WebhookSecret, WebhookState,
};
use crate::store::{Reader, UnitOfWork};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 256;
/// Most rules that a subscription may name.
const MAX_RULES: usize = 100;

/// A subscription to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewWebhook {
    /// Name of the partner.
    pub name: String,
    /// Address that is told.
    pub url: String,
    /// Rules whose alerts are told; empty for all.
    pub rule_ids: Vec<RuleId>,
}

/// What changes in a subscription; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookEdit {
    /// Name of the partner.
    pub name: Option<String>,
    /// Address that is told.
    pub url: Option<String>,
    /// Rules whose alerts are told; empty for all.
    pub rule_ids: Option<Vec<RuleId>>,
    /// State.
    pub state: Option<WebhookState>,
    /// Why.
    pub reason: String,
}

/// A subscription as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookView {
    /// The subscription.
    pub webhook: Webhook,
    /// Deliveries by state, every state once.
    pub deliveries: Vec<(DeliveryState, u64)>,
}

impl Services {
    /// Subscriptions, newest first.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn webhooks(&self, page: PageRequest) -> Result<Page<WebhookView>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let page = reader.webhooks(page).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for webhook in page.items {
            items.push(view(reader.as_mut(), webhook).await?);
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// One subscription.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn webhook(&self, id: WebhookId) -> Result<WebhookView, ServiceError> {
        let mut reader = self.store.reader().await?;
        let webhook = found(reader.as_mut(), id).await?;
        view(reader.as_mut(), webhook).await
    }

    /// Makes a subscription. Its secret is returned here and nowhere else.
    ///
    /// # Errors
    /// `Invalid`; `Conflict` when the name is taken.
    pub async fn make_webhook(
        &self,
        actor: &Actor,
        new: NewWebhook,
    ) -> Result<(WebhookView, String), ServiceError> {
        let webhook = Webhook {
            id: WebhookId::new(self.clock(), self.rng.as_ref()),
            name: new.name,
            url: new.url,
            rule_ids: new.rule_ids,
            state: WebhookState::Active,
            version: 1,
            created_at: self.clock.now(),
        };
        let secret = self.new_secret();
        let mut work = self.store.begin().await?;
        self.check_webhook(work.as_mut(), &webhook).await?;
        work.insert_webhook(&webhook, &secret).await?;
        self.record_webhook(
            work.as_mut(),
            actor,
            audit::action::WEBHOOK_MADE,
            &webhook,
            None,
        )
        .await?;
        let made = view(work.as_mut(), webhook).await?;
        work.commit().await?;
        Ok((made, secret_text(&secret.key)))
    }

    /// Edits a subscription whose version the caller knows, or changes its state.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Conflict`, `State` when it is retired, or `Stale` when somebody
    /// edited it meanwhile.
    pub async fn edit_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        version: u32,
        edit: WebhookEdit,
    ) -> Result<WebhookView, ServiceError> {
        check_name("reason", &edit.reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        let present = usable(work.as_mut(), id).await?;
        let wanted = Webhook {
            name: edit.name.unwrap_or(present.name),
            url: edit.url.unwrap_or(present.url),
            rule_ids: edit.rule_ids.unwrap_or(present.rule_ids),
            state: edit.state.unwrap_or(present.state),
            version,
            ..present
        };
        // What is no longer told may have an address that is no longer allowed.
        if wanted.state == WebhookState::Active {
            self.check_webhook(work.as_mut(), &wanted).await?;
        }
        let webhook = work.update_webhook(&wanted).await?;
        self.record_webhook(
            work.as_mut(),
            actor,
            audit::action::WEBHOOK_EDITED,
            &webhook,
            Some(&edit.reason),
        )
        .await?;
        let edited = view(work.as_mut(), webhook).await?;
        work.commit().await?;
        Ok(edited)
    }

    /// Gives a subscription a new secret, which is returned here and nowhere else. The old one stays
    /// valid for a while, so that the partner can change over.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`; `State` when it is retired.
    pub async fn replace_webhook_secret(
        &self,
        actor: &Actor,
        id: WebhookId,
        reason: String,
    ) -> Result<(WebhookView, String), ServiceError> {
        check_name("reason", &reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        let webhook = usable(work.as_mut(), id).await?;
        let overlap_ms = self.settings.webhooks.secret_overlap_ms;
        let overlap_ms = i64::try_from(overlap_ms).unwrap_or(i64::MAX);
        let until = self.clock.now().plus_millis(overlap_ms);
        let secret = self.new_secret();
        work.replace_webhook_secret(id, &secret, until).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::WEBHOOK_SECRET_REPLACED,
            &format!("webhook/{id}"),
            json!({ "old_valid_until": until, "reason": reason }),
        )
        .await?;
        let view = view(work.as_mut(), webhook).await?;
        work.commit().await?;
        Ok((view, secret_text(&secret.key)))
    }

    /// Queues a message that tells nothing, so that a person sees whether the way works.
    ///
    /// # Errors
    /// `NotFound`; `State` when the subscription is not active.
    pub async fn test_webhook(&self, id: WebhookId) -> Result<Delivery, ServiceError> {
        let mut work = self.store.begin().await?;
        let webhook = found(work.as_mut(), id).await?;
        if webhook.state != WebhookState::Active {
            return Err(webhook_state(webhook.state, "active"));
        }
        let data = json!({ "webhook_id": id });
        let delivery = self
            .queue_message(work.as_mut(), &webhook, None, DeliveryEvent::Test, data)
            .await?;
        work.commit().await?;
        Ok(delivery)
    }

    fn new_secret(&self) -> WebhookSecret {
        let mut key = vec![0; KEY_BYTES];
        self.rng.fill(&mut key);
        WebhookSecret {
            key,
            created_at: self.clock.now(),
            valid_until: None,
        }
    }

    async fn check_webhook(
        &self,
        reader: &mut dyn UnitOfWork,
        webhook: &Webhook,
    ) -> Result<(), ServiceError> {
        check_name("name", &webhook.name, MAX_NAME_CHARS)?;
        let invalid = |field, found: String, expected: &str| ServiceError::Invalid {
            field,
            found,
            expected: expected.to_owned(),
        };
        let target = Target::parse(&webhook.url)
            .map_err(|error| invalid("url", error.to_string(), TargetError::EXPECTED))?;
        self.sender.check(&target).map_err(|_| {
            invalid(
                "url",
                format!("an address that is not called, {target}"),
                "https and a public address, or one that the setting webhooks.allow_private names",
            )
        })?;
        if webhook.rule_ids.len() > MAX_RULES {
            return Err(invalid(
                "rule_ids",
                format!("a list of {}", webhook.rule_ids.len()),
                "at most 100 rules",
            ));
        }
        for rule in &webhook.rule_ids {
            if reader.rule(*rule).await?.is_none() {
                return Err(invalid("rule_ids", rule.to_string(), "ids of rules"));
            }
        }
        Ok(())
    }

    async fn record_webhook(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        action: &str,
        webhook: &Webhook,
        reason: Option<&str>,
    ) -> Result<(), ServiceError> {
        // Addresses of partners may hold tokens in their path, so the chain keeps the host.
        let host = Target::parse(&webhook.url).map_or_else(|_| String::new(), |t| t.to_string());
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            action,
            &format!("webhook/{}", webhook.id),
            json!({
                "version": webhook.version,
                "host": host,
                "rule_ids": webhook.rule_ids,
                "state": webhook.state,
                "reason": reason,
            }),
        )
        .await?;
        Ok(())
    }
}

/// The subscription with this id.
pub(super) async fn found<R: Reader + ?Sized>(
    reader: &mut R,
    id: WebhookId,
) -> Result<Webhook, ServiceError> {
    let webhook = reader.webhook(id).await?;
    webhook.ok_or_else(|| ServiceError::not_found("webhook", id))
}

/// The subscription with this id, unless it is retired.
async fn usable<R: Reader + ?Sized>(
    reader: &mut R,
    id: WebhookId,
) -> Result<Webhook, ServiceError> {
    let webhook = found(reader, id).await?;
    match webhook.state {
        WebhookState::Active | WebhookState::Paused => Ok(webhook),
        WebhookState::Retired => Err(webhook_state(webhook.state, "active or paused")),
    }
}

pub(super) fn webhook_state(found: WebhookState, expected: &'static str) -> ServiceError {
    ServiceError::State {
        what: "webhook",
        found: found.as_str(),
        expected,
    }
}

async fn view<R: Reader + ?Sized>(
    reader: &mut R,
    webhook: Webhook,
) -> Result<WebhookView, ServiceError> {
    Ok(WebhookView {
        deliveries: reader.delivery_counts(Some(webhook.id)).await?,
        webhook,
    })
}
