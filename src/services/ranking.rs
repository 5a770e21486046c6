//! The archive is held against a truth file: is each voice's best candidate the same person?

use std::collections::HashMap;

use super::{ProbeRequest, SearchOptions, ServiceError, Services, VoiceRef};
use crate::domain::VoiceId;
use crate::evaluation::{RankRow, RankedBest, TruthEntry};

impl Services {
    /// Searches for each voice of a truth file without storing the answers.
    ///
    /// # Errors
    /// The store or the index could not do it; a voice without a result is a row, not an error.
    pub async fn rank_against_truth(
        &self,
        truth: &[TruthEntry],
    ) -> Result<Vec<RankRow>, ServiceError> {
        let mut by_voice: HashMap<VoiceId, TruthEntry> = HashMap::new();
        let mut probes: Vec<(TruthEntry, Result<VoiceId, String>)> = Vec::new();
        let now = self.clock.now();
        let mut reader = self.store.reader().await?;
        for entry in truth {
            let filter = crate::store::RecordingFilter {
                sha256: Some(entry.sha256),
                ..Default::default()
            };
            let page = crate::domain::PageRequest {
                limit: 1,
                after: None,
            };
            let recordings = reader.recordings(&filter, page).await?.items;
            let Some(recording) = recordings.first() else {
                probes.push((entry.clone(), Err("not in the archive".to_owned())));
                continue;
            };
            let voice = reader
                .voices_of_recording(recording.id, now)
                .await?
                .into_iter()
                .find(|voice| voice.channel == entry.channel);
            match voice {
                Some(voice) => {
                    by_voice.insert(voice.id, entry.clone());
                    probes.push((entry.clone(), Ok(voice.id)));
                }
                None => probes.push((entry.clone(), Err("no voice was found".to_owned()))),
            }
        }
        drop(reader);
        let mut rows = Vec::with_capacity(probes.len());
        for (entry, voice) in probes {
            rows.push(match voice {
                Err(outcome) => RankRow {
                    entry,
                    best: None,
                    outcome: Some(outcome),
                },
                Ok(id) => self.rank_row(entry, id, &by_voice).await?,
            });
        }
        Ok(rows)
    }

    async fn rank_row(
        &self,
        entry: TruthEntry,
        id: VoiceId,
        by_voice: &HashMap<VoiceId, TruthEntry>,
    ) -> Result<RankRow, ServiceError> {
        let options = SearchOptions {
            top_k: Some(self.settings.max_top_k),
            exact: true,
            ..Default::default()
        };
        let answer = match self
            .unstored_search(ProbeRequest::Archive(VoiceRef::Voice(id)), &options)
            .await
        {
            Ok(answer) => answer,
            Err(error) if error.is_outcome() => {
                return Ok(RankRow {
                    entry,
                    best: None,
                    outcome: Some(error.to_string()),
                });
            }
            Err(error) => return Err(error),
        };
        let known = answer.candidates.iter().filter_map(|candidate| {
            let other = by_voice.get(&candidate.voice.voice_id?)?;
            (other.sha256 != entry.sha256).then_some((candidate, other))
        });
        let mut best = None;
        let mut findable = false;
        for (candidate, other) in known {
            findable |= other.speaker == entry.speaker;
            best.get_or_insert_with(|| RankedBest {
                entry: other.clone(),
                score: candidate.evidence.score.0,
                log10_lr: candidate.evidence.log10_lr,
                findable: false,
            });
        }
        let best = best.map(|best| RankedBest { findable, ..best });
        let outcome = best.is_none().then(|| "no candidate".to_owned());
        Ok(RankRow {
            entry,
            best,
            outcome,
        })
    }
}
