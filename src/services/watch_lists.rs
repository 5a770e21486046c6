//! Watch lists are made and edited, and who is on them changes.

use serde_json::json;

use super::cases::{MAX_TEXT_CHARS, check_name};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Page, PageRequest, Timestamp, WatchList, WatchListId, WatchMember, WatchMemberId, WatchedValue,
    normalised_account, normalised_number,
};

/// Longest name and owner, in characters.
const MAX_NAME_CHARS: usize = 256;
/// Longest reason, in characters.
pub(super) const MAX_REASON_CHARS: usize = 1000;
/// Longest time that a list is in force, in milliseconds: two years. Whoever needs longer says so
/// again.
const MAX_TERM_MS: i64 = 2 * 366 * 24 * 3_600_000;

/// A watch list to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWatchList {
    /// Name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Legal ground.
    pub ground: String,
    /// Who answers for it.
    pub owner: String,
    /// When it ceases to be in force.
    pub expires_at: Timestamp,
}

/// What changes in a watch list; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchListEdit {
    /// Name.
    pub name: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Legal ground.
    pub ground: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When it ceases to be in force; a time past ends it now.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// A member to be put on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWatchMember {
    /// Who or what; numbers and accounts as they were written.
    pub value: WatchedValue,
    /// Why.
    pub reason: String,
}

/// A watch list as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchListView {
    /// The list.
    pub list: WatchList,
    /// Members that are on it now.
    pub members: u64,
    /// Whether it is in force.
    pub in_force: bool,
}

impl Services {
    /// Watch lists, newest first.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn watch_lists(
        &self,
        page: PageRequest,
    ) -> Result<Page<WatchListView>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let page = reader.watch_lists(page).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for list in page.items {
            let members = reader.watch_member_count(list.id).await?;
            items.push(self.watch_list_view(list, members));
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// One watch list.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn watch_list(&self, id: WatchListId) -> Result<WatchListView, ServiceError> {
        let mut reader = self.store.reader().await?;
        let list = reader.watch_list(id).await?;
        let list = list.ok_or_else(|| ServiceError::not_found("watch list", id))?;
        let members = reader.watch_member_count(id).await?;
        Ok(self.watch_list_view(list, members))
    }

    /// Members of a watch list, newest first, those that were removed among them.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn watch_members(
        &self,
        id: WatchListId,
        page: PageRequest,
    ) -> Result<Page<WatchMember>, ServiceError> {
        let mut reader = self.store.reader().await?;
        if reader.watch_list(id).await?.is_none() {
            return Err(ServiceError::not_found("watch list", id));
        }
        Ok(reader.watch_members(id, page).await?)
    }

    /// Makes a watch list without members.
    ///
    /// # Errors
    /// `Invalid`; `Conflict` when the name is taken.
    pub async fn make_watch_list(
        &self,
        actor: &Actor,
        new: NewWatchList,
    ) -> Result<WatchListView, ServiceError> {
        let now = self.clock.now();
        let list = WatchList {
            id: WatchListId::new(self.clock(), self.rng.as_ref()),
            name: new.name,
            purpose: new.purpose,
            ground: new.ground,
            owner: new.owner,
            expires_at: new.expires_at,
            version: 1,
            created_at: now,
        };
        check_list(&list)?;
        if list.expires_at <= now {
            return Err(ServiceError::Invalid {
                field: "expires_at",
                found: list.expires_at.to_string(),
                expected: format!("a time after {now}"),
            });
        }
        check_term(&list, now)?;
        let mut work = self.store.begin().await?;
        work.insert_watch_list(&list).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::WATCH_LIST_MADE,
            &format!("watch_list/{}", list.id),
            json!({
                "purpose": list.purpose,
                "ground": list.ground,
                "owner": list.owner,
                "expires_at": list.expires_at,
            }),
        )
        .await?;
        work.commit().await?;
        Ok(self.watch_list_view(list, 0))
    }

    /// Edits a watch list whose version the caller knows.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Conflict`, or `Stale` when somebody edited it meanwhile.
    pub async fn edit_watch_list(
        &self,
        actor: &Actor,
        id: WatchListId,
        version: u32,
        edit: WatchListEdit,
    ) -> Result<WatchListView, ServiceError> {
        check_name("reason", &edit.reason, MAX_REASON_CHARS)?;
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        let present = work
            .watch_list(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("watch list", id))?;
        let wanted = WatchList {
            name: edit.name.unwrap_or(present.name),
            purpose: edit.purpose.unwrap_or(present.purpose),
            ground: edit.ground.unwrap_or(present.ground),
            owner: edit.owner.unwrap_or(present.owner),
            // An end in the past would look as if the list had not been in force when it was.
            expires_at: edit
                .expires_at
                .map_or(present.expires_at, |end| end.max(now)),
            version,
            ..present
        };
        check_list(&wanted)?;
        check_term(&wanted, now)?;
        let list = work.update_watch_list(&wanted).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::WATCH_LIST_EDITED,
            &format!("watch_list/{id}"),
            json!({
                "version": list.version,
                "purpose": list.purpose,
                "ground": list.ground,
                "owner": list.owner,
                "expires_at": list.expires_at,
                "reason": edit.reason,
            }),
        )
        .await?;
        let members = work.watch_member_count(id).await?;
        work.commit().await?;
        Ok(self.watch_list_view(list, members))
    }

    /// Puts a subject, a number or an account on a watch list.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, or `Conflict` when it is on the list.
    pub async fn add_watch_member(
        &self,
        actor: &Actor,
        id: WatchListId,
        new: NewWatchMember,
    ) -> Result<WatchMember, ServiceError> {
        check_name("reason", &new.reason, MAX_REASON_CHARS)?;
        let member = WatchMember {
            id: WatchMemberId::new(self.clock(), self.rng.as_ref()),
            watch_list_id: id,
            value: normalised(new.value)?,
            reason: new.reason,
            added_at: self.clock.now(),
            removed_at: None,
        };
        let mut work = self.store.begin().await?;
        work.insert_watch_member(&member).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::WATCH_MEMBER_ADDED,
            &format!("watch_list/{id}"),
            member_detail(&member, &member.reason),
        )
        .await?;
        work.commit().await?;
        Ok(member)
    }

    /// Takes a member off a watch list.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`.
    pub async fn remove_watch_member(
        &self,
        actor: &Actor,
        list_id: WatchListId,
        id: WatchMemberId,
        reason: String,
    ) -> Result<WatchMember, ServiceError> {
        check_name("reason", &reason, MAX_REASON_CHARS)?;
        let now = self.clock.now();
        let mut work = self.store.begin().await?;
        let member = work
            .watch_member(id)
            .await?
            .filter(|member| member.watch_list_id == list_id)
            .ok_or_else(|| ServiceError::not_found("watch list member", id))?;
        if member.removed_at.is_some() {
            return Ok(member);
        }
        work.remove_watch_member(id, now).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::WATCH_MEMBER_REMOVED,
            &format!("watch_list/{list_id}"),
            member_detail(&member, &reason),
        )
        .await?;
        work.commit().await?;
        Ok(WatchMember {
            removed_at: Some(now),
            ..member
        })
    }

    fn watch_list_view(&self, list: WatchList, members: u64) -> WatchListView {
        WatchListView {
            in_force: list.in_force(self.clock.now()),
            list,
            members,
        }
    }
}

/// What the chain keeps of a member: a subject's id, but of a number or an account its kind alone,
/// since rows stay when the member has gone.
fn member_detail(member: &WatchMember, reason: &str) -> serde_json::Value {
    let subject_id = match &member.value {
        WatchedValue::Subject(id) => Some(id),
        WatchedValue::Number(_) | WatchedValue::Account(_) => None,
    };
    json!({
        "member_id": member.id,
        "kind": member.value.kind(),
        "subject_id": subject_id,
        "reason": reason,
    })
}

fn normalised(value: WatchedValue) -> Result<WatchedValue, ServiceError> {
    let invalid = |found: String, expected: &str| ServiceError::Invalid {
        field: "value",
        found,
        expected: expected.to_owned(),
    };
    match value {
        WatchedValue::Subject(id) => Ok(WatchedValue::Subject(id)),
        WatchedValue::Number(text) => match normalised_number(&text) {
            Some(number) => Ok(WatchedValue::Number(number)),
            None => Err(invalid(
                shown(&text),
                "a number of 3 to 20 digits, such as +86 138 0013 8000",
            )),
        },
        WatchedValue::Account(text) => match normalised_account(&text) {
            Some(account) => Ok(WatchedValue::Account(account)),
            None => Err(invalid(
                shown(&text),
                "an account of 3 to 64 letters and digits",
            )),
        },
    }
}

/// The beginning of what was sent.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

fn check_list(list: &WatchList) -> Result<(), ServiceError> {
    check_name("name", &list.name, MAX_NAME_CHARS)?;
    check_name("purpose", &list.purpose, MAX_TEXT_CHARS)?;
    check_name("ground", &list.ground, MAX_TEXT_CHARS)?;
    check_name("owner", &list.owner, MAX_NAME_CHARS)
}

fn check_term(list: &WatchList, now: Timestamp) -> Result<(), ServiceError> {
    let latest = now.plus_millis(MAX_TERM_MS);
    if list.expires_at > latest {
        return Err(ServiceError::Invalid {
            field: "expires_at",
            found: list.expires_at.to_string(),
            expected: format!("a time before {latest}, two years from now"),
        });
    }
    Ok(())
}
