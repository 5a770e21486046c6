//! Labelled trials of the archive's own voices, so that a unit can calibrate to its own calls.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::{Actor, ServiceError, Services, off_executor};
use crate::audit;
use crate::domain::{RecordingId, SegmentOrigin, Sha256, SubjectId, VoiceId};
use crate::evaluation::MIN_TRAINING_SPEAKERS;
use crate::scoring::{CONDITIONS, condition_of};
use crate::store::Reader;

/// Most trials of each kind. More of the same people add little, and each costs the reader a row.
const MAX_TRIALS_OF_A_KIND: usize = 50_000;
/// Set that the trials name: all of them come from one archive.
const SET: &str = "archive";

/// Columns, as `voxtrace calibrate` and `voxtrace evaluate` read them.
const HEAD: &str = "left,left_channel,left_label,right,right_channel,right_label,target,\
    left_speaker,right_speaker,set";

/// Trials of one pair of bandwidths. A calibration needs enough speakers in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionTrials {
    /// Pair of bandwidths.
    pub pair: &'static str,
    /// Subjects with trials of one person.
    pub speakers: usize,
    /// Trials of one person.
    pub targets: usize,
    /// Trials of two people.
    pub non_targets: usize,
}

/// Trials as a file, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedTrials {
    /// CSV with paths below the folder of blobs.
    pub csv: String,
    /// Trials of one person.
    pub targets: usize,
    /// Trials of two people.
    pub non_targets: usize,
    /// Subjects with voices in two recordings or more.
    pub speakers: usize,
    /// Enrolled voices that were left out: without a voiceprint, or of segments that a person set,
    /// which an analysis of the file does not find again.
    pub left_out: usize,
    /// What there is of each pair of bandwidths.
    pub by_condition: [ConditionTrials; 3],
}

/// An enrolled voice that an analysis of its file finds again.
#[derive(Debug, Clone, PartialEq)]
struct EnrolledVoice {
    subject: SubjectId,
    sha256: Sha256,
    path: String,
    channel: u16,
    label: u16,
    bandwidth: crate::domain::Bandwidth,
}

impl Services {
    /// Pairs of enrolled voices: two recordings of one subject, and recordings of two subjects.
    ///
    /// # Errors
    /// `TooFewTrials` when too few subjects are enrolled with two recordings to train a calibration.
    pub async fn export_trials(&self, actor: &Actor) -> Result<ExportedTrials, ServiceError> {
        let mut reader = self.store.reader().await?;
        let (voices, left_out) = self.enrolled(reader.as_mut()).await?;
        drop(reader);
        let trials = off_executor(move || trials_of(&voices, left_out)).await??;
        let mut work = self.store.begin().await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::TRIALS_EXPORTED,
            "calibrations/trials",
            json!({
                "speakers": trials.speakers,
                "targets": trials.targets,
                "non_targets": trials.non_targets,
                "sha256": Sha256::of(trials.csv.as_bytes()),
            }),
        )
        .await?;
        work.commit().await?;
        Ok(trials)
    }

    /// Enrolled voices in a fixed order, and how many cannot be used.
    async fn enrolled(
        &self,
        reader: &mut dyn Reader,
    ) -> Result<(Vec<EnrolledVoice>, usize), ServiceError> {
        let now = self.clock.now();
        let enrolled: HashMap<VoiceId, SubjectId> =
            reader.enrolled_voices(now).await?.into_iter().collect();
        let mut ids: Vec<VoiceId> = enrolled.keys().copied().collect();
        ids.sort_unstable();
        let mut edited: HashMap<(RecordingId, u32), bool> = HashMap::new();
        let mut voices = Vec::new();
        for voice in reader.voices(&ids, now).await? {
            let minimum = self.settings.minimum_speech.search();
            let has_print = voice.too_little_speech_minimum.is_none();
            let Some(&subject) = enrolled.get(&voice.id) else {
                continue;
            };
            let revision = (voice.recording_id, voice.revision);
            let was_edited = match edited.get(&revision) {
                Some(&was_edited) => was_edited,
                None => {
                    let found = was_edited(reader, revision).await?;
                    edited.insert(revision, found);
                    found
                }
            };
            let recording = reader.recording(voice.recording_id).await?;
            let recording = recording
                .ok_or_else(|| ServiceError::not_found("recording", voice.recording_id))?;
            if has_print && voice.net_speech >= minimum && !was_edited {
                voices.push(EnrolledVoice {
                    subject,
                    sha256: recording.sha256,
                    path: self.blobs.relative_path(recording.sha256),
                    channel: voice.channel,
                    label: voice.label,
                    bandwidth: voice.quality.bandwidth,
                });
            }
        }
        let left_out = ids.len() - voices.len();
        Ok((voices, left_out))
    }
}

async fn was_edited(
    reader: &mut dyn Reader,
    (recording_id, revision): (RecordingId, u32),
) -> Result<bool, ServiceError> {
    let revisions = reader.segment_revisions(recording_id).await?;
    Ok(revisions
        .iter()
        .any(|one| one.revision == revision && one.origin == SegmentOrigin::Edited))
}

/// The trials of these voices. A pair within one file is none: what the two share is the call.
fn trials_of(voices: &[EnrolledVoice], left_out: usize) -> Result<ExportedTrials, ServiceError> {
    let mut voices = voices.to_vec();
    // The same bytes in several cases are one recording.
    let mut seen = HashSet::new();
    voices.retain(|voice| seen.insert((voice.subject, voice.sha256, voice.channel, voice.label)));
    let speakers = speakers_with_two_recordings(&voices);
    if speakers < MIN_TRAINING_SPEAKERS {
        return Err(ServiceError::TooFewTrials {
            subjects: speakers,
            voices: voices.len(),
            left_out,
            minimum: MIN_TRAINING_SPEAKERS,
        });
    }
    let pairs = || {
        let others = |at: usize| voices.iter().skip(at + 1);
        let from = voices.iter().enumerate();
        from.flat_map(move |(at, left)| others(at).map(move |right| (left, right)))
            .filter(|(left, right)| left.sha256 != right.sha256)
    };
    let of_one = |(left, right): &(&EnrolledVoice, &EnrolledVoice)| left.subject == right.subject;
    let step = step_of(pairs().filter(|pair| of_one(pair)).count());
    // Each subject keeps the first of its pairs, however many others have.
    let mut of_subject: HashMap<SubjectId, usize> = HashMap::new();
    let targets: Vec<_> = pairs()
        .filter(|pair| of_one(pair))
        .filter(|(left, _)| {
            let before = of_subject.entry(left.subject).or_insert(0);
            *before += 1;
            (*before - 1).is_multiple_of(step)
        })
        .collect();
    let step = step_of(pairs().filter(|pair| !of_one(pair)).count());
    let non_targets: Vec<_> = pairs().filter(|pair| !of_one(pair)).step_by(step).collect();
    let mut csv = format!("{HEAD}\n");
    for (left, right) in targets.iter().chain(&non_targets) {
        csv.push_str(&row(left, right));
    }
    let by_condition = CONDITIONS.map(|pair| condition_trials(pair, &targets, &non_targets));
    Ok(ExportedTrials {
        csv,
        targets: targets.len(),
        non_targets: non_targets.len(),
        speakers,
        left_out,
        by_condition,
    })
}

fn condition_trials(
    pair: &'static str,
    targets: &[(&EnrolledVoice, &EnrolledVoice)],
    non_targets: &[(&EnrolledVoice, &EnrolledVoice)],
) -> ConditionTrials {
    let is_here = |(left, right): &&(&EnrolledVoice, &EnrolledVoice)| {
        condition_of(left.bandwidth, right.bandwidth) == pair
    };
    let here = || targets.iter().filter(is_here);
    let speakers: HashSet<SubjectId> = here().map(|(left, _)| left.subject).collect();
    ConditionTrials {
        pair,
        speakers: speakers.len(),
        targets: here().count(),
        non_targets: non_targets.iter().filter(is_here).count(),
    }
}

fn speakers_with_two_recordings(voices: &[EnrolledVoice]) -> usize {
    let mut recordings: HashMap<SubjectId, HashSet<Sha256>> = HashMap::new();
    for voice in voices {
        recordings
            .entry(voice.subject)
            .or_default()
            .insert(voice.sha256);
    }
    recordings.values().filter(|files| files.len() > 1).count()
}

/// One in so many pairs, so that those that are kept are spread over all of them.
fn step_of(pairs: usize) -> usize {
    pairs.div_ceil(MAX_TRIALS_OF_A_KIND).max(1)
}

/// Ids, digests and numbers: nothing in it needs quotes.
fn row(left: &EnrolledVoice, right: &EnrolledVoice) -> String {
    let target = u8::from(left.subject == right.subject);
    format!(
        "{},{},{},{},{},{},{target},{},{},{SET}\n",
        left.path,
        left.channel,
        left.label,
        right.path,
        right.channel,
        right.label,
        left.subject,
        right.subject
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Bandwidth;

    /// Voices of so many subjects in so many recordings each.
    fn voices(subjects: u8, recordings: u8) -> Vec<EnrolledVoice> {
        let of = |subject: u8, recording: u8| EnrolledVoice {
            subject: SubjectId(uuid::Uuid::from_u128(u128::from(subject))),
            sha256: Sha256::of(&[subject, recording]),
            path: format!("{subject}/{recording}"),
            channel: 0,
            label: 1,
            bandwidth: Bandwidth::Narrowband,
        };
        (0..subjects)
            .flat_map(|subject| (0..recordings).map(move |recording| of(subject, recording)))
            .collect()
    }

    #[test]
    fn pairs_of_one_subject_are_targets_and_of_two_are_not() {
        let trials = trials_of(&voices(20, 2), 3).unwrap();
        assert_eq!(trials.targets, 20);
        assert_eq!(trials.non_targets, 40 * 39 / 2 - 20);
        assert_eq!((trials.speakers, trials.left_out), (20, 3));
        let of_condition = |pair, speakers, targets, non_targets| ConditionTrials {
            pair,
            speakers,
            targets,
            non_targets,
        };
        assert_eq!(
            trials.by_condition,
            [
                of_condition(CONDITIONS[0], 20, 20, trials.non_targets),
                of_condition(CONDITIONS[1], 0, 0, 0),
                of_condition(CONDITIONS[2], 0, 0, 0),
            ]
        );
        let lines: Vec<&str> = trials.csv.lines().collect();
        assert_eq!(lines[0], HEAD);
        assert_eq!(lines.len(), 1 + trials.targets + trials.non_targets);
        assert!(lines[1].starts_with("0/0,0,1,0/1,0,1,1,"), "{}", lines[1]);
        assert!(lines[1].ends_with(",archive"));
    }

    #[test]
    fn too_few_subjects_are_refused_with_numbers() {
        let error = trials_of(&voices(19, 2), 4).unwrap_err().to_string();
        assert_eq!(
            error,
            "19 subjects are enrolled with voices in two recordings or more (38 voices; 4 left out), \
             a calibration needs at least 20"
        );
        assert!(trials_of(&voices(30, 1), 0).is_err());
        assert!(trials_of(&[], 0).is_err());
    }

    #[test]
    fn the_same_bytes_in_two_cases_are_no_second_recording() {
        let mut twice = voices(20, 1);
        twice.extend(voices(20, 1));
        assert!(trials_of(&twice, 0).is_err());
    }

    #[test]
    fn two_people_of_one_file_are_no_pair() {
        let mut voices = voices(20, 2);
        voices[2].sha256 = voices[0].sha256;
        let trials = trials_of(&voices, 0).unwrap();
        assert_eq!(trials.non_targets, 40 * 39 / 2 - 20 - 1);
    }

    #[test]
    fn a_subject_with_one_pair_stays_among_those_with_many() {
        let mut all = voices(40, 60);
        all.truncate(39 * 60 + 2);
        let trials = trials_of(&all, 0).unwrap();
        assert!(trials.targets < 39 * 60 * 59 / 2);
        assert_eq!((trials.speakers, trials.by_condition[0].speakers), (40, 40));
    }

    #[test]
    fn very_many_pairs_are_thinned_evenly() {
        let trials = trials_of(&voices(200, 2), 0).unwrap();
        assert_eq!(trials.targets, 200);
        let all: usize = 400 * 399 / 2 - 200;
        assert_eq!(trials.non_targets, all.div_ceil(2));
        assert!(trials.non_targets <= MAX_TRIALS_OF_A_KIND);
    }
}
