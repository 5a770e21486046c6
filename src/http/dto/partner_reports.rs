//! What partners report back, as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{AlertId, PartnerAction, PartnerReport, Timestamp};
use crate::services::NewPartnerReport;

/// What a partner did about an alert.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PartnerAction)]
pub enum PartnerActionBody {
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

impl From<PartnerAction> for PartnerActionBody {
    fn from(action: PartnerAction) -> Self {
        match action {
            PartnerAction::NumberStopped => Self::NumberStopped,
            PartnerAction::PaymentStopped => Self::PaymentStopped,
            PartnerAction::AccountFrozen => Self::AccountFrozen,
            PartnerAction::CustomerWarned => Self::CustomerWarned,
            PartnerAction::NothingDone => Self::NothingDone,
        }
    }
}

impl From<PartnerActionBody> for PartnerAction {
    fn from(body: PartnerActionBody) -> Self {
        match body {
            PartnerActionBody::NumberStopped => Self::NumberStopped,
            PartnerActionBody::PaymentStopped => Self::PaymentStopped,
            PartnerActionBody::AccountFrozen => Self::AccountFrozen,
            PartnerActionBody::CustomerWarned => Self::CustomerWarned,
            PartnerActionBody::NothingDone => Self::NothingDone,
        }
    }
}

/// What a partner reported on an alert.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PartnerReport)]
pub struct PartnerReportBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Alert.
    pub alert_id: uuid::Uuid,
    /// Subscription.
    pub webhook_id: uuid::Uuid,
    /// What was done.
    pub action: PartnerActionBody,
    /// The partner's own reference.
    pub reference: Option<String>,
    /// Anything else.
    pub note: Option<String>,
    /// When it was done, as the partner says.
    #[schema(format = DateTime)]
    pub done_at: Option<String>,
    /// When the report came in.
    #[schema(format = DateTime)]
    pub received_at: String,
}

impl From<PartnerReport> for PartnerReportBody {
    fn from(report: PartnerReport) -> Self {
        Self {
            id: report.id.0,
            alert_id: report.alert_id.0,
            webhook_id: report.webhook_id.0,
            action: report.action.into(),
            reference: report.reference,
            note: report.note,
            done_at: report.done_at.map(|at| at.to_string()),
            received_at: report.received_at.to_string(),
        }
    }
}

/// What a partner reports on an alert.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnerReport)]
pub struct NewPartnerReportBody {
    /// Alert that the partner was told of.
    pub alert_id: uuid::Uuid,
    /// What was done.
    pub action: PartnerActionBody,
    /// The partner's own reference.
    pub reference: Option<String>,
    /// Anything else.
    pub note: Option<String>,
    /// When it was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Timestamp>,
}

impl From<NewPartnerReportBody> for NewPartnerReport {
    fn from(body: NewPartnerReportBody) -> Self {
        Self {
            alert_id: AlertId(body.alert_id),
            action: body.action.into(),
            reference: body.reference,
            note: body.note,
            done_at: body.done_at,
        }
    }
}
