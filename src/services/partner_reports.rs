//! A partner reports back what it did about an alert.

use serde_json::json;

use super::alerts::{found, was_told};
use super::cases::{MAX_TEXT_CHARS, check_name, check_text};
use super::raising::event_of;
use super::{ServiceError, Services};
use crate::audit;
use crate::delivery::{SignatureError, verify};
use crate::domain::{
    AlertId, PartnerAction, PartnerReport, PartnerReportId, Timestamp, WebhookId, WebhookState,
};

/// Longest id of a partner's message, and longest reference, in characters.
const MAX_REFERENCE_CHARS: usize = 256;

/// What a partner reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartnerReport {
    /// Alert.
    pub alert_id: AlertId,
    /// What was done.
    pub action: PartnerAction,
    /// The partner's own reference.
    pub reference: Option<String>,
    /// Anything else.
    pub note: Option<String>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// A report's envelope: its headers and the bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReport<'a> {
    /// The partner's id of the message.
    pub id: &'a str,
    /// When it was signed, in seconds, as it was sent.
    pub timestamp: &'a str,
    /// Its signatures.
    pub signatures: &'a str,
    /// Its bytes.
    pub body: &'a [u8],
}

impl Services {
    /// Believes a message of a partner that one of its secrets signed lately. Whoever is not known
    /// is told no more than one who signs wrongly.
    ///
    /// # Errors
    /// `Signature`.
    pub async fn check_report(
        &self,
        webhook_id: WebhookId,
        report: &SignedReport<'_>,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let mut reader = self.store.reader().await?;
        let webhook = reader.webhook(webhook_id).await?;
        if webhook.is_none_or(|webhook| webhook.state == WebhookState::Retired) {
            return Err(SignatureError::NoneFits.into());
        }
        let secrets = reader.webhook_secrets(webhook_id, now).await?;
        let keys = secrets.iter().map(|secret| secret.key.as_slice());
        let header = (report.id, report.timestamp, report.signatures);
        let tolerance_ms = self.settings.webhooks.tolerance_ms;
        Ok(verify(keys, header, report.body, now, tolerance_ms)?)
    }

    /// Keeps what a partner reports on an alert that it was told of. The same message again gets the
    /// same answer.
    ///
    /// # Errors
    /// `Invalid`; `NotFound` when the partner was not told of the alert.
    pub async fn take_report(
        &self,
        webhook_id: WebhookId,
        message_id: &str,
        new: NewPartnerReport,
    ) -> Result<PartnerReport, ServiceError> {
        check_name("webhook-id", message_id, MAX_REFERENCE_CHARS)?;
        check_text("reference", new.reference.as_deref(), MAX_REFERENCE_CHARS)?;
        check_text("note", new.note.as_deref(), MAX_TEXT_CHARS)?;
        let mut work = self.store.begin().await?;
        if let Some(kept) = work.partner_report(webhook_id, message_id).await? {
            return Ok(kept);
        }
        if !was_told(work.as_mut(), webhook_id, new.alert_id).await? {
            return Err(ServiceError::not_found("alert", new.alert_id));
        }
        let alert = found(work.as_mut(), new.alert_id).await?;
        let report = PartnerReport {
            id: PartnerReportId::new(self.clock(), self.rng.as_ref()),
            alert_id: new.alert_id,
            webhook_id,
            message_id: message_id.to_owned(),
            action: new.action,
            reference: new.reference,
            note: new.note,
            done_at: new.done_at,
            received_at: self.clock.now(),
        };
        work.insert_partner_report(&report).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            &format!("webhook/{webhook_id}"),
            audit::action::PARTNER_REPORTED,
            &format!("alert/{}", report.alert_id),
            json!({
                "report_id": report.id,
                "action": report.action,
                "done_at": report.done_at,
            }),
        )
        .await?;
        work.commit().await?;
        self.tell(event_of(&alert));
        Ok(report)
    }
}
