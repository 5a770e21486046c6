//! Alerts, and everything that became of them.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    Alert, AlertChange, AlertId, AlertSighting, AlertState, CaseId, DispositionCounts, Page,
    PageRequest, PartnerReport, RuleId, Timestamp, WebhookId,
};

/// Narrows a list of alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// In this state.
    pub state: Option<AlertState>,
    /// Of this rule.
    pub rule_id: Option<RuleId>,
}

/// Looks at alerts.
#[async_trait]
pub trait AlertReader: Send {
    /// One alert.
    async fn alert(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError>;
    /// Alerts, the one seen first last.
    async fn alerts(
        &mut self,
        filter: &AlertFilter,
        page: PageRequest,
    ) -> Result<Page<Alert>, StoreError>;
    /// Number of alerts by state, every state once.
    async fn alert_counts(&mut self) -> Result<Vec<(AlertState, u64)>, StoreError>;
    /// The alert of a rule about `key` that is not disposed of and was seen at `since` or later.
    async fn undisposed_alert(
        &mut self,
        rule_id: RuleId,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Alert>, StoreError>;
    /// Whether a happening was counted for a rule and `key` before.
    async fn is_sighted(
        &mut self,
        rule_id: RuleId,
        key: &str,
        happening: &str,
    ) -> Result<bool, StoreError>;
    /// Sightings of an alert, the newest first, at most `limit`.
    async fn alert_sightings(
        &mut self,
        id: AlertId,
        limit: u32,
    ) -> Result<Vec<AlertSighting>, StoreError>;
    /// Changes of an alert's state, oldest first.
    async fn alert_changes(&mut self, id: AlertId) -> Result<Vec<AlertChange>, StoreError>;
    /// What partners reported on an alert, oldest first.
    async fn partner_reports(&mut self, id: AlertId) -> Result<Vec<PartnerReport>, StoreError>;
    /// The report that a partner's message brought.
    async fn partner_report(
        &mut self,
        webhook_id: WebhookId,
        message_id: &str,
    ) -> Result<Option<PartnerReport>, StoreError>;
    /// What was decided on the alerts of a rule, of one version where one is given.
    async fn disposition_counts(
        &mut self,
        rule_id: RuleId,
        version: Option<u32>,
    ) -> Result<DispositionCounts, StoreError>;
    /// Cases in which a number was seen, normalised, in calls or tables, by id.
    async fn cases_of_number(&mut self, number: &str) -> Result<Vec<CaseId>, StoreError>;
    /// The numbers that were seen last in a case, in recordings or tables, each once with its newest
    /// case, at most `limit`.
    async fn newest_numbers(&mut self, limit: u32) -> Result<Vec<(String, CaseId)>, StoreError>;
}

/// Changes alerts. What an alert says, its sightings and its changes are never altered.
#[async_trait]
pub trait AlertWriter: Send {
    /// Adds an alert with its first sighting.
    async fn insert_alert(
        &mut self,
        alert: &Alert,
        sighting: &AlertSighting,
    ) -> Result<(), StoreError>;
    /// Counts a further sighting. `Missing` when there is no such alert.
    async fn repeat_alert(
        &mut self,
        id: AlertId,
        sighting: &AlertSighting,
    ) -> Result<Alert, StoreError>;
    /// Gives an alert the state of `change` and keeps the change. `Missing` when there is no such
    /// alert, or none that it is said to be a duplicate of.
    async fn change_alert(
        &mut self,
        id: AlertId,
        change: &AlertChange,
    ) -> Result<Alert, StoreError>;
    /// Keeps a partner's report. `Conflict` when its message was kept before.
    async fn insert_partner_report(&mut self, report: &PartnerReport) -> Result<(), StoreError>;
}
