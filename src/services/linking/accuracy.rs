//! Links and groups of the archive are held against a truth file.

use std::collections::HashMap;

use crate::domain::{GroupId, LinkState, PageRequest, VoiceId};
use crate::evaluation::{LabelledLink, LabelledVoice, LinkingFigures, TruthEntry, linking_figures};
use crate::services::{ServiceError, Services};

/// Recordings of the same bytes, in different cases, that are looked at.
const MAX_COPIES: u32 = 100;

/// How right links and groups are.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkingAccuracy {
    /// The figures.
    pub figures: LinkingFigures,
    /// Links of two speakers, the largest ratio first: where the voices are, and log10 LR.
    pub false_links: Vec<(TruthEntry, TruthEntry, f64)>,
    /// Entries whose voice is not in the archive.
    pub missing: Vec<TruthEntry>,
}

impl Services {
    /// Holds the links that count and were not rejected, and the groups, against a truth file.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn linking_accuracy(
        &self,
        truth: &[TruthEntry],
    ) -> Result<LinkingAccuracy, ServiceError> {
        let now = self.clock.now();
        let mut reader = self.store.reader().await?;
        let mut places: HashMap<VoiceId, usize> = HashMap::new();
        let mut entries: Vec<&TruthEntry> = Vec::new();
        let mut voices = Vec::new();
        let mut ids = Vec::new();
        let mut missing = Vec::new();
        for entry in truth {
            let filter = crate::store::RecordingFilter {
                sha256: Some(entry.sha256),
                ..Default::default()
            };
            let page = PageRequest {
                limit: MAX_COPIES,
                after: None,
            };
            let mut found = false;
            for recording in reader.recordings(&filter, page).await?.items {
                let of_recording = reader.voices_of_recording(recording.id, now).await?;
                // The truth knows channels; where one has several voices, it means the main one.
                let of_channel = of_recording
                    .into_iter()
                    .filter(|voice| voice.channel == entry.channel);
                let Some(voice) = of_channel.max_by_key(|voice| voice.net_speech) else {
                    continue;
                };
                found = true;
                if places.insert(voice.id, voices.len()).is_none() {
                    entries.push(entry);
                    ids.push(voice.id);
                    voices.push(LabelledVoice {
                        speaker: entry.speaker.clone(),
                        group: None,
                        bandwidth: voice.quality.bandwidth,
                    });
                }
            }
            if !found {
                missing.push(entry.clone());
            }
        }
        let mut numbers: HashMap<GroupId, usize> = HashMap::new();
        for group in reader.groups_of_voices(&ids).await? {
            let next = numbers.len();
            let number = *numbers.entry(group.id).or_insert(next);
            for member in &group.members {
                if let Some(voice) = places
                    .get(&member.voice_id)
                    .and_then(|at| voices.get_mut(*at))
                {
                    voice.group = Some(number);
                }
            }
        }
        let mut links = Vec::new();
        for edge in reader.link_edges(&ids).await? {
            let ends = places.get(&edge.left).zip(places.get(&edge.right));
            if let Some((&left, &right)) = ends
                && edge.state != LinkState::Rejected
            {
                links.push(LabelledLink {
                    left: left.min(right),
                    right: left.max(right),
                    llr: edge.llr.0,
                });
            }
        }
        let mut false_links: Vec<(TruthEntry, TruthEntry, f64)> = links
            .iter()
            .filter_map(|link| {
                let (left, right) = (*entries.get(link.left)?, *entries.get(link.right)?);
                let log10_lr = crate::domain::Llr(link.llr).log10();
                (left.speaker != right.speaker).then(|| (left.clone(), right.clone(), log10_lr))
            })
            .collect();
        false_links.sort_by(|left, right| right.2.total_cmp(&left.2));
        Ok(LinkingAccuracy {
            figures: linking_figures(&voices, &links),
            false_links,
            missing,
        })
    }
}
