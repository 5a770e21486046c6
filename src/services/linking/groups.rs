//! Groups of voices follow their links, in the unit of work that changes these.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use crate::audit;
use crate::domain::{
    CaseId, Group, GroupId, GroupMember, LineageChange, LineageEvent, Sha256, VoiceId,
};
use crate::linking::{Identity, inherit, lineage};
use crate::services::{Actor, Event, ServiceError, Services};
use crate::store::UnitOfWork;

use super::region::Region;

/// How stored groups are to change.
#[derive(Debug, Default)]
pub(super) struct GroupChanges {
    pub(super) ended: Vec<GroupId>,
    pub(super) written: Vec<Group>,
    pub(super) events: Vec<LineageEvent>,
}

impl GroupChanges {
    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.ended.is_empty() && self.written.is_empty()
    }
}

impl Services {
    /// Brings groups and series in step with the links of some voices, in the caller's unit of work.
    /// `cases` are those of voices that are gone. Answers the region, and what to tell after the
    /// commit.
    pub(super) async fn regroup(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        touched: &[VoiceId],
        cases: &[CaseId],
    ) -> Result<(Region, Vec<Event>), ServiceError> {
        let region = self.region(work, touched).await?;
        let changes = self
            .group_changes(work, &region.stored, &region.identities)
            .await?;
        let mut touched_cases: BTreeSet<CaseId> = cases.iter().copied().collect();
        let placements = region.placements.values();
        touched_cases.extend(placements.filter_map(|placement| placement.case_id));
        let events = self
            .write_groups(work, actor, changes, &touched_cases)
            .await?;
        Ok((region, events))
    }

    /// Gives ids to groups that were worked out, by the groups that stand in their place.
    pub(super) async fn group_changes(
        &self,
        work: &mut dyn UnitOfWork,
        stored: &[Group],
        identities: &[Identity],
    ) -> Result<GroupChanges, ServiceError> {
        let now = self.clock.now();
        let old: Vec<(Uuid, Vec<VoiceId>)> = stored
            .iter()
            .map(|group| (group.id.0, voices_of(&group.members)))
            .collect();
        let several = identities.iter().filter(|one| one.voices().len() > 1);
        let several: Vec<&Identity> = several.collect();
        let new: Vec<Vec<VoiceId>> = several.iter().map(|one| one.voices()).collect();
        let by_id: BTreeMap<GroupId, &Group> =
            stored.iter().map(|group| (group.id, group)).collect();
        let mut changes = GroupChanges::default();
        let mut named = Vec::with_capacity(several.len());
        for (identity, inherited) in several.into_iter().zip(inherit(&old, &new)) {
            let members = members_of(identity);
            let id = match inherited {
                Some(id) => GroupId(id),
                None => match work.ended_group(&voices_of(&members)).await? {
                    // What an undo brings back is what it was.
                    Some(id) => id,
                    None => GroupId::new(self.clock(), self.rng.as_ref()),
                },
            };
            named.push((id.0, members.iter().map(|one| one.voice_id.0).collect()));
            let known = by_id.get(&id);
            let same = known.is_some_and(|known| {
                known.members == members && known.worst_llr == identity.worst_llr
            });
            if !same {
                changes.written.push(Group {
                    id,
                    members,
                    worst_llr: identity.worst_llr,
                    changed_at: now,
                    created_at: known.map_or(now, |known| known.created_at),
                });
            }
        }
        let kept: BTreeSet<Uuid> = named.iter().map(|(id, _)| *id).collect();
        let gone = stored.iter().map(|group| group.id);
        changes.ended = gone.filter(|id| !kept.contains(&id.0)).collect();
        let old: Vec<(Uuid, Vec<Uuid>)> = old
            .into_iter()
            .map(|(id, voices)| (id, voices.into_iter().map(|voice| voice.0).collect()))
            .collect();
        changes.events = lineage(&old, &named);
        Ok(changes)
    }

    /// Writes groups, and the series of the cases that are touched, with one audit row.
    pub(super) async fn write_groups(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        changes: GroupChanges,
        cases: &BTreeSet<CaseId>,
    ) -> Result<Vec<Event>, ServiceError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        work.replace_groups(&changes.ended, &changes.written, now)
            .await?;
        work.append_lineage(&changes.events, now).await?;
        let series = self.follow_series(work, cases).await?;
        let raised = self.raise_alerts_of_groups(work, &changes.written).await?;
        let texts: Vec<String> = changes
            .events
            .iter()
            .chain(&series.events)
            .map(|event| format!("{event:?}"))
            .collect();
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            audit::action::GROUPS_CHANGED,
            "groups",
            json!({
                "groups_written": changes.written.len(),
                "groups_ended": changes.ended.len(),
                "series_written": series.written.len(),
                "series_ended": series.ended.len(),
                "lineage": count_by_change(changes.events.iter().chain(&series.events)),
                "lineage_sha256": Sha256::of(texts.join("\n").as_bytes()),
            }),
        )
        .await?;
        let ended = changes
            .ended
            .iter()
            .map(|id| Event::Group { id: *id, voices: 0 });
        let written = changes.written.iter().map(|group| Event::Group {
            id: group.id,
            voices: group.members.len(),
        });
        let series_ended = series
            .ended
            .iter()
            .map(|id| Event::Series { id: *id, cases: 0 });
        let series_written = series.written.iter().map(|series| Event::Series {
            id: series.id,
            cases: series.case_ids.len(),
        });
        let events = ended.chain(written).chain(series_ended);
        Ok(events.chain(series_written).chain(raised.events).collect())
    }
}

/// Voices of members, by id.
pub(super) fn voices_of(members: &[GroupMember]) -> Vec<VoiceId> {
    members.iter().map(|member| member.voice_id).collect()
}

/// Members of an identity, by voice.
fn members_of(identity: &Identity) -> Vec<GroupMember> {
    let cores = (0u32..).zip(&identity.cores);
    let mut members: Vec<GroupMember> = cores
        .flat_map(|(core, voices)| {
            voices.iter().map(move |voice_id| GroupMember {
                voice_id: *voice_id,
                core,
            })
        })
        .collect();
    members.sort_unstable();
    members
}

/// How often each change happened.
pub(super) fn count_by_change<'a>(
    events: impl Iterator<Item = &'a LineageEvent>,
) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        let change: LineageChange = event.change;
        *counts.entry(change.as_str()).or_insert(0) += 1;
    }
    counts
}
