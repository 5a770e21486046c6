//! Partners who are told of alerts, and what was delivered to them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, DeliveryId, RuleId, WebhookId};
use super::time::Timestamp;

/// Whether a partner is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Told.
    Active,
    /// Not told for the time being.
    Paused,
    /// Not told any more.
    Retired,
}

impl WebhookState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Retired => "retired",
        }
    }
}

/// A partner's subscription to alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Id.
    pub id: WebhookId,
    /// Name of the partner.
    pub name: String,
    /// Address that is told.
    pub url: String,
    /// Rules whose alerts are told; empty for all.
    pub rule_ids: Vec<RuleId>,
    /// Its state.
    pub state: WebhookState,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Webhook {
    /// Whether alerts of a rule are told.
    pub fn wants(&self, rule: RuleId) -> bool {
        self.state == WebhookState::Active
            && (self.rule_ids.is_empty() || self.rule_ids.contains(&rule))
    }
}

/// What messages between a partner and the service are signed with. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    /// The key.
    pub key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ceases to be valid, once another has taken its place.
    pub valid_until: Option<Timestamp>,
}

impl WebhookSecret {
    /// Whether it is valid at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.valid_until.is_none_or(|end| now < end)
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSecret")
            .field("created_at", &self.created_at)
            .field("valid_until", &self.valid_until)
            .finish_non_exhaustive()
    }
}

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeliveryEvent {
    /// An alert was raised.
    #[serde(rename = "alert.raised")]
    AlertRaised,
    /// An alert was decided on.
    #[serde(rename = "alert.disposed")]
    AlertDisposed,
    /// Nothing: a person tries the way.
    #[serde(rename = "webhook.test")]
    Test,
}

impl DeliveryEvent {
    /// The name used in messages, the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlertRaised => "alert.raised",
            Self::AlertDisposed => "alert.disposed",
            Self::Test => "webhook.test",
        }
    }
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be tried, or tried again.
    Pending,
    /// The partner took it.
    Delivered,
    /// Given up; the dead-letter state.
    Dead,
}

impl DeliveryState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The partner took it: a status of the 2xx.
    Delivered,
    /// The partner answered with a redirect, which is not followed.
    Redirected,
    /// The partner answered with another status.
    Refused,
    /// No answer in time.
    TimedOut,
    /// No connection, or one that broke.
    Unreachable,
    /// The address is one that must not be called.
    AddressForbidden,
    /// The partner's certificate is not trusted, or there is no common TLS.
    TlsFailed,
}

impl AttemptOutcome {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Redirected => "redirected",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::AddressForbidden => "address_forbidden",
            Self::TlsFailed => "tls_failed",
        }
    }
}

/// One try of a delivery. Tries are kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Status that the partner answered with.
    pub status: Option<u16>,
    /// What happened, in words.
    pub detail: String,
    /// When it began.
    pub at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// A message to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Id, which the message carries; the same at every try.
    pub id: DeliveryId,
    /// Subscription.
    pub webhook_id: WebhookId,
    /// Alert that it tells of.
    pub alert_id: Option<AlertId>,
    /// What it tells.
    pub event: DeliveryEvent,
    /// The message, to the byte.
    pub body: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// Why it was given up.
    pub reason: Option<String>,
    /// Every try, oldest first.
    pub attempts: Vec<DeliveryAttempt>,
    /// When it was queued.
    pub created_at: Timestamp,
}
