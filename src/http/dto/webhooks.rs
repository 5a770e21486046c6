//! Partners' subscriptions and deliveries as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Delivery, DeliveryAttempt, DeliveryState, WebhookState};
use crate::http::paging::PageBody;
use crate::services::WebhookView;

/// Whether a partner is told.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookState)]
pub enum WebhookStateBody {
    /// Told.
    Active,
    /// Not told for the time being.
    Paused,
    /// Not told any more.
    Retired,
}

impl From<WebhookState> for WebhookStateBody {
    fn from(state: WebhookState) -> Self {
        match state {
            WebhookState::Active => Self::Active,
            WebhookState::Paused => Self::Paused,
            WebhookState::Retired => Self::Retired,
        }
    }
}

impl From<WebhookStateBody> for WebhookState {
    fn from(body: WebhookStateBody) -> Self {
        match body {
            WebhookStateBody::Active => Self::Active,
            WebhookStateBody::Paused => Self::Paused,
            WebhookStateBody::Retired => Self::Retired,
        }
    }
}

/// Number of deliveries by state.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DeliveryCounts)]
pub struct DeliveryCountsBody {
    /// To be tried, or tried again.
    pub pending: u64,
    /// Taken by the partner.
    pub delivered: u64,
    /// Given up.
    pub dead: u64,
}

/// A partner's subscription to alerts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name of the partner.
    pub name: String,
    /// Address that is told.
    pub url: String,
    /// Rules whose alerts are told; empty for all.
    pub rule_ids: Vec<uuid::Uuid>,
    /// State.
    pub state: WebhookStateBody,
    /// Deliveries by state.
    pub deliveries: DeliveryCountsBody,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<WebhookView> for WebhookBody {
    fn from(view: WebhookView) -> Self {
        let of = |state| {
            let found = view.deliveries.iter().find(|(other, _)| *other == state);
            found.map_or(0, |(_, count)| *count)
        };
        let deliveries = DeliveryCountsBody {
            pending: of(DeliveryState::Pending),
            delivered: of(DeliveryState::Delivered),
            dead: of(DeliveryState::Dead),
        };
        let webhook = view.webhook;
        Self {
            id: webhook.id.0,
            name: webhook.name,
            url: webhook.url,
            rule_ids: webhook.rule_ids.into_iter().map(|id| id.0).collect(),
            state: webhook.state.into(),
            deliveries,
            version: webhook.version,
            created_at: webhook.created_at.to_string(),
        }
    }
}

/// A page of subscriptions.
pub type WebhookPage = PageBody<WebhookBody>;

/// A subscription with its secret, which is shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub struct WebhookSecretBody {
    /// The subscription.
    #[serde(flatten)]
    pub webhook: WebhookBody,
    /// What messages are signed with; null when the same request is answered again.
    pub secret: Option<String>,
}

/// A subscription to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub struct NewWebhookBody {
    /// Name of the partner; no two are the same.
    pub name: String,
    /// Address that is told: https, at a public address or one that the settings name.
    pub url: String,
    /// Rules whose alerts are told; all when it is left out.
    #[serde(default)]
    pub rule_ids: Vec<uuid::Uuid>,
}

/// What changes in a subscription; what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookEdit)]
pub struct WebhookEditBody {
    /// Name of the partner.
    pub name: Option<String>,
    /// Address that is told.
    pub url: Option<String>,
    /// Rules whose alerts are told; empty for all.
    pub rule_ids: Option<Vec<uuid::Uuid>>,
    /// State; a retired subscription stays retired.
    pub state: Option<WebhookStateBody>,
    /// Why.
    pub reason: String,
}

/// One try of a delivery.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
pub struct DeliveryAttemptBody {
    /// `delivered`, `redirected`, `refused`, `timed_out`, `unreachable`, `address_forbidden` or
    /// `tls_failed`.
    pub outcome: String,
    /// Status that the partner answered with.
    pub status: Option<u16>,
    /// What happened.
    pub detail: String,
    /// When it began.
    #[schema(format = DateTime)]
    pub at: String,
    /// How long it took.
    pub took_ms: u64,
}

impl From<DeliveryAttempt> for DeliveryAttemptBody {
    fn from(attempt: DeliveryAttempt) -> Self {
        let took_ms = attempt.ended_at.as_millis() - attempt.at.as_millis();
        Self {
            outcome: attempt.outcome.as_str().to_owned(),
            status: attempt.status,
            detail: attempt.detail,
            at: attempt.at.to_string(),
            took_ms: u64::try_from(took_ms).unwrap_or(0),
        }
    }
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryState)]
pub enum DeliveryStateBody {
    /// To be tried, or tried again.
    Pending,
    /// The partner took it.
    Delivered,
    /// Given up.
    Dead,
}

impl From<DeliveryState> for DeliveryStateBody {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Pending => Self::Pending,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Dead => Self::Dead,
        }
    }
}

impl From<DeliveryStateBody> for DeliveryState {
    fn from(body: DeliveryStateBody) -> Self {
        match body {
            DeliveryStateBody::Pending => Self::Pending,
            DeliveryStateBody::Delivered => Self::Delivered,
            DeliveryStateBody::Dead => Self::Dead,
        }
    }
}

/// A message to a partner.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryBody {
    /// Id, which the message carries as `webhook-id`; the same at every try.
    pub id: uuid::Uuid,
    /// Subscription.
    pub webhook_id: uuid::Uuid,
    /// Alert that it tells of.
    pub alert_id: Option<uuid::Uuid>,
    /// `alert.raised`, `alert.disposed` or `webhook.test`.
    pub event: String,
    /// State.
    pub state: DeliveryStateBody,
    /// Why it was given up.
    pub reason: Option<String>,
    /// Every try, oldest first.
    pub attempts: Vec<DeliveryAttemptBody>,
    /// When it was queued.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            webhook_id: delivery.webhook_id.0,
            alert_id: delivery.alert_id.map(|id| id.0),
            event: delivery.event.as_str().to_owned(),
            state: delivery.state.into(),
            reason: delivery.reason,
            attempts: delivery.attempts.into_iter().map(Into::into).collect(),
            created_at: delivery.created_at.to_string(),
        }
    }
}

/// A page of deliveries.
pub type DeliveryPage = PageBody<DeliveryBody>;

/// One delivery with its message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DeliveryDetail)]
pub struct DeliveryDetailBody {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryBody,
    /// The message, to the byte.
    pub body: String,
}
