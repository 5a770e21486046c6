//! The full run: every group worked out anew, and what differs from the groups that stand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{CaseId, VoiceId, VoicePlacement};
use crate::linking::{GraphError, LinkedVoice, contradictions, partition};
use crate::services::{Actor, ServiceError, Services, off_executor};

use super::groups::{count_by_change, voices_of};
use super::ratios::Ratios;
use super::region::{broken, graph_of, linked};

/// What a full run found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupDrift {
    /// Voices with links.
    pub voices: usize,
    /// Links that count.
    pub links: usize,
    /// Groups that stood.
    pub stored: usize,
    /// Groups that were found.
    pub found: usize,
    /// Groups that differ in members, cores or worst ratio from the one that stood under their id, or
    /// are new.
    pub differing: usize,
    /// Groups that stood and are not found.
    pub ended: usize,
    /// Voices whose group has other members than before.
    pub moved_voices: usize,
    /// What became of groups, by kind of change.
    pub changes: BTreeMap<&'static str, usize>,
    /// Decisions that do not go together.
    pub contradictions: usize,
}

impl GroupDrift {
    /// Whether what stood was what a full run gives.
    pub fn is_none(&self) -> bool {
        self.differing == 0 && self.ended == 0
    }
}

impl Services {
    /// Works out all groups from all links, and says what differs from what stands. Unless `dry_run`,
    /// writes what differs and the series that follow.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn rerun_groups(
        &self,
        actor: &Actor,
        dry_run: bool,
    ) -> Result<GroupDrift, ServiceError> {
        let calibration = self.calibration().await?;
        // One unit of work, so that nothing changes between looking and writing; dropped if nothing is
        // to be written.
        let mut work = self.store.begin().await?;
        let edges = work.all_link_edges().await?;
        let stored = work.all_groups().await?;
        let ends = edges.iter().flat_map(|edge| [edge.left, edge.right]);
        let grouped = stored.iter().flat_map(|group| voices_of(&group.members));
        let voices: BTreeSet<VoiceId> = ends.chain(grouped).collect();
        let voices: Vec<VoiceId> = voices.into_iter().collect();
        let placements = work.voice_placements(&voices).await?;
        let scored = work
            .scored_voices(&voices, self.analyser.model_id())
            .await?;
        let nodes: Vec<LinkedVoice> = placements.iter().map(linked).collect();
        let (analyser, linkage) = (Arc::clone(&self.analyser), self.linkage());
        let links = edges.len();
        let (identities, contradictions) = off_executor(move || {
            let ratios = Ratios::new(analyser, calibration, scored);
            let graph = graph_of(nodes, &edges, &ratios)?;
            let identities = partition(&graph, linkage, &ratios);
            Ok::<_, GraphError>((identities, contradictions(&graph).len()))
        })
        .await?
        .map_err(|error| broken(&error))?;
        let changes = self
            .group_changes(work.as_mut(), &stored, &identities)
            .await?;
        let before: BTreeMap<VoiceId, Vec<VoiceId>> = stored
            .iter()
            .flat_map(|group| {
                let voices = voices_of(&group.members);
                voices
                    .clone()
                    .into_iter()
                    .map(move |voice| (voice, voices.clone()))
            })
            .collect();
        let moved_voices = identities
            .iter()
            .map(|identity| {
                let voices = identity.voices();
                let moved = |voice: &&VoiceId| match before.get(voice) {
                    Some(before) => *before != voices,
                    None => voices.len() > 1,
                };
                voices.iter().filter(moved).count()
            })
            .sum();
        let drift = GroupDrift {
            voices: placements.len(),
            links,
            stored: stored.len(),
            found: identities
                .iter()
                .filter(|one| one.voices().len() > 1)
                .count(),
            differing: changes.written.len(),
            ended: changes.ended.len(),
            moved_voices,
            changes: count_by_change(changes.events.iter()),
            contradictions,
        };
        if !dry_run && !drift.is_none() {
            let case_of = |placement: &VoicePlacement| placement.case_id;
            let cases: BTreeSet<CaseId> = placements.iter().filter_map(case_of).collect();
            let events = self
                .write_groups(work.as_mut(), actor, changes, &cases)
                .await?;
            work.commit().await?;
            events.into_iter().for_each(|event| self.tell(event));
        }
        Ok(drift)
    }
}
