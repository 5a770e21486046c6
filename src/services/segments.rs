//! Who speaks when is read, and corrected: the automatic revision stays, each edit makes a new one.

mod check;

use serde_json::json;

use super::job_control::event_of;
use super::population_use::PopulationChoice;
use super::{Actor, ServiceError, Services, off_executor};
use crate::audit;
use crate::domain::{Job, JobTask, RecordingId, SearchRequest, Segment, SegmentRevision, Voice};
use crate::store::{Reader, RevisedSegments};

use super::probes::ProbeRequest;
use super::searching::SearchOptions;
use super::voices::VoiceRef;

pub use check::check_segments;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 500;

/// Longest name of an author, in characters.
const MAX_AUTHOR_CHARS: usize = 200;

/// Searches that are repeated for one recording at most.
const MAX_REPEATED: usize = 20;

/// Who speaks when in one revision.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentsView {
    /// The revision; none before the analysis.
    pub revision: Option<SegmentRevision>,
    /// Whether it is the newest.
    pub is_current: bool,
    /// The revision that the voices were made from; less than the newest while a job makes them
    /// anew.
    pub voices_revision: Option<u32>,
    /// Segments by channel and start.
    pub segments: Vec<Segment>,
    /// Voices of the recording as they are now.
    pub voices: Vec<Voice>,
    /// Every revision, oldest first.
    pub revisions: Vec<SegmentRevision>,
}

/// A person's correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Revision that it is based on.
    pub based_on: u32,
    /// Every segment, in any order.
    pub segments: Vec<Segment>,
    /// Who corrects.
    pub author: String,
    /// Why.
    pub reason: String,
}

impl Services {
    /// Who speaks when, in the newest revision or the one named.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn segments(
        &self,
        id: RecordingId,
        revision: Option<u32>,
    ) -> Result<SegmentsView, ServiceError> {
        let mut reader = self.store.reader().await?;
        if reader.recording(id).await?.is_none() {
            return Err(ServiceError::not_found("recording", id));
        }
        self.segments_view(reader.as_mut(), id, revision).await
    }

    async fn segments_view(
        &self,
        reader: &mut (dyn Reader + '_),
        id: RecordingId,
        wanted: Option<u32>,
    ) -> Result<SegmentsView, ServiceError> {
        let revisions = reader.segment_revisions(id).await?;
        let newest = revisions.last().cloned();
        let (revision, segments) = match wanted {
            None => (newest.clone(), reader.segments(id).await?.1),
            Some(number) => {
                let known = revisions.iter().find(|known| known.revision == number);
                let segments = reader.segments_of_revision(id, number).await?;
                let not_found = || ServiceError::not_found("revision", number);
                (
                    Some(known.cloned().ok_or_else(not_found)?),
                    segments.ok_or_else(not_found)?,
                )
            }
        };
        Ok(SegmentsView {
            is_current: revision == newest,
            revision,
            voices_revision: reader.voices_revision(id).await?,
            segments,
            voices: reader.voices_of_recording(id, self.clock.now()).await?,
            revisions,
        })
    }

    /// Writes a person's revision and queues the job that makes the voices anew.
    ///
    /// # Errors
    /// `NotFound`; `RecordingPending` before the first analysis; `Stale` when somebody corrected
    /// it meanwhile; `Invalid` with the segment that is wrong.
    pub async fn revise_segments(
        &self,
        actor: &Actor,
        id: RecordingId,
        revision: Revision,
    ) -> Result<(SegmentsView, Job), ServiceError> {
        check_person("author", &revision.author, MAX_AUTHOR_CHARS)?;
        check_person("reason", &revision.reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        let recording = work
            .recording(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("recording", id))?;
        let (newest, _) = work.segments(id).await?;
        if newest == 0 {
            return Err(ServiceError::RecordingPending { id });
        }
        if newest != revision.based_on {
            return Err(ServiceError::Stale {
                what: "segments",
                expected: revision.based_on,
                found: newest,
            });
        }
        let (channels, duration_ms) = recording
            .media
            .as_ref()
            .map_or((0, 0), |media| (media.channels, media.duration_ms));
        let segments = revision.segments;
        let segments =
            off_executor(move || check_segments(segments, channels, duration_ms)).await??;
        let number = newest.saturating_add(1);
        work.revise_segments(&RevisedSegments {
            recording_id: id,
            revision: number,
            segments: &segments,
            author: &revision.author,
            reason: &revision.reason,
            at: self.clock.now(),
        })
        .await?;
        let text = serde_json::to_vec(&segments).unwrap_or_default();
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::SEGMENTS_REVISED,
            &format!("recording/{id}"),
            json!({
                "revision": number,
                "author": revision.author,
                "reason": revision.reason,
                "segments": segments.len(),
                "segments_sha256": crate::domain::Sha256::of(&text),
            }),
        )
        .await?;
        let job_id = self
            .queue_job(work.as_mut(), actor, JobTask::Analyse { recording_id: id })
            .await?;
        let job = work
            .job(job_id)
            .await?
            .ok_or_else(|| ServiceError::not_found("job", job_id))?;
        let view = self.segments_view(work.as_mut(), id, None).await?;
        work.commit().await?;
        self.tell(event_of(&job));
        Ok((view, job))
    }

    /// Asks again what was asked last of each voice of a recording whose segments were corrected;
    /// the old answers stay, and name the new ones when they are read.
    pub(super) async fn repeat_searches(&self, id: RecordingId) -> Result<(), ServiceError> {
        let mut reader = self.store.reader().await?;
        let voices = reader.voices_of_recording(id, self.clock.now()).await?;
        let mut asked = Vec::new();
        for voice in voices.iter().take(MAX_REPEATED) {
            if let Some(search) = reader.newest_search_of(voice.id).await? {
                asked.push((voice.id, search));
            }
        }
        drop(reader);
        for (voice_id, search) in asked {
            // Measured on what the old answer was, whatever versions came since.
            let version = search.answer.population_use.map(|used| used.version);
            let mut options = options_of(search.request, version);
            options.repeats = Some(search.id);
            let again = |options| {
                let probe = ProbeRequest::Archive(VoiceRef::Voice(voice_id));
                async move { self.search(&Actor::worker(), probe, options).await }
            };
            let mut repeated = again(options.clone()).await;
            if let Err(ServiceError::Invalid { field, .. }) = &repeated
                && *field == "population_id"
            {
                // Another model, or a stricter setting: it is better to have an answer without.
                options.population = None;
                repeated = again(options).await;
            }
            // A voice that lost its speech has no answer any more, which the old one shows.
            if let Err(error) = repeated
                && !error.is_outcome()
            {
                return Err(error);
            }
        }
        Ok(())
    }
}

fn options_of(request: SearchRequest, population_version: Option<u32>) -> SearchOptions {
    SearchOptions {
        against: request.against,
        top_k: Some(request.top_k),
        exact: request.exact,
        case_id: request.case_id,
        purpose: request.purpose,
        repeats: None,
        population: request.population_id.map(|id| PopulationChoice {
            id,
            version: population_version,
        }),
        filters: request.filters,
    }
}

fn check_person(field: &'static str, text: &str, most: usize) -> Result<(), ServiceError> {
    let count = text.trim().chars().count();
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(ServiceError::Invalid {
        field,
        found: format!("{count} characters"),
        expected: format!("1 to {most}"),
    })
}

#[cfg(test)]
mod tests;
