//! Rules are made, edited, put in force and retired.

use serde_json::json;

use super::cases::check_name;
use super::watch_lists::MAX_REASON_CHARS;
use super::{Actor, ServiceError, Services};
use crate::alerting::{FalseRate, false_rate};
use crate::audit;
use crate::domain::{DispositionCounts, Rule, RuleChange, RuleCondition, RuleId, RuleState};
use crate::store::{Reader, UnitOfWork};

/// Longest name and owner, in characters.
const MAX_NAME_CHARS: usize = 256;
/// Longest time that a rule looks back, or counts repeats, in milliseconds: a leap year.
const MAX_TIME_MS: u64 = 366 * 24 * 3_600_000;
/// Time in which the same is counted as a repeat where none is given, in milliseconds: a day.
const DEFAULT_REPEAT_WINDOW_MS: u64 = 24 * 3_600_000;
/// Most numbers or cases that a rule may ask for: what is looked up of a voice is bounded.
const MAX_COUNT: u32 = 100;

/// A rule to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRule {
    /// Name.
    pub name: String,
    /// What has to happen.
    pub condition: RuleCondition,
    /// Who answers for it.
    pub owner: String,
    /// Time in which the same is counted as a repeat, in milliseconds; a day where none is given.
    pub repeat_window_ms: Option<u64>,
    /// Why.
    pub reason: String,
}

/// What changes in a rule; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleEdit {
    /// Name.
    pub name: Option<String>,
    /// What has to happen.
    pub condition: Option<RuleCondition>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Time in which the same is counted as a repeat, in milliseconds.
    pub repeat_window_ms: Option<u64>,
    /// State.
    pub state: Option<RuleState>,
    /// Why.
    pub reason: String,
}

/// A rule with its versions, and how it did.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDetail {
    /// The rule.
    pub rule: Rule,
    /// Its versions, oldest first.
    pub changes: Vec<RuleChange>,
    /// What was decided on its alerts, of all versions.
    pub dispositions: DispositionCounts,
    /// The false rate over all versions; none where nothing was decided.
    pub false_rate: Option<FalseRate>,
    /// What was decided on the alerts of the present version.
    pub of_version: DispositionCounts,
    /// The false rate of the present version.
    pub false_rate_of_version: Option<FalseRate>,
}

impl Services {
    /// One rule with its versions and how it did.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rule(&self, id: RuleId) -> Result<RuleDetail, ServiceError> {
        let mut reader = self.store.reader().await?;
        let rule = found(reader.as_mut(), id).await?;
        rule_detail(reader.as_mut(), rule).await
    }

    /// Makes a rule as a draft.
    ///
    /// # Errors
    /// `Invalid`; `Conflict` when the name is taken.
    pub async fn make_rule(&self, actor: &Actor, new: NewRule) -> Result<RuleDetail, ServiceError> {
        check_name("reason", &new.reason, MAX_REASON_CHARS)?;
        let now = self.clock.now();
        let rule = Rule {
            id: RuleId::new(self.clock(), self.rng.as_ref()),
            name: new.name,
            condition: new.condition,
            owner: new.owner,
            repeat_window_ms: new.repeat_window_ms.unwrap_or(DEFAULT_REPEAT_WINDOW_MS),
            state: RuleState::Draft,
            version: 1,
            created_at: now,
        };
        let mut work = self.store.begin().await?;
        self.check_rule(work.as_mut(), &rule).await?;
        let change = RuleChange {
            rule,
            actor: actor.as_str().to_owned(),
            reason: new.reason,
            at: now,
        };
        work.insert_rule(&change).await?;
        self.record_rule(work.as_mut(), audit::action::RULE_MADE, &change)
            .await?;
        let detail = rule_detail(work.as_mut(), change.rule).await?;
        work.commit().await?;
        Ok(detail)
    }

    /// Edits a rule whose version the caller knows, or changes its state.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Conflict`, `State` when it may not become what is asked, or `Stale`
    /// when somebody edited it meanwhile.
    pub async fn edit_rule(
        &self,
        actor: &Actor,
        id: RuleId,
        version: u32,
        edit: RuleEdit,
    ) -> Result<RuleDetail, ServiceError> {
        check_name("reason", &edit.reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        let present = found(work.as_mut(), id).await?;
        if present.state == RuleState::Retired {
            return Err(rule_state(present.state, "draft, active or paused"));
        }
        let state = edit.state.unwrap_or(present.state);
        if state != present.state && !present.state.may_become(state) {
            let expected = match state {
                RuleState::Draft => "a new rule: none becomes a draft again",
                RuleState::Active => "draft or paused",
                RuleState::Paused => "active",
                RuleState::Retired => "draft, active or paused",
            };
            return Err(rule_state(present.state, expected));
        }
        let wanted = Rule {
            name: edit.name.unwrap_or(present.name),
            condition: edit.condition.unwrap_or(present.condition),
            owner: edit.owner.unwrap_or(present.owner),
            repeat_window_ms: edit.repeat_window_ms.unwrap_or(present.repeat_window_ms),
            state,
            version,
            ..present
        };
        // A rule that goes out of force need not be one that could be made today.
        if matches!(state, RuleState::Draft | RuleState::Active) {
            self.check_rule(work.as_mut(), &wanted).await?;
        }
        let mut change = RuleChange {
            rule: wanted,
            actor: actor.as_str().to_owned(),
            reason: edit.reason,
            at: self.clock.now(),
        };
        change.rule = work.update_rule(&change).await?;
        self.record_rule(work.as_mut(), audit::action::RULE_EDITED, &change)
            .await?;
        let detail = rule_detail(work.as_mut(), change.rule).await?;
        work.commit().await?;
        Ok(detail)
    }

    async fn record_rule(
        &self,
        work: &mut dyn UnitOfWork,
        action: &str,
        change: &RuleChange,
    ) -> Result<(), ServiceError> {
        let rule = &change.rule;
        audit::record(
            work,
            self.clock(),
            &change.actor,
            action,
            &format!("rule/{}", rule.id),
            json!({
                "version": rule.version,
                "condition": rule.condition,
                "owner": rule.owner,
                "repeat_window_ms": rule.repeat_window_ms,
                "state": rule.state,
                "reason": change.reason,
            }),
        )
        .await?;
        Ok(())
    }

    async fn check_rule(
        &self,
        reader: &mut (dyn UnitOfWork + '_),
        rule: &Rule,
    ) -> Result<(), ServiceError> {
        check_name("name", &rule.name, MAX_NAME_CHARS)?;
        check_name("owner", &rule.owner, MAX_NAME_CHARS)?;
        if rule.repeat_window_ms > MAX_TIME_MS {
            return Err(invalid(
                "repeat_window_ms",
                rule.repeat_window_ms,
                format!("0 to {MAX_TIME_MS}"),
            ));
        }
        if let Some(least) = rule.condition.min_log10_lr() {
            let calibration = self.calibration().await?;
            let highest = calibration.highest_llr().log10();
            if !(least > 0.0 && least <= highest) {
                return Err(invalid(
                    "condition.min_log10_lr",
                    least,
                    format!(
                        "above 0 and at most {highest:.2}, the highest log10 LR that calibration \
                         {} gives",
                        calibration.name()
                    ),
                ));
            }
        }
        if let Some(list) = rule.condition.watch_list_id()
            && reader.watch_list(list).await?.is_none()
        {
            return Err(invalid(
                "condition.watch_list_id",
                list,
                "the id of a watch list".to_owned(),
            ));
        }
        check_counts(&rule.condition)
    }
}

fn check_counts(condition: &RuleCondition) -> Result<(), ServiceError> {
    let count = |field, found: u32| {
        if (2..=MAX_COUNT).contains(&found) {
            Ok(())
        } else {
            Err(invalid(field, found, format!("2 to {MAX_COUNT}")))
        }
    };
    match condition {
        RuleCondition::VoiceOnNumbers {
            numbers, within_ms, ..
        } => {
            count("condition.numbers", *numbers)?;
            if !(1..=MAX_TIME_MS).contains(within_ms) {
                let expected = format!("1 to {MAX_TIME_MS}");
                return Err(invalid("condition.within_ms", within_ms, expected));
            }
            Ok(())
        }
        RuleCondition::NumberInCases { cases } => count("condition.cases", *cases),
        RuleCondition::AccountReceives {
            min_amount_minor: Some(least),
            ..
        } if *least < 0 => Err(invalid(
            "condition.min_amount_minor",
            least,
            "0 or more".to_owned(),
        )),
        RuleCondition::AccountReceives { .. }
        | RuleCondition::SubjectHeard { .. }
        | RuleCondition::LinkAcrossCases { .. }
        | RuleCondition::NumberWatched { .. } => Ok(()),
    }
}

fn invalid(field: &'static str, found: impl ToString, expected: String) -> ServiceError {
    ServiceError::Invalid {
        field,
        found: found.to_string(),
        expected,
    }
}

/// The state of a rule does not allow what is asked.
pub(super) fn rule_state(found: RuleState, expected: &'static str) -> ServiceError {
    ServiceError::State {
        what: "rule",
        found: found.as_str(),
        expected,
    }
}

/// The rule with this id.
pub(super) async fn found<R: Reader + ?Sized>(
    reader: &mut R,
    id: RuleId,
) -> Result<Rule, ServiceError> {
    let rule = reader.rule(id).await?;
    rule.ok_or_else(|| ServiceError::not_found("rule", id))
}

async fn rule_detail<R: Reader + ?Sized>(
    reader: &mut R,
    rule: Rule,
) -> Result<RuleDetail, ServiceError> {
    let dispositions = reader.disposition_counts(rule.id, None).await?;
    let of_version = reader
        .disposition_counts(rule.id, Some(rule.version))
        .await?;
    Ok(RuleDetail {
        changes: reader.rule_changes(rule.id).await?,
        false_rate: false_rate(&dispositions),
        false_rate_of_version: false_rate(&of_version),
        dispositions,
        of_version,
        rule,
    })
}
