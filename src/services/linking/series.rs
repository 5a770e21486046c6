//! Series of cases follow the groups of their voices.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::{
    CaseId, Group, GroupMember, LineageEvent, Series, SeriesId, SeriesKind, VoiceId,
};
use crate::linking::{inherit, joined_cases, lineage};
use crate::services::{ServiceError, Services};
use crate::store::{Reader, UnitOfWork};

/// How stored series changed.
#[derive(Debug, Default)]
pub(super) struct SeriesChanges {
    pub(super) ended: Vec<SeriesId>,
    pub(super) written: Vec<Series>,
    pub(super) events: Vec<LineageEvent>,
}

impl Services {
    /// Brings the series around some cases in step with the groups that stand, in the caller's unit of
    /// work.
    pub(super) async fn follow_series(
        &self,
        work: &mut dyn UnitOfWork,
        cases: &BTreeSet<CaseId>,
    ) -> Result<SeriesChanges, ServiceError> {
        let mut changes = SeriesChanges::default();
        for kind in [SeriesKind::Confirmed, SeriesKind::Proposed] {
            let (cases, speakers) = joined_by(work, kind, cases).await?;
            let mut found = joined_cases(speakers.iter().map(Vec::as_slice));
            let cases: Vec<CaseId> = cases.into_iter().collect();
            if kind == SeriesKind::Proposed {
                // What people confirmed needs no proposal.
                let confirmed = work.series_of_cases(SeriesKind::Confirmed, &cases).await?;
                found.retain(|found| !confirmed.iter().any(|one| one.case_ids == *found));
            }
            let stored = work.series_of_cases(kind, &cases).await?;
            self.replace_series(work, kind, &stored, found, &mut changes)
                .await?;
        }
        work.append_lineage(&changes.events, self.clock.now())
            .await?;
        Ok(changes)
    }

    async fn replace_series(
        &self,
        work: &mut dyn UnitOfWork,
        kind: SeriesKind,
        stored: &[Series],
        found: Vec<Vec<CaseId>>,
        changes: &mut SeriesChanges,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let old: Vec<(Uuid, Vec<CaseId>)> = stored
            .iter()
            .map(|series| (series.id.0, series.case_ids.clone()))
            .collect();
        let inherited = inherit(&old, &found);
        let mut written = Vec::new();
        let mut named = Vec::with_capacity(found.len());
        for (case_ids, inherited) in found.into_iter().zip(inherited) {
            let id = match inherited {
                Some(id) => SeriesId(id),
                None => match work.ended_series(kind, &case_ids).await? {
                    Some(id) => id,
                    None => SeriesId::new(self.clock(), self.rng.as_ref()),
                },
            };
            named.push((id.0, case_ids.iter().map(|case| case.0).collect()));
            let known = stored.iter().find(|series| series.id == id);
            if known.is_none_or(|known| known.case_ids != case_ids) {
                written.push(Series {
                    id,
                    kind,
                    case_ids,
                    changed_at: now,
                    created_at: known.map_or(now, |known| known.created_at),
                });
            }
        }
        let kept: BTreeSet<Uuid> = named.iter().map(|(id, _)| *id).collect();
        let gone = stored.iter().map(|series| series.id);
        let ended: Vec<SeriesId> = gone.filter(|id| !kept.contains(&id.0)).collect();
        work.replace_series(&ended, &written, now).await?;
        let old: Vec<(Uuid, Vec<Uuid>)> = old
            .into_iter()
            .map(|(id, cases)| (id, cases.into_iter().map(|case| case.0).collect()))
            .collect();
        changes.events.extend(lineage(&old, &named));
        changes.ended.extend(ended);
        changes.written.extend(written);
        Ok(())
    }
}

/// Cases that some cases hang together with, by stored series or by groups, and the cases of each
/// speaker among them.
async fn joined_by(
    reader: &mut dyn Reader,
    kind: SeriesKind,
    cases: &BTreeSet<CaseId>,
) -> Result<(BTreeSet<CaseId>, Vec<Vec<CaseId>>), ServiceError> {
    let mut cases = cases.clone();
    loop {
        let listed: Vec<CaseId> = cases.iter().copied().collect();
        let mut all = cases.clone();
        for series in reader.series_of_cases(kind, &listed).await? {
            all.extend(series.case_ids);
        }
        let groups = reader.groups_of_cases(&listed).await?;
        let speakers = speakers_of(reader, kind, &groups).await?;
        all.extend(speakers.iter().flatten());
        if all == cases {
            return Ok((cases, speakers));
        }
        cases = all;
    }
}

/// Cases of each speaker who speaks in two or more: of each core for confirmed series, of each group
/// for proposed ones.
async fn speakers_of(
    reader: &mut dyn Reader,
    kind: SeriesKind,
    groups: &[Group],
) -> Result<Vec<Vec<CaseId>>, ServiceError> {
    let members = groups.iter().flat_map(|group| &group.members);
    let voices: Vec<VoiceId> = members.map(|member| member.voice_id).collect();
    let cases: BTreeMap<VoiceId, CaseId> = reader
        .voice_placements(&voices)
        .await?
        .into_iter()
        .filter_map(|placement| Some((placement.voice_id, placement.case_id?)))
        .collect();
    let mut speakers: Vec<Vec<CaseId>> = Vec::new();
    for group in groups {
        for voices in speakers_in(kind, &group.members) {
            let found: BTreeSet<CaseId> = voices
                .iter()
                .filter_map(|voice| cases.get(voice).copied())
                .collect();
            if found.len() > 1 {
                speakers.push(found.into_iter().collect());
            }
        }
    }
    Ok(speakers)
}

/// Voices of each speaker of a group that counts for a kind of series.
pub(super) fn speakers_in(kind: SeriesKind, members: &[GroupMember]) -> Vec<Vec<VoiceId>> {
    let mut speakers: BTreeMap<u32, Vec<VoiceId>> = BTreeMap::new();
    for member in members {
        let speaker = match kind {
            SeriesKind::Confirmed => member.core,
            SeriesKind::Proposed => 0,
        };
        speakers.entry(speaker).or_default().push(member.voice_id);
    }
    speakers.into_values().collect()
}
