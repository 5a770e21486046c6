//! A rule is tried out on what the archive holds already, without raising an alert; or raises its
//! alerts for it, where a person wants that.

use serde_json::json;

use super::cases::check_name;
use super::raising::{Raised, watchable};
use super::rules::{found, rule_state};
use super::watch_lists::MAX_REASON_CHARS;
use super::{Actor, ServiceError, Services};
use crate::alerting::evaluate;
use crate::audit;
use crate::domain::{AlertEvidence, AlertMatter, Happening, Rule, RuleId, RuleState};

/// Recordings, numbers, links or transfers that are looked at where no number is given, and at most.
const DEFAULT_LIMIT: u32 = 200;
const MAX_LIMIT: u32 = 1000;
/// Most findings that are returned; all are counted.
const MOST_FINDINGS: usize = 50;

/// An alert that a rule would have raised.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedFinding {
    /// What it is about, as a key.
    pub key: String,
    /// How often it would have been seen.
    pub sightings: u32,
    /// What it is about, as first found.
    pub matter: AlertMatter,
    /// What the voices say.
    pub evidence: Option<AlertEvidence>,
}

/// What a rule would have raised.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleCheck {
    /// Version of the rule that was tried.
    pub rule_version: u32,
    /// What was looked at: `recordings`, `numbers`, `links` or `transfers`. For watched numbers and
    /// accounts, those of the lists in force alone.
    pub looked_at: &'static str,
    /// How many of them, the newest.
    pub count: u64,
    /// Whether that is all that there are.
    pub is_whole: bool,
    /// Alerts that it would have raised.
    pub alerts: u64,
    /// Some of them, the strongest first.
    pub findings: Vec<CheckedFinding>,
}

/// Whether partners are told of alerts that are raised for the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partners {
    /// As of any other alert.
    Told,
    /// Nobody is told.
    NotTold,
}

/// How alerts are raised for the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRequest {
    /// The newest things that are looked at; 200 where no number is given.
    pub limit: Option<u32>,
    /// Whether partners are told.
    pub partners: Partners,
    /// Why.
    pub reason: String,
}

/// What was raised for the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedPast {
    /// Version of the rule.
    pub rule_version: u32,
    /// What was looked at, as [`RuleCheck::looked_at`].
    pub looked_at: &'static str,
    /// How many of them, the newest.
    pub count: u64,
    /// Whether that is all that there are.
    pub is_whole: bool,
    /// Alerts that are new.
    pub alerts: u32,
    /// Sightings of alerts that were there.
    pub repeats: u32,
}

impl Services {
    /// Tries a rule, whatever its state, on the newest `limit` things of the archive that it speaks
    /// of.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` limit.
    pub async fn check_rule_on_archive(
        &self,
        actor: &Actor,
        id: RuleId,
        limit: Option<u32>,
    ) -> Result<RuleCheck, ServiceError> {
        let limit = checked_limit(limit)?;
        let mut reader = self.store.reader().await?;
        let rule = Rule {
            state: RuleState::Active,
            ..found(reader.as_mut(), id).await?
        };
        drop(reader);
        let past = self.past_for(&rule, limit).await?;
        let mut findings = self.findings_of(&rule, &past.happenings).await?;
        findings.sort_by(|left, right| {
            let strength = |finding: &CheckedFinding| {
                let evidence = finding.evidence.as_ref();
                evidence.map_or(0.0, |evidence| evidence.log10_lr)
            };
            strength(right).total_cmp(&strength(left))
        });
        let alerts = findings.len() as u64;
        findings.truncate(MOST_FINDINGS);
        let check = RuleCheck {
            rule_version: rule.version,
            looked_at: past.looked_at,
            count: past.count,
            is_whole: past.is_whole,
            alerts,
            findings,
        };
        self.record_check(actor, id, &check).await?;
        Ok(check)
    }

    /// Raises the alerts that an active rule would have raised on the newest `limit` things of the
    /// archive, as a person chose. What was counted for it before is not counted again, so a second
    /// call changes nothing.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` limit or reason; `State` when the rule is not active; `Stale` when
    /// somebody edited it meanwhile.
    pub async fn raise_for_past(
        &self,
        actor: &Actor,
        id: RuleId,
        request: PastRequest,
    ) -> Result<RaisedPast, ServiceError> {
        let limit = checked_limit(request.limit)?;
        check_name("reason", &request.reason, MAX_REASON_CHARS)?;
        let mut reader = self.store.reader().await?;
        let rule = found(reader.as_mut(), id).await?;
        drop(reader);
        if rule.state != RuleState::Active {
            return Err(rule_state(rule.state, "active"));
        }
        let past = self.past_for(&rule, limit).await?;
        let mut work = self.store.begin().await?;
        let present = found(work.as_mut(), id).await?;
        if present.version != rule.version {
            return Err(ServiceError::Stale {
                what: "rule",
                expected: rule.version,
                found: present.version,
            });
        }
        let partners = match request.partners {
            Partners::Told => work.active_webhooks().await?,
            Partners::NotTold => Vec::new(),
        };
        let mut raised = Raised::default();
        let rules = std::slice::from_ref(&rule);
        self.raise_by(
            work.as_mut(),
            (rules, &partners),
            &past.happenings,
            &mut raised,
        )
        .await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::RULE_RAISED_PAST,
            &format!("rule/{id}"),
            json!({
                "version": rule.version,
                "looked_at": past.looked_at,
                "count": past.count,
                "alerts": raised.alerts,
                "repeats": raised.repeats,
                "partners_told": request.partners == Partners::Told,
                "reason": request.reason,
            }),
        )
        .await?;
        work.commit().await?;
        self.tell_all(raised.events);
        Ok(RaisedPast {
            rule_version: rule.version,
            looked_at: past.looked_at,
            count: past.count,
            is_whole: past.is_whole,
            alerts: raised.alerts,
            repeats: raised.repeats,
        })
    }

    async fn findings_of(
        &self,
        rule: &Rule,
        happenings: &[Happening],
    ) -> Result<Vec<CheckedFinding>, ServiceError> {
        let rules = std::slice::from_ref(rule);
        let mut findings: Vec<CheckedFinding> = Vec::new();
        let mut reader = self.store.reader().await?;
        for happening in happenings {
            let watched = reader
                .watched(&watchable(happening), self.clock.now())
                .await?;
            for finding in evaluate(rules, happening, &watched) {
                match findings.iter_mut().find(|known| known.key == finding.key) {
                    Some(known) => known.sightings += 1,
                    None => findings.push(CheckedFinding {
                        key: finding.key,
                        sightings: 1,
                        matter: finding.matter,
                        evidence: finding.evidence,
                    }),
                }
            }
        }
        Ok(findings)
    }

    /// Voices were compared, which the chain has to tell.
    async fn record_check(
        &self,
        actor: &Actor,
        id: RuleId,
        check: &RuleCheck,
    ) -> Result<(), ServiceError> {
        let mut work = self.store.begin().await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::RULE_CHECKED,
            &format!("rule/{id}"),
            json!({
                "version": check.rule_version,
                "looked_at": check.looked_at,
                "count": check.count,
                "alerts": check.alerts,
            }),
        )
        .await?;
        work.commit().await?;
        Ok(())
    }
}

fn checked_limit(limit: Option<u32>) -> Result<u32, ServiceError> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(ServiceError::Invalid {
        field: "limit",
        found: limit.to_string(),
        expected: format!("1 to {MAX_LIMIT}"),
    })
}
