//! Conditions of rules as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{LinkStage, NumberSide, RuleCondition, WatchListId};

/// How far a link has come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LinkStage)]
pub enum LinkStageBody {
    /// The ratio proposes it.
    Proposed,
    /// A person confirmed it.
    Confirmed,
}

/// Which number of a call.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NumberSide)]
pub enum NumberSideBody {
    /// The one that called.
    Caller,
    /// The one that was called.
    Callee,
}

/// What has to happen. Thresholds are log10 LR of a calibrated comparison: above 0, and at most what
/// the calibration in use can give.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = RuleCondition)]
pub enum RuleConditionBody {
    /// A voice is like that of a subject on a watch list in force.
    SubjectHeard {
        /// List; any when it is left out.
        watch_list_id: Option<uuid::Uuid>,
        /// Least log10 LR.
        min_log10_lr: f64,
    },
    /// Voices of two cases are linked.
    LinkAcrossCases {
        /// How far the link must have come.
        stage: LinkStageBody,
        /// Least log10 LR.
        min_log10_lr: f64,
    },
    /// One speaker is heard on several numbers within a time. Calls count as one speaker's by their
    /// ratio, and by their identity group: what people confirmed counts whatever its ratio, what
    /// ratios put together counts where the worst pair reaches the least log10 LR.
    VoiceOnNumbers {
        /// Numbers at least, 2 to 100.
        numbers: u32,
        /// Time between the first call and the last.
        within_ms: u64,
        /// Numbers of which side are counted.
        side: NumberSideBody,
        /// Least log10 LR from which a call counts as the same voice's.
        min_log10_lr: f64,
    },
    /// A number is seen in several cases.
    NumberInCases {
        /// Cases at least, 2 to 100.
        cases: u32,
    },
    /// A number on a watch list in force is seen.
    NumberWatched {
        /// List; any when it is left out.
        watch_list_id: Option<uuid::Uuid>,
    },
    /// An account on a watch list in force receives money.
    AccountReceives {
        /// List; any when it is left out.
        watch_list_id: Option<uuid::Uuid>,
        /// Least amount in the smallest unit of the currency.
        min_amount_minor: Option<i64>,
    },
}

impl From<RuleCondition> for RuleConditionBody {
    fn from(condition: RuleCondition) -> Self {
        let list = |id: Option<WatchListId>| id.map(|id| id.0);
        match condition {
            RuleCondition::SubjectHeard {
                watch_list_id,
                min_log10_lr,
            } => Self::SubjectHeard {
                watch_list_id: list(watch_list_id),
                min_log10_lr,
            },
            RuleCondition::LinkAcrossCases {
                stage,
                min_log10_lr,
            } => Self::LinkAcrossCases {
                stage: match stage {
                    LinkStage::Proposed => LinkStageBody::Proposed,
                    LinkStage::Confirmed => LinkStageBody::Confirmed,
                },
                min_log10_lr,
            },
            RuleCondition::VoiceOnNumbers {
                numbers,
                within_ms,
                side,
                min_log10_lr,
            } => Self::VoiceOnNumbers {
                numbers,
                within_ms,
                side: match side {
                    NumberSide::Caller => NumberSideBody::Caller,
                    NumberSide::Callee => NumberSideBody::Callee,
                },
                min_log10_lr,
            },
            RuleCondition::NumberInCases { cases } => Self::NumberInCases { cases },
            RuleCondition::NumberWatched { watch_list_id } => Self::NumberWatched {
                watch_list_id: list(watch_list_id),
            },
            RuleCondition::AccountReceives {
                watch_list_id,
                min_amount_minor,
            } => Self::AccountReceives {
                watch_list_id: list(watch_list_id),
                min_amount_minor,
            },
        }
    }
}

impl From<RuleConditionBody> for RuleCondition {
    fn from(body: RuleConditionBody) -> Self {
        let list = |id: Option<uuid::Uuid>| id.map(WatchListId);
        match body {
            RuleConditionBody::SubjectHeard {
                watch_list_id,
                min_log10_lr,
            } => Self::SubjectHeard {
                watch_list_id: list(watch_list_id),
                min_log10_lr,
            },
            RuleConditionBody::LinkAcrossCases {
                stage,
                min_log10_lr,
            } => Self::LinkAcrossCases {
                stage: match stage {
                    LinkStageBody::Proposed => LinkStage::Proposed,
                    LinkStageBody::Confirmed => LinkStage::Confirmed,
                },
                min_log10_lr,
            },
            RuleConditionBody::VoiceOnNumbers {
                numbers,
                within_ms,
                side,
                min_log10_lr,
            } => Self::VoiceOnNumbers {
                numbers,
                within_ms,
                side: match side {
                    NumberSideBody::Caller => NumberSide::Caller,
                    NumberSideBody::Callee => NumberSide::Callee,
                },
                min_log10_lr,
            },
            RuleConditionBody::NumberInCases { cases } => Self::NumberInCases { cases },
            RuleConditionBody::NumberWatched { watch_list_id } => Self::NumberWatched {
                watch_list_id: list(watch_list_id),
            },
            RuleConditionBody::AccountReceives {
                watch_list_id,
                min_amount_minor,
            } => Self::AccountReceives {
                watch_list_id: list(watch_list_id),
                min_amount_minor,
            },
        }
    }
}
