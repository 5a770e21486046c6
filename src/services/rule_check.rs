//! A rule is tried out on what the archive holds already, without raising an alert.

use serde_json::json;

use super::raising::watchable;
use super::rules::found;
use super::watching::Searched;
use super::{Actor, ServiceError, Services};
use crate::alerting::evaluate;
use crate::audit;
use crate::domain::{
    AlertEvidence, AlertMatter, Happening, NumberSeen, PageRequest, Rule, RuleCondition, RuleId,
    RuleState,
};
use crate::store::RecordingFilter;

/// Recordings or numbers that are looked at where no number is given, and at most.
const DEFAULT_LIMIT: u32 = 200;
const MAX_LIMIT: u32 = 1000;
/// Most findings that are returned; all are counted.
const MOST_FINDINGS: usize = 50;
/// Recordings that are read at a time.
const BATCH: u32 = 100;

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
    /// What was looked at: `recordings`, `numbers`, or `none` where the archive keeps nothing that
    /// the rule speaks of.
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

/// Happenings of the past.
#[derive(Default)]
struct Past {
    happenings: Vec<Happening>,
    count: u64,
    is_whole: bool,
}

impl Services {
    /// Tries a rule, whatever its state, on the newest `limit` recordings or numbers of the archive.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` limit.
    pub async fn check_rule_on_archive(
        &self,
        actor: &Actor,
        id: RuleId,
        limit: Option<u32>,
    ) -> Result<RuleCheck, ServiceError> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(ServiceError::Invalid {
                field: "limit",
                found: limit.to_string(),
                expected: format!("1 to {MAX_LIMIT}"),
            });
        }
        let mut reader = self.store.reader().await?;
        let rule = Rule {
            state: RuleState::Active,
            ..found(reader.as_mut(), id).await?
        };
        drop(reader);
        let (looked_at, past) = match rule.condition {
            RuleCondition::SubjectHeard { .. } | RuleCondition::VoiceOnNumbers { .. } => {
                ("recordings", self.past_voices(&rule, limit).await?)
            }
            RuleCondition::NumberInCases { .. } | RuleCondition::NumberWatched { .. } => {
                ("numbers", self.past_numbers(limit).await?)
            }
            RuleCondition::LinkAcrossCases { .. } | RuleCondition::AccountReceives { .. } => {
                ("none", Past::default())
            }
        };
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
            looked_at,
            count: past.count,
            is_whole: past.is_whole,
            alerts,
            findings,
        };
        self.record_check(actor, id, &check).await?;
        Ok(check)
    }

    async fn past_voices(&self, rule: &Rule, limit: u32) -> Result<Past, ServiceError> {
        let searched = Searched::for_rules([rule]);
        let mut past = Past::default();
        let mut after = None;
        while past.count < u64::from(limit) {
            let left = limit - u32::try_from(past.count).unwrap_or(limit);
            let page = PageRequest {
                limit: left.min(BATCH),
                after,
            };
            let mut reader = self.store.reader().await?;
            let page = reader.recordings(&RecordingFilter::default(), page).await?;
            let mut batch = Vec::with_capacity(page.items.len());
            for recording in page.items {
                let now = self.clock.now();
                let voices = reader.voices_of_recording(recording.id, now).await?;
                batch.push((recording, voices));
            }
            drop(reader);
            for (recording, voices) in batch {
                let heard = self.voices_heard(&recording, &voices, &searched).await?;
                past.happenings.extend(heard);
                past.count += 1;
            }
            after = page.next;
            if after.is_none() {
                past.is_whole = true;
                break;
            }
        }
        Ok(past)
    }

    async fn past_numbers(&self, limit: u32) -> Result<Past, ServiceError> {
        let mut reader = self.store.reader().await?;
        let mut numbers = reader.newest_numbers(limit.saturating_add(1)).await?;
        let is_whole = numbers.len() <= limit as usize;
        numbers.truncate(limit as usize);
        let count = numbers.len() as u64;
        let mut happenings = Vec::with_capacity(numbers.len());
        for (number, case_id) in numbers {
            happenings.push(Happening::NumberSeen(NumberSeen {
                cases: reader.cases_of_number(&number).await?,
                number,
                case_id,
                recording_id: None,
            }));
        }
        Ok(Past {
            happenings,
            count,
            is_whole,
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
