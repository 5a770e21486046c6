//! Links that a person confirmed or rejected, as trials.

use std::collections::{HashMap, HashSet};

use super::voices::{Edited, TrialVoice};
use crate::domain::{Link, LinkId, LinkState, PageRequest, Proposer, Score, Voice, VoiceId};
use crate::services::{ServiceError, Services};
use crate::store::{LinkFilter, LinkForce, Reader};

/// Links that are read at a time.
const PAGE: u32 = 200;

/// A decided link whose voices are still those that the person decided about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LinkTrial {
    pub(super) id: LinkId,
    pub(super) sides: [TrialVoice; 2],
    /// Confirmed: one speaker.
    pub(super) is_target: bool,
    /// Score when it was proposed.
    pub(super) score: Score,
    /// Ratio to base 10 when it was proposed.
    pub(super) log10_lr: f64,
    pub(super) proposer: Proposer,
}

impl Services {
    /// Links in force that a person decided, by id, and how many of them cannot be used.
    pub(super) async fn decided_links(
        &self,
        reader: &mut dyn Reader,
        edited: &mut Edited,
    ) -> Result<(Vec<LinkTrial>, usize), ServiceError> {
        let mut links: Vec<(Link, bool)> = Vec::new();
        for (state, is_target) in [(LinkState::Confirmed, true), (LinkState::Rejected, false)] {
            let filter = LinkFilter {
                state: Some(state),
                force: LinkForce::InForce,
                ..LinkFilter::default()
            };
            let mut page = PageRequest {
                limit: PAGE,
                after: None,
            };
            loop {
                let found = reader.links(&filter, page).await?;
                links.extend(found.items.into_iter().map(|link| (link, is_target)));
                page.after = found.next;
                if page.after.is_none() {
                    break;
                }
            }
        }
        links.sort_by_key(|(link, _)| link.id);
        let ids: HashSet<VoiceId> = links
            .iter()
            .flat_map(|(link, _)| [link.left.voice_id, link.right.voice_id])
            .flatten()
            .collect();
        let mut ids: Vec<VoiceId> = ids.into_iter().collect();
        ids.sort_unstable();
        let voices: HashMap<VoiceId, Voice> = reader
            .voices(&ids, self.clock.now())
            .await?
            .into_iter()
            .map(|voice| (voice.id, voice))
            .collect();
        let mut trials = Vec::new();
        let all = links.len();
        for (link, is_target) in links {
            let left = self.link_voice(reader, &link.left, &voices, edited).await?;
            let right = self
                .link_voice(reader, &link.right, &voices, edited)
                .await?;
            let (Some(left), Some(right)) = (left, right) else {
                continue;
            };
            if left.sha256 == right.sha256 {
                continue;
            }
            trials.push(LinkTrial {
                id: link.id,
                sides: [left, right],
                is_target,
                score: link.evidence.score,
                log10_lr: link.evidence.log10_lr,
                proposer: link.proposer,
            });
        }
        let left_out = all - trials.len();
        Ok((trials, left_out))
    }

    /// A side of a link; none when the voice is gone, or was described anew since it was decided about.
    async fn link_voice(
        &self,
        reader: &mut dyn Reader,
        side: &crate::domain::VoiceFacts,
        voices: &HashMap<VoiceId, Voice>,
        edited: &mut Edited,
    ) -> Result<Option<TrialVoice>, ServiceError> {
        let Some(voice) = side.voice_id.and_then(|id| voices.get(&id)) else {
            return Ok(None);
        };
        if side.revision != Some(voice.revision) {
            return Ok(None);
        }
        self.trial_voice(reader, voice, edited).await
    }
}
