//! Who speaks when is read, and corrected: the automatic revision stays, each edit makes a new one.

use serde_json::json;

use super::job_control::event_of;
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    Job, JobTask, Recording, RecordingId, SearchRequest, Segment, SegmentRevision, Voice,
};
use crate::store::{Reader, RevisedSegments};

use super::searching::{ProbeRequest, SearchOptions};

/// Most segments of one revision: a 12-hour call with a turn every two seconds.
const MAX_SEGMENTS: usize = 20_000;

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
        let segments = checked(revision.segments, &recording)?;
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
            let old = search.request;
            let options = SearchOptions {
                repeats: Some(search.id),
                ..options_of(old)
            };
            let repeated = self
                .search(&Actor::worker(), ProbeRequest::Voice(voice_id), options)
                .await;
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

fn options_of(request: SearchRequest) -> SearchOptions {
    SearchOptions {
        against: request.against,
        top_k: Some(request.top_k),
        exact: request.exact,
        case_id: request.case_id,
        purpose: request.purpose,
        repeats: None,
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

/// Segments in order, without overlap within a channel: where two voices speak at once, that
/// stretch is overlap and nobody's.
fn checked(segments: Vec<Segment>, recording: &Recording) -> Result<Vec<Segment>, ServiceError> {
    if segments.len() > MAX_SEGMENTS {
        return Err(invalid(
            "segments",
            format!("{} segments", segments.len()),
            format!("at most {MAX_SEGMENTS}"),
        ));
    }
    let (channels, duration_ms) = recording
        .media
        .as_ref()
        .map_or((0, 0), |media| (media.channels, media.duration_ms));
    let mut channel_of = std::collections::HashMap::new();
    for (place, segment) in segments.iter().enumerate() {
        let at = format!(
            "segment {place} from {} to {} ms",
            segment.start_ms, segment.end_ms
        );
        if segment.channel >= channels {
            let expected = format!("a channel below {channels}");
            let found = format!("channel {} in {at}", segment.channel);
            return Err(invalid("segments.channel", found, expected));
        }
        // Rounding may have put the end of the last segment one millisecond behind the recording's.
        if segment.start_ms >= segment.end_ms || segment.end_ms > duration_ms + 1 {
            let expected = format!("a start before the end, and an end of at most {duration_ms}");
            return Err(invalid("segments.end_ms", at, expected));
        }
        if let Some(label) = segment.label {
            let first = *channel_of.entry(label).or_insert(segment.channel);
            if first != segment.channel {
                let found = format!("label {label} on channels {first} and {}", segment.channel);
                let expected = "one channel for each label".to_owned();
                return Err(invalid("segments.label", found, expected));
            }
        }
    }
    let mut sorted = segments;
    sorted.sort_by_key(|s| (s.channel, s.label, s.start_ms, s.end_ms));
    for pair in sorted.windows(2) {
        let [left, right] = pair else { continue };
        let same = (left.channel, left.label) == (right.channel, right.label);
        if same && left.label.is_some() && right.start_ms < left.end_ms {
            let found = format!(
                "two segments of one label from {} and {} ms",
                left.start_ms, right.start_ms
            );
            let expected = "segments of one voice that do not overlap".to_owned();
            return Err(invalid("segments", found, expected));
        }
    }
    let mut apart: Vec<Segment> = Vec::with_capacity(sorted.len());
    for channel in 0..channels {
        let own: Vec<Segment> = sorted
            .iter()
            .filter(|segment| segment.channel == channel)
            .copied()
            .collect();
        apart.extend(without_overlap(&own, channel));
    }
    Ok(apart)
}

fn without_overlap(segments: &[Segment], channel: u16) -> Vec<Segment> {
    let mut cuts: Vec<u64> = segments
        .iter()
        .flat_map(|s| [s.start_ms, s.end_ms])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut starts: Vec<&Segment> = segments.iter().collect();
    starts.sort_by_key(|segment| segment.start_ms);
    let (mut next, mut active): (usize, Vec<&Segment>) = (0, Vec::new());
    let mut found: Vec<Segment> = Vec::with_capacity(segments.len());
    for pair in cuts.windows(2) {
        let [start_ms, end_ms] = *pair else { continue };
        active.retain(|segment| segment.end_ms > start_ms);
        while let Some(segment) = starts.get(next).filter(|s| s.start_ms <= start_ms) {
            active.push(segment);
            next += 1;
        }
        let label = match active.as_slice() {
            [] => continue,
            [only] => only.label,
            [_, _, ..] => None,
        };
        let piece = Segment {
            channel,
            start_ms,
            end_ms,
            label,
        };
        // A boundary that somebody set between two segments of one voice stays; one that overlap
        // has cut into its own pieces does not.
        let set = |at: u64| {
            segments
                .iter()
                .any(|s| s.start_ms == at && s.label == label)
        };
        match found.last_mut() {
            Some(last) if last.end_ms == start_ms && last.label == label && !set(start_ms) => {
                last.end_ms = end_ms;
            }
            _ => found.push(piece),
        }
    }
    found
}

fn invalid(field: &'static str, found: String, expected: String) -> ServiceError {
    ServiceError::Invalid {
        field,
        found,
        expected,
    }
}

#[cfg(test)]
mod tests;
