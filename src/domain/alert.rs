//! Alerts: a rule's condition was met. An alert says what was found and how much it weighs, never
//! who did what.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ids::{
    AlertId, CaseId, GroupId, PartnerReportId, RecordingId, RuleId, SubjectId, VoiceId, WebhookId,
};
use super::time::Timestamp;
use super::units::{Llr, Score};

/// What a comparison of two voices says, as an alert keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertEvidence {
    /// Cosine of the compensated embeddings.
    pub score: Score,
    /// Calibrated natural-log likelihood ratio.
    pub llr: Llr,
    /// The same to base 10.
    pub log10_lr: f64,
    /// How many voices of other people are expected to reach this ratio in the gallery searched.
    pub expected_false: f64,
    /// Voices that were searched.
    pub gallery_size: u64,
    /// Name of the calibration.
    pub calibration: String,
    /// What lies outside its validity range; empty when nothing does.
    pub outside: Vec<String>,
}

/// What an alert is about: ids, numbers and accounts; no names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertMatter {
    /// Subject on a watch list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<SubjectId>,
    /// Voices, the one that was heard first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voice_ids: Vec<VoiceId>,
    /// Recordings, in the order of the voices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recording_ids: Vec<RecordingId>,
    /// Cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub case_ids: Vec<CaseId>,
    /// Link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_id: Option<Uuid>,
    /// Identity group, where voices count as one speaker's for belonging to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// Numbers, normalised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// Account, normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Amount received in the smallest unit of its currency, and the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<(i64, String)>,
}

/// How far an alert has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Nobody has taken it up.
    Open,
    /// Somebody has.
    Acknowledged,
    /// It was decided on.
    Disposed,
}

impl AlertState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Disposed => "disposed",
        }
    }
}

/// What was decided on an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Disposition {
    /// What it says is so.
    Accepted,
    /// What it says is not so.
    False,
    /// Another alert says it already.
    Duplicate {
        /// That alert.
        duplicate_of: AlertId,
    },
}

impl Disposition {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::False => "false",
            Self::Duplicate { .. } => "duplicate",
        }
    }

    /// The alert that says it already.
    pub const fn duplicate_of(self) -> Option<AlertId> {
        match self {
            Self::Duplicate { duplicate_of } => Some(duplicate_of),
            Self::Accepted | Self::False => None,
        }
    }
}

/// What was decided on the alerts of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DispositionCounts {
    /// Alerts that say what is so.
    pub accepted: u64,
    /// Alerts that do not.
    pub wrong: u64,
    /// Alerts that another one says already.
    pub duplicate: u64,
    /// Alerts that nobody has decided on.
    pub undecided: u64,
}

/// One change of an alert's state. Changes are kept for ever; the last one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChange {
    /// What it became.
    pub state: AlertState,
    /// What was decided, for `Disposed`.
    pub disposition: Option<Disposition>,
    /// Who decided, as that person gives it.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
    /// Through what, as audit rows name it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// A rule's condition was met.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Id.
    pub id: AlertId,
    /// Rule.
    pub rule_id: RuleId,
    /// Version of the rule that raised it.
    pub rule_version: u32,
    /// Name of the rule at that version.
    pub rule_name: String,
    /// Kind of the rule's condition.
    pub kind: String,
    /// What it is about, as a key: the same again within the rule's window is counted with it.
    pub key: String,
    /// What it is about, as first seen.
    pub matter: AlertMatter,
    /// What the voices say, where voices were compared, as first seen.
    pub evidence: Option<AlertEvidence>,
    /// How far it has come.
    pub state: AlertState,
    /// What was decided.
    pub disposition: Option<Disposition>,
    /// How often it was seen, from 1.
    pub sightings: u32,
    /// When it was seen first.
    pub first_seen_at: Timestamp,
    /// When it was seen last.
    pub last_seen_at: Timestamp,
}

/// One time that an alert's matter was seen. Sightings are kept for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertSighting {
    /// What happened, as a key; one happening counts once.
    pub happening: String,
    /// Version of the rule.
    pub rule_version: u32,
    /// What it is about.
    pub matter: AlertMatter,
    /// What the voices say.
    pub evidence: Option<AlertEvidence>,
    /// When.
    pub at: Timestamp,
}

/// What a partner did about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerAction {
    /// A telecom stopped the number.
    NumberStopped,
    /// A payment was stopped.
    PaymentStopped,
    /// An account was frozen.
    AccountFrozen,
    /// A customer was warned.
    CustomerWarned,
    /// Nothing was done; the note says why.
    NothingDone,
}

impl PartnerAction {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberStopped => "number_stopped",
            Self::PaymentStopped => "payment_stopped",
            Self::AccountFrozen => "account_frozen",
            Self::CustomerWarned => "customer_warned",
            Self::NothingDone => "nothing_done",
        }
    }
}

/// What a partner reports back on an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerReport {
    /// Id.
    pub id: PartnerReportId,
    /// Alert.
    pub alert_id: AlertId,
    /// Subscription whose secret signed it.
    pub webhook_id: WebhookId,
    /// The partner's id of the message; one message counts once.
    pub message_id: String,
    /// What was done.
    pub action: PartnerAction,
    /// The partner's own reference.
    pub reference: Option<String>,
    /// Anything else.
    pub note: Option<String>,
    /// When it was done, as the partner says.
    pub done_at: Option<Timestamp>,
    /// When the report came in.
    pub received_at: Timestamp,
}
