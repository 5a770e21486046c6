//! What happened is held against the active rules; what meets one is an alert, and partners are told.

use serde_json::json;

use super::{Actor, Event, ServiceError, Services};
use crate::alerting::{Finding, evaluate};
use crate::audit;
use crate::domain::{
    Alert, AlertId, AlertMatter, AlertSighting, AlertState, DeliveryEvent, Happening, Rule,
    Timestamp, WatchedValue, Webhook,
};
use crate::store::UnitOfWork;

/// Alerts of one call, and what listeners are to hear of them once they are committed.
#[derive(Debug, Default)]
pub(super) struct Raised {
    /// Alerts that are new.
    pub(super) alerts: u32,
    /// Alerts that were seen again.
    pub(super) repeats: u32,
    /// What listeners are to hear after the commit, with [`Services::tell_all`].
    pub(super) events: Vec<Event>,
}

impl Services {
    /// Holds what happened against the active rules, in the unit of work that made it happen: the
    /// alerts, their audit rows and the messages to partners commit with it or not at all. Hearing of
    /// the same happening again changes nothing.
    ///
    /// The caller commits and then tells listeners.
    ///
    /// # Errors
    /// The store could not do it.
    pub(super) async fn raise_alerts(
        &self,
        work: &mut dyn UnitOfWork,
        happenings: &[Happening],
    ) -> Result<Raised, ServiceError> {
        let mut raised = Raised::default();
        if happenings.is_empty() {
            return Ok(raised);
        }
        let rules = work.active_rules().await?;
        if rules.is_empty() {
            return Ok(raised);
        }
        let partners = work.active_webhooks().await?;
        self.raise_by(work, (&rules, &partners), happenings, &mut raised)
            .await?;
        Ok(raised)
    }

    /// Holds happenings against these rules, and tells these partners.
    pub(super) async fn raise_by(
        &self,
        work: &mut dyn UnitOfWork,
        (rules, partners): (&[Rule], &[Webhook]),
        happenings: &[Happening],
        raised: &mut Raised,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        for happening in happenings {
            let watched = work.watched(&watchable(happening), now).await?;
            for finding in evaluate(rules, happening, &watched) {
                self.sighted(work, &finding, happening, now, partners, raised)
                    .await?;
            }
        }
        Ok(())
    }

    /// Tells listeners of what was committed.
    pub(super) fn tell_all(&self, events: Vec<Event>) {
        events.into_iter().for_each(|event| self.tell(event));
    }

    async fn sighted(
        &self,
        work: &mut dyn UnitOfWork,
        finding: &Finding<'_>,
        happening: &Happening,
        now: Timestamp,
        partners: &[Webhook],
        raised: &mut Raised,
    ) -> Result<(), ServiceError> {
        let rule = finding.rule;
        let sighting = AlertSighting {
            happening: happening.key(),
            rule_version: rule.version,
            matter: finding.matter.clone(),
            evidence: finding.evidence.clone(),
            at: now,
        };
        if work
            .is_sighted(rule.id, &finding.key, &sighting.happening)
            .await?
        {
            return Ok(());
        }
        let window_ms = i64::try_from(rule.repeat_window_ms).unwrap_or(i64::MAX);
        let since = now.plus_millis(window_ms.saturating_neg());
        let known = work.undisposed_alert(rule.id, &finding.key, since).await?;
        if let (Some(known), Happening::SpeakerGrouped(_)) = (&known, happening)
            && is_told(&known.matter, &finding.matter)
        {
            // The calls were told when they were heard; that their voices form a group is not new.
            return Ok(());
        }
        let (alert, action) = match known {
            Some(known) => {
                raised.repeats += 1;
                let alert = work.repeat_alert(known.id, &sighting).await?;
                (alert, audit::action::ALERT_REPEATED)
            }
            None => {
                raised.alerts += 1;
                let alert = self.new_alert(finding, now);
                work.insert_alert(&alert, &sighting).await?;
                (alert, audit::action::ALERT_RAISED)
            }
        };
        audit::record(
            work,
            self.clock(),
            Actor::service().as_str(),
            action,
            &format!("alert/{}", alert.id),
            json!({
                "rule_id": rule.id,
                "rule_version": rule.version,
                "sightings": alert.sightings,
                "subject_id": sighting.matter.subject_id,
                "voice_ids": sighting.matter.voice_ids,
                "case_ids": sighting.matter.case_ids,
                "log10_lr": sighting.evidence.as_ref().map(|evidence| evidence.log10_lr),
            }),
        )
        .await?;
        if alert.sightings == 1 {
            let told: Vec<&Webhook> = partners.iter().filter(|one| one.wants(rule.id)).collect();
            self.queue_alert_messages(work, &told, &alert, DeliveryEvent::AlertRaised)
                .await?;
        }
        raised.events.push(event_of(&alert));
        Ok(())
    }

    fn new_alert(&self, finding: &Finding<'_>, now: Timestamp) -> Alert {
        let rule = finding.rule;
        Alert {
            id: AlertId::new(self.clock(), self.rng.as_ref()),
            rule_id: rule.id,
            rule_version: rule.version,
            rule_name: rule.name.clone(),
            kind: rule.condition.kind().to_owned(),
            key: finding.key.clone(),
            matter: finding.matter.clone(),
            evidence: finding.evidence.clone(),
            state: AlertState::Open,
            disposition: None,
            sightings: 1,
            first_seen_at: now,
            last_seen_at: now,
        }
    }
}

/// Whether an alert names every number of a finding.
fn is_told(known: &AlertMatter, found: &AlertMatter) -> bool {
    found
        .numbers
        .iter()
        .all(|number| known.numbers.contains(number))
}

/// What listeners hear of an alert.
pub(super) fn event_of(alert: &Alert) -> Event {
    Event::Alert {
        id: alert.id,
        state: alert.state,
        sightings: alert.sightings,
    }
}

/// Who and what of a happening may be on a watch list.
pub(super) fn watchable(happening: &Happening) -> Vec<WatchedValue> {
    let mut values: Vec<WatchedValue> = match happening {
        Happening::VoiceHeard(heard) => heard
            .likenesses
            .iter()
            .filter_map(|likeness| likeness.subject_id.map(WatchedValue::Subject))
            .collect(),
        Happening::NumberSeen(seen) => vec![WatchedValue::Number(seen.number.clone())],
        Happening::TransferReceived(transfer) => {
            vec![WatchedValue::Account(transfer.account.clone())]
        }
        Happening::LinkMade(_) | Happening::SpeakerGrouped(_) => Vec::new(),
    };
    values.sort_unstable();
    values.dedup();
    values
}
