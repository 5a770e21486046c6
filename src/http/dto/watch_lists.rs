//! Watch lists as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{SubjectId, WatchMember, WatchedValue};
use crate::http::paging::PageBody;
use crate::services::WatchListView;

/// A watch list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WatchList)]
pub struct WatchListBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Legal ground.
    pub ground: String,
    /// Who answers for it: a unit or a role.
    pub owner: String,
    /// When it ceases to be in force.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Whether it is in force now.
    pub in_force: bool,
    /// Members that are on it now.
    pub members: u64,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<WatchListView> for WatchListBody {
    fn from(view: WatchListView) -> Self {
        let list = view.list;
        Self {
            id: list.id.0,
            name: list.name,
            purpose: list.purpose,
            ground: list.ground,
            owner: list.owner,
            expires_at: list.expires_at.to_string(),
            in_force: view.in_force,
            members: view.members,
            version: list.version,
            created_at: list.created_at.to_string(),
        }
    }
}

/// A page of watch lists.
pub type WatchListPage = PageBody<WatchListBody>;

/// A watch list to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWatchList)]
pub struct NewWatchListBody {
    /// Name; no two lists have the same.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Legal ground.
    pub ground: String,
    /// Who answers for it: a unit or a role.
    pub owner: String,
    /// When it ceases to be in force; at most two years from now.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: crate::domain::Timestamp,
}

/// What changes in a watch list; what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WatchListEdit)]
pub struct WatchListEditBody {
    /// Name.
    pub name: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Legal ground.
    pub ground: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When it ceases to be in force; a time past ends it now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<crate::domain::Timestamp>,
    /// Why.
    pub reason: String,
}

/// What a member is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WatchedKind)]
pub enum WatchedKindBody {
    /// A subject, by the voice.
    Subject,
    /// A telephone number.
    Number,
    /// An account.
    Account,
}

/// A member of a watch list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WatchMember)]
pub struct WatchMemberBody {
    /// Id.
    pub id: uuid::Uuid,
    /// What it is.
    pub kind: WatchedKindBody,
    /// The subject's id, or the number or account as it is compared.
    pub value: String,
    /// Why it is on the list.
    pub reason: String,
    /// When it was put on the list.
    #[schema(format = DateTime)]
    pub added_at: String,
    /// When it was taken off.
    #[schema(format = DateTime)]
    pub removed_at: Option<String>,
}

impl From<WatchMember> for WatchMemberBody {
    fn from(member: WatchMember) -> Self {
        Self {
            id: member.id.0,
            kind: match member.value {
                WatchedValue::Subject(_) => WatchedKindBody::Subject,
                WatchedValue::Number(_) => WatchedKindBody::Number,
                WatchedValue::Account(_) => WatchedKindBody::Account,
            },
            value: member.value.text(),
            reason: member.reason,
            added_at: member.added_at.to_string(),
            removed_at: member.removed_at.map(|at| at.to_string()),
        }
    }
}

/// A page of members.
pub type WatchMemberPage = PageBody<WatchMemberBody>;

/// A member to be put on a list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = NewWatchMember)]
pub enum NewWatchMemberBody {
    /// A subject, by the voice.
    Subject {
        /// Subject.
        subject_id: uuid::Uuid,
        /// Why.
        reason: String,
    },
    /// A telephone number.
    Number {
        /// In any way of writing it.
        value: String,
        /// Why.
        reason: String,
    },
    /// An account.
    Account {
        /// In any way of writing it.
        value: String,
        /// Why.
        reason: String,
    },
}

impl NewWatchMemberBody {
    /// Who or what, and why.
    pub fn taken_apart(self) -> (WatchedValue, String) {
        match self {
            Self::Subject { subject_id, reason } => {
                (WatchedValue::Subject(SubjectId(subject_id)), reason)
            }
            Self::Number { value, reason } => (WatchedValue::Number(value), reason),
            Self::Account { value, reason } => (WatchedValue::Account(value), reason),
        }
    }
}

/// Why something is done.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reason)]
pub struct ReasonBody {
    /// Why.
    pub reason: String,
}
