//! New voices are held against the archive for the rules that ask for it.

use std::collections::BTreeSet;

use serde_json::json;

use super::raising::Raised;
use super::{Actor, ProbeRequest, SearchOptions, ServiceError, Services, VoiceRef};
use crate::audit;
use crate::domain::{
    Against, AlertEvidence, Candidate, Happening, HeardVoice, JobId, JobKind, JobTask, Likeness,
    NumberSeen, Recording, RecordingId, Rule, RuleCondition, Verdict, Voice, VoiceHeard, VoiceId,
    normalised_number,
};
use crate::store::{Reader, UnitOfWork};

/// Most voices that one is compared with for the rules.
const MOST_LIKENESSES: u32 = 200;
/// What an alert says of a likeness that rests on the very same file, uploaded to another case.
const SAME_FILE: &str = "same_file";

/// What is searched for a set of rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Searched {
    against: Vec<Against>,
    /// Likenesses below are of no use to any of the rules.
    min_log10_lr: f64,
}

impl Searched {
    /// What these rules need to know of a voice.
    pub(super) fn for_rules<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Self {
        let mut searched = Self {
            against: Vec::new(),
            min_log10_lr: f64::INFINITY,
        };
        for rule in rules {
            let (against, least) = match rule.condition {
                RuleCondition::SubjectHeard { min_log10_lr, .. } => {
                    (Against::Subjects, min_log10_lr)
                }
                RuleCondition::VoiceOnNumbers { min_log10_lr, .. } => (Against::All, min_log10_lr),
                RuleCondition::LinkAcrossCases { .. }
                | RuleCondition::NumberInCases { .. }
                | RuleCondition::NumberWatched { .. }
                | RuleCondition::AccountReceives { .. } => continue,
            };
            if !searched.against.contains(&against) {
                searched.against.push(against);
            }
            searched.min_log10_lr = searched.min_log10_lr.min(least);
        }
        searched
    }
}

impl Services {
    /// Queues that the voices of a recording are held against the rules, where a rule asks for it.
    pub(super) async fn queue_watching(
        &self,
        work: &mut dyn UnitOfWork,
        recording_id: RecordingId,
    ) -> Result<(), ServiceError> {
        let rules = work.active_rules().await?;
        if rules.iter().any(|rule| rule.condition.concerns_voices()) {
            let task = JobTask::Watch { recording_id };
            self.queue_job(work, &Actor::service(), task).await?;
        }
        Ok(())
    }

    /// Runs the watch job that `owner` has leased: its alerts and that it is done commit together.
    ///
    /// # Errors
    /// `NotFound` when the recording is not there; store and index errors, after which another try
    /// may succeed.
    pub async fn run_watch_job(
        &self,
        job_id: JobId,
        owner: &str,
        recording_id: RecordingId,
    ) -> Result<(), ServiceError> {
        let mut reader = self.store.reader().await?;
        let recording = reader.recording(recording_id).await?;
        let recording =
            recording.ok_or_else(|| ServiceError::not_found("recording", recording_id))?;
        let rules = reader.active_rules().await?;
        let voices = reader
            .voices_of_recording(recording_id, self.clock.now())
            .await?;
        drop(reader);
        let searched = Searched::for_rules(&rules);
        let happenings = self.voices_heard(&recording, &voices, &searched).await?;
        let mut work = self.store.begin().await?;
        let Raised {
            alerts,
            repeats,
            events,
        } = self.raise_alerts(work.as_mut(), &happenings).await?;
        work.finish_job(job_id, owner, self.clock.now()).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            Actor::worker().as_str(),
            audit::action::JOB_FINISHED,
            &format!("job/{job_id}"),
            json!({
                "kind": JobKind::Watch,
                "recording_id": recording_id,
                "voices": happenings.len(),
                "alerts": alerts,
                "repeats": repeats,
            }),
        )
        .await?;
        work.commit().await?;
        tracing::info!(
            %recording_id, voices = happenings.len(), alerts, repeats, "voices held against the rules"
        );
        self.tell_all(events);
        Ok(())
    }

    /// What the archive says of each voice that is fit for a link that nobody asked for: an alert
    /// asks no more of a voice, and no less.
    pub(super) async fn voices_heard(
        &self,
        recording: &Recording,
        voices: &[Voice],
        searched: &Searched,
    ) -> Result<Vec<Happening>, ServiceError> {
        let mut happenings = Vec::new();
        if searched.against.is_empty() {
            return Ok(happenings);
        }
        for voice in voices.iter().filter(|voice| self.is_fit(voice)) {
            let likenesses = self.likenesses(voice.id, searched).await?;
            let mut reader = self.store.reader().await?;
            let (group_id, same_speaker) = self.same_speaker(reader.as_mut(), voice.id).await?;
            happenings.push(Happening::VoiceHeard(VoiceHeard {
                voice: heard_voice(recording, voice.id),
                likenesses,
                group_id,
                same_speaker,
            }));
        }
        Ok(happenings)
    }

    fn is_fit(&self, voice: &Voice) -> bool {
        let is_rejected = |suitability: &crate::domain::Suitability| {
            suitability.linking.verdict == Verdict::Reject
        };
        voice.net_speech >= self.settings.minimum_speech.link()
            && voice.too_little_speech_minimum.is_none()
            && !voice.suitability.as_ref().is_some_and(is_rejected)
    }

    async fn likenesses(
        &self,
        voice_id: VoiceId,
        searched: &Searched,
    ) -> Result<Vec<Likeness>, ServiceError> {
        let mut likenesses: Vec<Likeness> = Vec::new();
        for against in &searched.against {
            let options = SearchOptions {
                against: *against,
                top_k: Some(MOST_LIKENESSES.min(self.settings.max_top_k)),
                ..SearchOptions::default()
            };
            let probe = ProbeRequest::Archive(VoiceRef::Voice(voice_id));
            let answer = match self.unstored_search(probe, &options).await {
                Ok(answer) => answer,
                // No result is no likeness.
                Err(error) if error.is_outcome() => continue,
                Err(error) => return Err(error),
            };
            let mut reader = self.store.reader().await?;
            let alike = answer
                .candidates
                .iter()
                .filter(|candidate| candidate.evidence.log10_lr >= searched.min_log10_lr);
            for candidate in alike {
                let found = likeness(reader.as_mut(), candidate, answer.gallery_size).await?;
                let is_new = |found: &Likeness| {
                    likenesses
                        .iter()
                        .all(|known| known.voice.voice_id != found.voice.voice_id)
                };
                likenesses.extend(found.filter(is_new));
            }
        }
        Ok(likenesses)
    }

    /// What the numbers of a recording mean, once it is added in the caller's unit of work.
    pub(super) async fn numbers_seen<R: Reader + ?Sized>(
        &self,
        reader: &mut R,
        recording: &Recording,
    ) -> Result<Vec<Happening>, ServiceError> {
        let Some(case_id) = recording.case_id else {
            return Ok(Vec::new());
        };
        let written = [&recording.call.caller, &recording.call.callee];
        let numbers: BTreeSet<String> = written
            .into_iter()
            .filter_map(|written| written.as_deref().and_then(normalised_number))
            .collect();
        let mut happenings = Vec::with_capacity(numbers.len());
        for number in numbers {
            happenings.push(Happening::NumberSeen(NumberSeen {
                cases: reader.cases_of_number(&number).await?,
                number,
                case_id,
                recording_id: Some(recording.id),
            }));
        }
        Ok(happenings)
    }
}

/// A voice of a recording as rules hear it.
pub(super) fn heard_voice(recording: &Recording, voice_id: VoiceId) -> HeardVoice {
    let number = |written: &Option<String>| written.as_deref().and_then(normalised_number);
    HeardVoice {
        voice_id,
        recording_id: recording.id,
        case_id: recording.case_id,
        caller: number(&recording.call.caller),
        callee: number(&recording.call.callee),
        heard_at: recording.call.started_at.unwrap_or(recording.created_at),
    }
}

async fn likeness(
    reader: &mut dyn Reader,
    candidate: &Candidate,
    gallery_size: u64,
) -> Result<Option<Likeness>, ServiceError> {
    let (Some(voice_id), Some(recording_id)) =
        (candidate.voice.voice_id, candidate.voice.recording_id)
    else {
        return Ok(None);
    };
    let Some(recording) = reader.recording(recording_id).await? else {
        return Ok(None);
    };
    let evidence = &candidate.evidence;
    let mut outside = evidence.calibration.outside.clone();
    if candidate.same_bytes {
        outside.push(SAME_FILE.to_owned());
    }
    Ok(Some(Likeness {
        voice: heard_voice(&recording, voice_id),
        subject_id: candidate.subject.as_ref().map(|subject| subject.id),
        evidence: AlertEvidence {
            score: evidence.score,
            llr: evidence.llr,
            log10_lr: evidence.log10_lr,
            expected_false: candidate.expected_false,
            gallery_size,
            calibration: evidence.calibration.name.clone(),
            outside,
        },
    }))
}
