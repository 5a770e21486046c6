//! Rules: what raises an alert. A rule says a condition, never a person's guilt.

use serde::{Deserialize, Serialize};

use super::happening::LinkStage;
use super::ids::{RuleId, WatchListId};
use super::time::Timestamp;

/// Which number of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberSide {
    /// The one that called.
    Caller,
    /// The one that was called.
    Callee,
}

impl NumberSide {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        }
    }
}

/// What has to happen. Thresholds are log10 LR of a calibrated comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleCondition {
    /// A voice is like that of a subject on a watch list in force.
    SubjectHeard {
        /// List; none for any.
        watch_list_id: Option<WatchListId>,
        /// Least log10 LR.
        min_log10_lr: f64,
    },
    /// Voices of two cases are linked.
    LinkAcrossCases {
        /// How far the link must have come.
        stage: LinkStage,
        /// Least log10 LR.
        min_log10_lr: f64,
    },
    /// One speaker is heard on several numbers within a time: by voices alike, and by those of one
    /// identity group.
    VoiceOnNumbers {
        /// Numbers at least, from 2.
        numbers: u32,
        /// Time between the first call and the last, in milliseconds.
        within_ms: u64,
        /// Numbers of which side are counted.
        side: NumberSide,
        /// Least log10 LR from which a call counts as the same voice's.
        min_log10_lr: f64,
    },
    /// A number is seen in several cases.
    NumberInCases {
        /// Cases at least, from 2.
        cases: u32,
    },
    /// A number on a watch list in force is seen.
    NumberWatched {
        /// List; none for any.
        watch_list_id: Option<WatchListId>,
    },
    /// An account on a watch list in force receives money.
    AccountReceives {
        /// List; none for any.
        watch_list_id: Option<WatchListId>,
        /// Least amount in the smallest unit of the currency; none for any.
        min_amount_minor: Option<i64>,
    },
}

impl RuleCondition {
    /// The name of the kind in the API and the database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SubjectHeard { .. } => "subject_heard",
            Self::LinkAcrossCases { .. } => "link_across_cases",
            Self::VoiceOnNumbers { .. } => "voice_on_numbers",
            Self::NumberInCases { .. } => "number_in_cases",
            Self::NumberWatched { .. } => "number_watched",
            Self::AccountReceives { .. } => "account_receives",
        }
    }

    /// Least log10 LR that a comparison must have to matter; none where no voices are compared.
    pub const fn min_log10_lr(&self) -> Option<f64> {
        match self {
            Self::SubjectHeard { min_log10_lr, .. }
            | Self::LinkAcrossCases { min_log10_lr, .. }
            | Self::VoiceOnNumbers { min_log10_lr, .. } => Some(*min_log10_lr),
            Self::NumberInCases { .. }
            | Self::NumberWatched { .. }
            | Self::AccountReceives { .. } => None,
        }
    }

    /// The watch list that it names.
    pub const fn watch_list_id(&self) -> Option<WatchListId> {
        match self {
            Self::SubjectHeard { watch_list_id, .. }
            | Self::NumberWatched { watch_list_id }
            | Self::AccountReceives { watch_list_id, .. } => *watch_list_id,
            Self::LinkAcrossCases { .. }
            | Self::VoiceOnNumbers { .. }
            | Self::NumberInCases { .. } => None,
        }
    }

    /// Whether new voices have to be held against the archive for it.
    pub const fn concerns_voices(&self) -> bool {
        match self {
            Self::SubjectHeard { .. } | Self::VoiceOnNumbers { .. } => true,
            Self::LinkAcrossCases { .. }
            | Self::NumberInCases { .. }
            | Self::NumberWatched { .. }
            | Self::AccountReceives { .. } => false,
        }
    }
}

impl RuleCondition {
    /// Whether identity groups have to be held against it when they change.
    pub const fn concerns_groups(&self) -> bool {
        match self {
            Self::VoiceOnNumbers { .. } => true,
            Self::SubjectHeard { .. }
            | Self::LinkAcrossCases { .. }
            | Self::NumberInCases { .. }
            | Self::NumberWatched { .. }
            | Self::AccountReceives { .. } => false,
        }
    }
}

/// Whether a rule raises alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It is being written; it may be tried out.
    Draft,
    /// It raises alerts.
    Active,
    /// It raises none for the time being.
    Paused,
    /// It raises none any more; its alerts still name it.
    Retired,
}

impl RuleState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Retired => "retired",
        }
    }

    /// Whether a rule may go from this state to `next`; staying is no move.
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Draft, Self::Active | Self::Retired)
            | (Self::Active, Self::Paused | Self::Retired)
            | (Self::Paused, Self::Active | Self::Retired) => true,
            (Self::Draft, Self::Draft | Self::Paused)
            | (Self::Active, Self::Draft | Self::Active)
            | (Self::Paused, Self::Draft | Self::Paused)
            | (Self::Retired, _) => false,
        }
    }
}

/// A rule. Each edit makes a further version, and alerts name the one that raised them.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Id.
    pub id: RuleId,
    /// Name.
    pub name: String,
    /// What has to happen.
    pub condition: RuleCondition,
    /// Who answers for it: a unit or a role.
    pub owner: String,
    /// Time after an alert in which the same again is counted with it, in milliseconds.
    pub repeat_window_ms: u64,
    /// Its state.
    pub state: RuleState,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One version of a rule, as it is kept for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleChange {
    /// The rule as this version says it.
    pub rule: Rule,
    /// Who, as audit rows name people.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
