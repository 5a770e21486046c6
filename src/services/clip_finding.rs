//! The one query by a clip: who speaks in it is searched, and what occurs with the voices found is
//! answered as for a text.

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use super::finding::checked_limit;
use super::found::{Found, Way, add, why};
use super::receiving::clean_filename;
use super::uploading::Upload;
use super::{Actor, Probe, ProbeRequest, SearchOptions, ServiceError, Services, off_executor};
use crate::domain::{Analysis, StoredSearch, VoiceFacts, VoiceOutcome};
use crate::store::{Reader, StoreError};

/// Most voices of one clip that are searched.
const MAX_VOICES: usize = 8;

/// What a clip answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClipFound {
    /// The stored answer for each voice of the clip.
    pub searches: Vec<StoredSearch>,
    /// Voices that have too little speech to be searched.
    pub too_short: u32,
    /// What occurs with the candidates that reach an operating point; the others are leads to
    /// nobody and are not followed.
    pub found: Found,
}

impl Services {
    /// Searches every voice of a clip, and gathers what occurs with those that are found. The clip
    /// itself is not kept; the searches are.
    ///
    /// # Errors
    /// A refusal of the bytes, `NoVoice`, `Invalid` options.
    pub async fn find_by_clip(
        &self,
        actor: &Actor,
        upload: Upload,
        filename: &str,
        purpose: Option<String>,
        limit: Option<u32>,
    ) -> Result<ClipFound, ServiceError> {
        let limit = checked_limit(limit)?;
        let filename = clean_filename(filename);
        let sha256 = upload.sha256();
        let analysis = self.analyse_clip(&upload).await?;
        let mut answer = ClipFound::default();
        for voice in analysis.voices.iter().take(MAX_VOICES) {
            let VoiceOutcome::Embedded(embedding) = &voice.outcome else {
                answer.too_short += 1;
                continue;
            };
            let probe = Probe {
                facts: VoiceFacts {
                    voice_id: None,
                    recording_id: None,
                    filename: filename.clone(),
                    case_no: None,
                    channel: voice.channel,
                    net_speech: voice.net_speech,
                    quality: voice.quality,
                    label: Some(voice.label),
                    revision: None,
                },
                sha256,
                embedding: embedding.clone(),
            };
            let options = SearchOptions {
                purpose: purpose.clone(),
                ..SearchOptions::default()
            };
            let request = ProbeRequest::Outside(Box::new(probe));
            match self.search(actor, request, options).await {
                Ok(search) => answer.searches.push(search),
                Err(error) if error.is_outcome() => answer.too_short += 1,
                Err(error) => return Err(error),
            }
        }
        if answer.searches.is_empty() {
            return Err(ServiceError::NoVoice {
                id: filename,
                reason: "no voice in it has enough speech to be searched".to_owned(),
            });
        }
        let mut reader = self.store.reader().await?;
        for search in &answer.searches {
            self.follow_candidates(reader.as_mut(), search, &mut answer.found)
                .await?;
        }
        answer.found.finish(limit as usize);
        Ok(answer)
    }

    async fn analyse_clip(&self, upload: &Upload) -> Result<Analysis, ServiceError> {
        let incoming = Arc::clone(upload.incoming());
        let media = Arc::clone(&self.media);
        let analyser = Arc::clone(&self.analyser);
        off_executor(move || -> Result<_, ServiceError> {
            let file = {
                let incoming = incoming.lock().unwrap_or_else(PoisonError::into_inner);
                let incoming = incoming.as_ref().ok_or_else(|| ServiceError::Interrupted {
                    detail: "the upload was received already".to_owned(),
                })?;
                incoming.reopen().map_err(StoreError::from)?
            };
            media.check(&file)?;
            std::io::Seek::rewind(&mut &file).map_err(|error| ServiceError::Interrupted {
                detail: error.to_string(),
            })?;
            let go_on = |_| ControlFlow::Continue(());
            Ok(media.open(file)?.analyse(&analyser, None, &go_on)?)
        })
        .await?
    }

    async fn follow_candidates(
        &self,
        reader: &mut dyn Reader,
        search: &StoredSearch,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        let reached = search
            .answer
            .candidates
            .iter()
            .filter(|candidate| candidate.operating_point.is_some());
        for candidate in reached {
            let value = format!(
                "rank {}, log10 LR {:.2}",
                candidate.rank, candidate.evidence.log10_lr
            );
            let reason = why(Way::Voice, "voice", value);
            if let Some(subject) = &candidate.subject
                && let Some(subject) = reader.subject(subject.id).await?
            {
                add(
                    &mut found.subjects,
                    subject,
                    |subject| subject.id,
                    reason.clone(),
                );
            }
            let Some(id) = candidate.voice.recording_id else {
                continue;
            };
            let Some(recording) = reader.recording(id).await? else {
                continue;
            };
            if let Some(case_id) = recording.case_id
                && let Some(case) = reader.case(case_id).await?
            {
                add(&mut found.cases, case, |case| case.id, reason.clone());
            }
            self.follow_numbers(reader, &recording, &reason, found)
                .await?;
            add(&mut found.recordings, recording, |found| found.id, reason);
        }
        Ok(())
    }
}
