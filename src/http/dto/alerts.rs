//! Alerts as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::partner_reports::PartnerReportBody;
use super::webhooks::DeliveryBody;
use crate::domain::{
    Alert, AlertChange, AlertEvidence, AlertId, AlertMatter, AlertSighting, AlertState, Currency,
    Disposition, decimal_of_minor_units,
};
use crate::http::paging::PageBody;
use crate::services::AlertDetail;

/// How far an alert has come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertState)]
pub enum AlertStateBody {
    /// Nobody has taken it up.
    Open,
    /// Somebody has.
    Acknowledged,
    /// It was decided on.
    Disposed,
}

impl From<AlertState> for AlertStateBody {
    fn from(state: AlertState) -> Self {
        match state {
            AlertState::Open => Self::Open,
            AlertState::Acknowledged => Self::Acknowledged,
            AlertState::Disposed => Self::Disposed,
        }
    }
}

impl From<AlertStateBody> for AlertState {
    fn from(body: AlertStateBody) -> Self {
        match body {
            AlertStateBody::Open => Self::Open,
            AlertStateBody::Acknowledged => Self::Acknowledged,
            AlertStateBody::Disposed => Self::Disposed,
        }
    }
}

/// What was decided on an alert.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertOutcome)]
pub enum AlertOutcomeBody {
    /// What it says is so.
    Accepted,
    /// What it says is not so.
    False,
    /// Another alert says it already.
    Duplicate,
}

impl From<Disposition> for AlertOutcomeBody {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Accepted => Self::Accepted,
            Disposition::False => Self::False,
            Disposition::Duplicate { .. } => Self::Duplicate,
        }
    }
}

/// What a comparison of two voices says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertEvidence)]
pub struct AlertEvidenceBody {
    /// Cosine of the compensated embeddings.
    pub score: f32,
    /// Calibrated natural-log likelihood ratio.
    pub llr: f64,
    /// The same to base 10.
    pub log10_lr: f64,
    /// How many voices of other people are expected to reach this ratio in the gallery searched.
    pub expected_false: f64,
    /// Voices that were searched.
    pub gallery_size: u64,
    /// Name of the calibration.
    pub calibration: String,
    /// What lies outside its validity range, and `same_file` where both voices are of one file.
    pub outside: Vec<String>,
}

impl From<AlertEvidence> for AlertEvidenceBody {
    fn from(evidence: AlertEvidence) -> Self {
        Self {
            score: evidence.score.0,
            llr: evidence.llr.0,
            log10_lr: evidence.log10_lr,
            expected_false: evidence.expected_false,
            gallery_size: evidence.gallery_size,
            calibration: evidence.calibration,
            outside: evidence.outside,
        }
    }
}

/// What an alert is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertMatter)]
pub struct AlertMatterBody {
    /// Subject on a watch list.
    pub subject_id: Option<uuid::Uuid>,
    /// Voices, the one that was heard first.
    pub voice_ids: Vec<uuid::Uuid>,
    /// Recordings, in the order of the voices.
    pub recording_ids: Vec<uuid::Uuid>,
    /// Cases.
    pub case_ids: Vec<uuid::Uuid>,
    /// Link.
    pub link_id: Option<uuid::Uuid>,
    /// Identity group, where voices count as one speaker's for belonging to it.
    pub group_id: Option<uuid::Uuid>,
    /// Numbers.
    pub numbers: Vec<String>,
    /// Account.
    pub account: Option<String>,
    /// Amount received, in the smallest unit of its currency: ISO 4217 says how many make a whole.
    pub amount_minor: Option<i64>,
    /// The same as a decimal of whole units.
    pub amount: Option<String>,
    /// Currency.
    pub currency: Option<String>,
}

impl From<AlertMatter> for AlertMatterBody {
    fn from(matter: AlertMatter) -> Self {
        let (amount_minor, currency) = matter.amount_minor.unzip();
        let known = currency
            .as_deref()
            .and_then(|code| code.parse::<Currency>().ok());
        let amount = amount_minor
            .zip(known)
            .map(|(minor, currency)| decimal_of_minor_units(minor, &currency));
        Self {
            subject_id: matter.subject_id.map(|id| id.0),
            voice_ids: matter.voice_ids.into_iter().map(|id| id.0).collect(),
            recording_ids: matter.recording_ids.into_iter().map(|id| id.0).collect(),
            case_ids: matter.case_ids.into_iter().map(|id| id.0).collect(),
            link_id: matter.link_id,
            group_id: matter.group_id.map(|id| id.0),
            numbers: matter.numbers,
            account: matter.account,
            amount_minor,
            amount,
            currency,
        }
    }
}

/// The rule that raised an alert, as it was then.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertRule)]
pub struct AlertRuleBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Version.
    pub version: u32,
    /// Name.
    pub name: String,
    /// Kind of its condition.
    pub kind: String,
}

/// An alert: a rule's condition was met.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Alert)]
pub struct AlertBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Rule.
    pub rule: AlertRuleBody,
    /// What it is about, as first seen.
    pub matter: AlertMatterBody,
    /// What the voices say, as first seen; null where no voices were compared.
    pub evidence: Option<AlertEvidenceBody>,
    /// State.
    pub state: AlertStateBody,
    /// What was decided.
    pub outcome: Option<AlertOutcomeBody>,
    /// The alert that it repeats.
    pub duplicate_of: Option<uuid::Uuid>,
    /// How often it was seen.
    pub sightings: u32,
    /// When it was seen first.
    #[schema(format = DateTime)]
    pub first_seen_at: String,
    /// When it was seen last.
    #[schema(format = DateTime)]
    pub last_seen_at: String,
}

impl From<Alert> for AlertBody {
    fn from(alert: Alert) -> Self {
        let duplicate_of = alert.disposition.and_then(Disposition::duplicate_of);
        Self {
            id: alert.id.0,
            rule: AlertRuleBody {
                id: alert.rule_id.0,
                version: alert.rule_version,
                name: alert.rule_name,
                kind: alert.kind,
            },
            matter: alert.matter.into(),
            evidence: alert.evidence.map(Into::into),
            state: alert.state.into(),
            outcome: alert.disposition.map(Into::into),
            duplicate_of: duplicate_of.map(|id| id.0),
            sightings: alert.sightings,
            first_seen_at: alert.first_seen_at.to_string(),
            last_seen_at: alert.last_seen_at.to_string(),
        }
    }
}

/// Alerts, with how many there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertList {
    /// The alerts, the one seen first last.
    pub items: Vec<AlertBody>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
    /// All alerts of the archive by state.
    pub counts: AlertCountsBody,
}

impl AlertList {
    /// A page beside the counts.
    pub fn of(page: PageBody<AlertBody>, counts: &[(AlertState, u64)]) -> Self {
        let of = |state| {
            let found = counts.iter().find(|(other, _)| *other == state);
            found.map_or(0, |(_, count)| *count)
        };
        Self {
            items: page.items,
            next_cursor: page.next_cursor,
            counts: AlertCountsBody {
                open: of(AlertState::Open),
                acknowledged: of(AlertState::Acknowledged),
                disposed: of(AlertState::Disposed),
            },
        }
    }
}

/// Number of alerts by state.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertCounts)]
pub struct AlertCountsBody {
    /// Nobody has taken them up.
    pub open: u64,
    /// Somebody has.
    pub acknowledged: u64,
    /// They were decided on.
    pub disposed: u64,
}

/// One time that an alert's matter was seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertSighting)]
pub struct AlertSightingBody {
    /// Version of the rule.
    pub rule_version: u32,
    /// What it is about.
    pub matter: AlertMatterBody,
    /// What the voices say.
    pub evidence: Option<AlertEvidenceBody>,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<AlertSighting> for AlertSightingBody {
    fn from(sighting: AlertSighting) -> Self {
        Self {
            rule_version: sighting.rule_version,
            matter: sighting.matter.into(),
            evidence: sighting.evidence.map(Into::into),
            at: sighting.at.to_string(),
        }
    }
}

/// A change of an alert's state.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertChange)]
pub struct AlertChangeBody {
    /// What it became.
    pub state: AlertStateBody,
    /// What was decided.
    pub outcome: Option<AlertOutcomeBody>,
    /// The alert that it repeats.
    pub duplicate_of: Option<uuid::Uuid>,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<AlertChange> for AlertChangeBody {
    fn from(change: AlertChange) -> Self {
        let duplicate_of = change.disposition.and_then(Disposition::duplicate_of);
        Self {
            state: change.state.into(),
            outcome: change.disposition.map(Into::into),
            duplicate_of: duplicate_of.map(|id| id.0),
            author: change.author,
            reason: change.reason,
            at: change.at.to_string(),
        }
    }
}

/// An alert with everything that became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlertDetail)]
pub struct AlertDetailBody {
    /// The alert.
    #[serde(flatten)]
    pub alert: AlertBody,
    /// When it was seen, the newest first; at most a hundred.
    pub seen: Vec<AlertSightingBody>,
    /// Changes of its state, oldest first.
    pub changes: Vec<AlertChangeBody>,
    /// What partners reported, oldest first.
    pub reports: Vec<PartnerReportBody>,
    /// What partners were told, newest first; at most a hundred.
    pub deliveries: Vec<DeliveryBody>,
}

impl From<AlertDetail> for AlertDetailBody {
    fn from(detail: AlertDetail) -> Self {
        Self {
            alert: detail.alert.into(),
            seen: detail.sightings.into_iter().map(Into::into).collect(),
            changes: detail.changes.into_iter().map(Into::into).collect(),
            reports: detail.reports.into_iter().map(Into::into).collect(),
            deliveries: detail.deliveries.into_iter().map(Into::into).collect(),
        }
    }
}

/// Who takes an alert up.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Acknowledgement)]
pub struct AcknowledgementBody {
    /// Who.
    pub author: String,
}

/// What a person decides on an alert.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = NewDisposition)]
pub enum NewDispositionBody {
    /// What it says is so.
    Accepted {
        /// Who decides.
        author: String,
        /// Why.
        reason: String,
    },
    /// What it says is not so.
    False {
        /// Who decides.
        author: String,
        /// Why.
        reason: String,
    },
    /// Another alert says it already.
    Duplicate {
        /// That alert.
        duplicate_of: uuid::Uuid,
        /// Who decides.
        author: String,
        /// Why.
        reason: String,
    },
}

impl From<NewDispositionBody> for crate::services::Decision {
    fn from(body: NewDispositionBody) -> Self {
        let (disposition, author, reason) = match body {
            NewDispositionBody::Accepted { author, reason } => {
                (Disposition::Accepted, author, reason)
            }
            NewDispositionBody::False { author, reason } => (Disposition::False, author, reason),
            NewDispositionBody::Duplicate {
                duplicate_of,
                author,
                reason,
            } => {
                let duplicate_of = AlertId(duplicate_of);
                (Disposition::Duplicate { duplicate_of }, author, reason)
            }
        };
        Self {
            disposition,
            author,
            reason,
        }
    }
}
