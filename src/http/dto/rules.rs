//! Rules as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rule_conditions::RuleConditionBody;
use crate::domain::{DispositionCounts, Rule, RuleChange, RuleState};
use crate::http::paging::PageBody;
use crate::services::{FalseRate, RuleDetail};

/// Whether a rule raises alerts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RuleState)]
pub enum RuleStateBody {
    /// It is being written; it may be tried out.
    Draft,
    /// It raises alerts.
    Active,
    /// It raises none for the time being.
    Paused,
    /// It raises none any more.
    Retired,
}

impl From<RuleState> for RuleStateBody {
    fn from(state: RuleState) -> Self {
        match state {
            RuleState::Draft => Self::Draft,
            RuleState::Active => Self::Active,
            RuleState::Paused => Self::Paused,
            RuleState::Retired => Self::Retired,
        }
    }
}

impl From<RuleStateBody> for RuleState {
    fn from(body: RuleStateBody) -> Self {
        match body {
            RuleStateBody::Draft => Self::Draft,
            RuleStateBody::Active => Self::Active,
            RuleStateBody::Paused => Self::Paused,
            RuleStateBody::Retired => Self::Retired,
        }
    }
}

/// A rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Rule)]
pub struct RuleBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// What has to happen.
    pub condition: RuleConditionBody,
    /// Who answers for it: a unit or a role.
    pub owner: String,
    /// Time after an alert in which the same again is counted with it.
    pub repeat_window_ms: u64,
    /// State.
    pub state: RuleStateBody,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Rule> for RuleBody {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id.0,
            name: rule.name,
            condition: rule.condition.into(),
            owner: rule.owner,
            repeat_window_ms: rule.repeat_window_ms,
            state: rule.state.into(),
            version: rule.version,
            created_at: rule.created_at.to_string(),
        }
    }
}

/// A page of rules.
pub type RulePage = PageBody<RuleBody>;

/// One version of a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RuleChange)]
pub struct RuleChangeBody {
    /// Version.
    pub version: u32,
    /// Name.
    pub name: String,
    /// What has to happen.
    pub condition: RuleConditionBody,
    /// Who answers for it.
    pub owner: String,
    /// State.
    pub state: RuleStateBody,
    /// Who made the version.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<RuleChange> for RuleChangeBody {
    fn from(change: RuleChange) -> Self {
        let rule = change.rule;
        Self {
            version: rule.version,
            name: rule.name,
            condition: rule.condition.into(),
            owner: rule.owner,
            state: rule.state.into(),
            actor: change.actor,
            reason: change.reason,
            at: change.at.to_string(),
        }
    }
}

/// What was decided on the alerts of a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReverseCheck)]
pub struct ReverseCheckBody {
    /// Alerts that were accepted.
    pub accepted: u64,
    /// Alerts that were false.
    #[serde(rename = "false")]
    pub wrong: u64,
    /// Alerts that repeat another one; they count for nothing.
    pub duplicate: u64,
    /// Alerts that nobody has decided on.
    pub undecided: u64,
    /// Share of the accepted and false ones that was false, 0 to 1; null where there is none.
    pub false_rate: Option<f64>,
    /// Between which bounds it lies with 95 % confidence (Wilson score interval).
    pub false_rate_interval: Option<[f64; 2]>,
}

impl ReverseCheckBody {
    fn of(counts: DispositionCounts, rate: Option<FalseRate>) -> Self {
        Self {
            accepted: counts.accepted,
            wrong: counts.wrong,
            duplicate: counts.duplicate,
            undecided: counts.undecided,
            false_rate: rate.map(|rate| rate.rate),
            false_rate_interval: rate.map(|rate| rate.interval),
        }
    }
}

/// A rule with its versions, and how it did.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RuleDetail)]
pub struct RuleDetailBody {
    /// The rule.
    #[serde(flatten)]
    pub rule: RuleBody,
    /// Its versions, oldest first.
    pub changes: Vec<RuleChangeBody>,
    /// How it did, over all versions.
    pub reverse_check: ReverseCheckBody,
    /// How its present version did.
    pub reverse_check_of_version: ReverseCheckBody,
}

impl From<RuleDetail> for RuleDetailBody {
    fn from(detail: RuleDetail) -> Self {
        Self {
            rule: detail.rule.into(),
            changes: detail.changes.into_iter().map(Into::into).collect(),
            reverse_check: ReverseCheckBody::of(detail.dispositions, detail.false_rate),
            reverse_check_of_version: ReverseCheckBody::of(
                detail.of_version,
                detail.false_rate_of_version,
            ),
        }
    }
}

/// A rule to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRule)]
pub struct NewRuleBody {
    /// Name; no two rules have the same.
    pub name: String,
    /// What has to happen.
    pub condition: RuleConditionBody,
    /// Who answers for it: a unit or a role.
    pub owner: String,
    /// Time after an alert in which the same again is counted with it; a day when it is left out.
    pub repeat_window_ms: Option<u64>,
    /// Why.
    pub reason: String,
}

/// What changes in a rule; what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleEdit)]
pub struct RuleEditBody {
    /// Name.
    pub name: Option<String>,
    /// What has to happen.
    pub condition: Option<RuleConditionBody>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Time after an alert in which the same again is counted with it.
    pub repeat_window_ms: Option<u64>,
    /// State: draft to active, active to paused and back, any of them to retired.
    pub state: Option<RuleStateBody>,
    /// Why.
    pub reason: String,
}
