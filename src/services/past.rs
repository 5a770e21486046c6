//! What the archive holds already, as the happenings that a rule would have heard of.

use std::collections::BTreeSet;

use super::happenings::{link_made, transfer_received};
use super::watching::Searched;
use super::{ServiceError, Services};
use crate::domain::{
    CaseId, Entity, EntityKind, EventKind, Happening, LinkStage, LinkState, NumberSeen,
    PageRequest, Role, Rule, RuleCondition, Timestamp, WatchListId, WatchedValue,
};
use crate::store::{EventFilter, LinkFilter, Reader, RecordingFilter};

/// Recordings, lists and members that are read at a time.
const BATCH: u32 = 100;
/// Most pages of an account's events that are read: it may pay far more often than it is paid.
const MAX_PAGES_OF_ACCOUNT: u32 = 100;
/// Most cases of a number that are named.
const MAX_CASES_OF_NUMBER: u32 = 100;

/// Happenings of the past, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// What was looked at: `recordings`, `numbers`, `links` or `transfers`.
    pub(super) looked_at: &'static str,
    pub(super) happenings: Vec<Happening>,
    /// How many of these things, the newest.
    pub(super) count: u64,
    /// Whether that is all that there are.
    pub(super) is_whole: bool,
}

impl Past {
    fn of(looked_at: &'static str) -> Self {
        Self {
            looked_at,
            ..Self::default()
        }
    }
}

impl Services {
    /// The newest `limit` things of the archive that a rule speaks of.
    pub(super) async fn past_for(&self, rule: &Rule, limit: u32) -> Result<Past, ServiceError> {
        let mut past = match rule.condition {
            RuleCondition::SubjectHeard { .. } | RuleCondition::VoiceOnNumbers { .. } => {
                self.past_voices(rule, limit).await?
            }
            RuleCondition::NumberInCases { .. } => self.past_numbers(limit).await?,
            RuleCondition::NumberWatched { watch_list_id } => {
                self.past_of_watched_numbers(watch_list_id, limit).await?
            }
            RuleCondition::LinkAcrossCases { .. } => self.past_links(limit).await?,
            RuleCondition::AccountReceives { watch_list_id, .. } => {
                self.past_transfers(watch_list_id, limit).await?
            }
        };
        past.happenings.reverse();
        Ok(past)
    }

    async fn past_voices(&self, rule: &Rule, limit: u32) -> Result<Past, ServiceError> {
        let searched = Searched::for_rules([rule]);
        let mut past = Past::of("recordings");
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
        let mut past = Past::of("numbers");
        past.is_whole = numbers.len() <= limit as usize;
        numbers.truncate(limit as usize);
        past.count = numbers.len() as u64;
        for (number, case_id) in numbers {
            let cases = reader.cases_of_number(&number).await?;
            past.happenings.push(number_seen(number, case_id, cases));
        }
        Ok(past)
    }

    /// Each case in which a watched number was seen.
    async fn past_of_watched_numbers(
        &self,
        list: Option<WatchListId>,
        limit: u32,
    ) -> Result<Past, ServiceError> {
        let mut reader = self.store.reader().await?;
        let mut past = Past::of("numbers");
        past.is_whole = true;
        for value in self.watched_values(reader.as_mut(), list).await? {
            let WatchedValue::Number(number) = value else {
                continue;
            };
            let mut cases = reader.cases_of_number(&number).await?;
            if cases.is_empty() {
                continue;
            }
            if past.count >= u64::from(limit) {
                past.is_whole = false;
                break;
            }
            past.count += 1;
            cases.truncate(MAX_CASES_OF_NUMBER as usize);
            for case_id in cases.iter().copied() {
                let seen = number_seen(number.clone(), case_id, cases.clone());
                past.happenings.push(seen);
            }
        }
        Ok(past)
    }

    /// Links that count, whatever was decided on them: each was proposed once.
    async fn past_links(&self, limit: u32) -> Result<Past, ServiceError> {
        let mut reader = self.store.reader().await?;
        let page = PageRequest { limit, after: None };
        let links = reader.links(&LinkFilter::default(), page).await?;
        let mut past = Past::of("links");
        past.is_whole = links.next.is_none();
        past.count = links.items.len() as u64;
        for link in &links.items {
            let stage = match link.state {
                LinkState::Confirmed => LinkStage::Confirmed,
                LinkState::Proposed | LinkState::Rejected => LinkStage::Proposed,
            };
            past.happenings.extend(link_made(link, stage));
        }
        Ok(past)
    }

    /// The newest transfers to accounts on watch lists in force.
    async fn past_transfers(
        &self,
        list: Option<WatchListId>,
        limit: u32,
    ) -> Result<Past, ServiceError> {
        let mut reader = self.store.reader().await?;
        let mut past = Past::of("transfers");
        past.is_whole = true;
        let mut found = Vec::new();
        for value in self.watched_values(reader.as_mut(), list).await? {
            let WatchedValue::Account(account) = value else {
                continue;
            };
            let entity = reader
                .entity_by_value(EntityKind::Account, &account)
                .await?;
            let Some(entity) = entity else {
                continue;
            };
            let (received, is_whole) = transfers_to(reader.as_mut(), &entity, limit).await?;
            found.extend(received);
            found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            past.is_whole &= is_whole && found.len() <= limit as usize;
            found.truncate(limit as usize);
        }
        past.count = found.len() as u64;
        past.happenings = found.into_iter().map(|(_, happening)| happening).collect();
        Ok(past)
    }

    /// Numbers and accounts on a list in force, or on any, each once.
    async fn watched_values(
        &self,
        reader: &mut dyn Reader,
        list: Option<WatchListId>,
    ) -> Result<BTreeSet<WatchedValue>, ServiceError> {
        let now = self.clock.now();
        let mut lists = Vec::new();
        let mut after = None;
        loop {
            let page = PageRequest {
                limit: BATCH,
                after,
            };
            let page = reader.watch_lists(page).await?;
            let asked = page
                .items
                .into_iter()
                .filter(|one| one.in_force(now) && list.is_none_or(|list| one.id == list));
            lists.extend(asked.map(|one| one.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut values = BTreeSet::new();
        for id in lists {
            let mut after = None;
            loop {
                let page = PageRequest {
                    limit: BATCH,
                    after,
                };
                let page = reader.watch_members(id, page).await?;
                let present = page
                    .items
                    .into_iter()
                    .filter(|one| one.removed_at.is_none());
                values.extend(present.map(|one| one.value));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(values)
    }
}

/// The newest transfers to an account, at most `limit`, and whether that is all of them.
async fn transfers_to(
    reader: &mut dyn Reader,
    account: &Entity,
    limit: u32,
) -> Result<(Vec<(Timestamp, Happening)>, bool), ServiceError> {
    let filter = EventFilter {
        entity_id: Some(account.id),
        kind: Some(EventKind::Transfer),
        ..EventFilter::default()
    };
    let mut found = Vec::new();
    let mut after = None;
    for _ in 0..MAX_PAGES_OF_ACCOUNT {
        let page = PageRequest {
            limit: BATCH,
            after,
        };
        let page = reader.events(&filter, page).await?;
        // Those that the account paid are among its events too.
        let received = page.items.iter().filter(|event| {
            let to = event.party(Role::To);
            to.is_some_and(|to| to.entity_id == account.id)
        });
        found.extend(received.filter_map(|event| Some((event.at, transfer_received(event)?))));
        after = page.next;
        if after.is_none() || found.len() > limit as usize {
            break;
        }
    }
    let is_whole = after.is_none() && found.len() <= limit as usize;
    found.truncate(limit as usize);
    Ok((found, is_whole))
}

fn number_seen(number: String, case_id: CaseId, cases: Vec<CaseId>) -> Happening {
    Happening::NumberSeen(NumberSeen {
        number,
        case_id,
        recording_id: None,
        cases,
    })
}
