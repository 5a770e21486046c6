//! What a rule would have raised, or raised, for the past, as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alerts::{AlertEvidenceBody, AlertMatterBody};
use crate::services::{CheckedFinding, RaisedPast, RuleCheck};

/// How much of the archive a rule is tried on.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRuleCheck)]
pub struct NewRuleCheckBody {
    /// The newest recordings, numbers, links or transfers, 1 to 1000; 200 when it is left out.
    pub limit: Option<u32>,
}

/// An alert that a rule would have raised.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CheckedFinding)]
pub struct CheckedFindingBody {
    /// How often it would have been seen.
    pub sightings: u32,
    /// What it is about.
    pub matter: AlertMatterBody,
    /// What the voices say.
    pub evidence: Option<AlertEvidenceBody>,
}

impl From<CheckedFinding> for CheckedFindingBody {
    fn from(finding: CheckedFinding) -> Self {
        Self {
            sightings: finding.sightings,
            matter: finding.matter.into(),
            evidence: finding.evidence.map(Into::into),
        }
    }
}

/// What a rule would have raised. Nothing was.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RuleCheck)]
pub struct RuleCheckBody {
    /// Version of the rule that was tried.
    pub rule_version: u32,
    /// What was looked at: `recordings`, `numbers`, `links` or `transfers`; for watched numbers and
    /// accounts, those of the lists in force alone.
    pub looked_at: String,
    /// How many of them, the newest.
    pub count: u64,
    /// Whether that is all that there are.
    pub is_whole: bool,
    /// Alerts that it would have raised.
    pub alerts: u64,
    /// At most fifty of them, the strongest first.
    pub findings: Vec<CheckedFindingBody>,
}

impl From<RuleCheck> for RuleCheckBody {
    fn from(check: RuleCheck) -> Self {
        Self {
            rule_version: check.rule_version,
            looked_at: check.looked_at.to_owned(),
            count: check.count,
            is_whole: check.is_whole,
            alerts: check.alerts,
            findings: check.findings.into_iter().map(Into::into).collect(),
        }
    }
}

/// Alerts are to be raised for what the archive held before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRuleRaise)]
pub struct NewRuleRaiseBody {
    /// The newest recordings, numbers, links or transfers, 1 to 1000; 200 when it is left out.
    pub limit: Option<u32>,
    /// Whether partners are told of these alerts too; they are not when it is left out.
    #[serde(default)]
    pub tell_partners: bool,
    /// Why.
    pub reason: String,
}

/// What a rule raised for the past.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RaisedPast)]
pub struct RaisedPastBody {
    /// Version of the rule.
    pub rule_version: u32,
    /// What was looked at: `recordings`, `numbers`, `links` or `transfers`.
    pub looked_at: String,
    /// How many of them, the newest.
    pub count: u64,
    /// Whether that is all that there are.
    pub is_whole: bool,
    /// Alerts that are new.
    pub alerts: u32,
    /// Sightings of alerts that were there.
    pub repeats: u32,
}

impl From<RaisedPast> for RaisedPastBody {
    fn from(raised: RaisedPast) -> Self {
        Self {
            rule_version: raised.rule_version,
            looked_at: raised.looked_at.to_owned(),
            count: raised.count,
            is_whole: raised.is_whole,
            alerts: raised.alerts,
            repeats: raised.repeats,
        }
    }
}
