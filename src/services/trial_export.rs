//! Labelled trials of the archive's own voices, so that a unit can calibrate to its own calls.
//!
//! A label is what a person decided: an enrolment, or a link that was confirmed or rejected. What only
//! ratios put together is none, or a calibration would be trained on its own opinion.

mod links;
mod speakers;
mod voices;

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::{Actor, ServiceError, Services, off_executor};
use crate::audit;
use crate::domain::{Proposer, Sha256, SubjectId};
use crate::evaluation::MIN_TRAINING_SPEAKERS;
use crate::scoring::{CONDITIONS, condition_of};
use links::LinkTrial;
use speakers::Speakers;
use voices::{Edited, EnrolledVoice, TrialVoice};

/// Most trials of each kind. More of the same people add little, and each costs the reader a row.
const MAX_TRIALS_OF_A_KIND: usize = 50_000;
/// Set that the trials name: all of them come from one archive.
const SET: &str = "archive";

/// Columns, as `voxtrace calibrate` and `voxtrace evaluate` read them. The last five say where a label
/// comes from: of a link its score and ratio when it was proposed, whether these were shown to who
/// decided, and who brought it up; of an enrolment nothing of this is known.
const HEAD: &str = "left,left_channel,left_label,right,right_channel,right_label,target,\
    left_speaker,right_speaker,set,source,score,log10_lr,score_shown,proposer";

/// Decisions of people that trials are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialSource {
    /// Pairs of enrolled voices.
    Enrolments,
    /// Links that a person confirmed: one speaker.
    Confirmed,
    /// Links that a person rejected: two speakers.
    Rejected,
}

impl TrialSource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Enrolments, Self::Confirmed, Self::Rejected];

    /// The name used in the API and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrolments => "enrolments",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }
}

impl std::str::FromStr for TrialSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|source| source.as_str() == text).ok_or_else(|| {
            format!("{text:?} is unknown, expected enrolments, confirmed or rejected")
        })
    }
}

/// Which trials are exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialChoice {
    /// From which decisions.
    pub sources: Vec<TrialSource>,
    /// Only links that were brought up so; none for any.
    pub proposed_by: Option<Proposer>,
}

impl Default for TrialChoice {
    fn default() -> Self {
        Self {
            sources: vec![TrialSource::Enrolments],
            proposed_by: None,
        }
    }
}

/// Trials of one pair of bandwidths. A calibration needs enough speakers in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionTrials {
    /// Pair of bandwidths.
    pub pair: &'static str,
    /// Speakers with trials of one person.
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
    /// Of both, those that a decided link labels.
    pub from_links: usize,
    /// Speakers with trials of one person.
    pub speakers: usize,
    /// Enrolled voices that were left out: without a voiceprint, or of segments that a person set,
    /// which an analysis of the file does not find again.
    pub left_out: usize,
    /// Decided links that were left out: of such voices, of one file, or of a voice that was described
    /// anew since.
    pub links_left_out: usize,
    /// Decided links that contradict enrolments or other links, and were left out.
    pub links_contradictory: usize,
    /// What there is of each pair of bandwidths.
    pub by_condition: [ConditionTrials; 3],
}

/// What people decided.
#[derive(Debug, Default)]
struct Decided {
    enrolled: Vec<EnrolledVoice>,
    left_out: usize,
    links: Vec<LinkTrial>,
    links_left_out: usize,
}

impl Services {
    /// Pairs of voices that people told to be one person's or two people's.
    ///
    /// # Errors
    /// `TooFewTrials` when too few speakers are known by two recordings to train a calibration;
    /// `Invalid` without a source.
    pub async fn export_trials(
        &self,
        actor: &Actor,
        choice: TrialChoice,
    ) -> Result<ExportedTrials, ServiceError> {
        if choice.sources.is_empty() {
            return Err(ServiceError::Invalid {
                field: "from",
                found: "empty".to_owned(),
                expected: "enrolments, confirmed or rejected".to_owned(),
            });
        }
        let names: Vec<&str> = choice.sources.iter().map(|one| one.as_str()).collect();
        let names = names.join(",");
        let mut reader = self.store.reader().await?;
        let mut edited = Edited::default();
        let (enrolled, left_out) = self.enrolled(reader.as_mut(), &mut edited).await?;
        let (links, links_left_out) = self.decided_links(reader.as_mut(), &mut edited).await?;
        drop(reader);
        let decided = Decided {
            enrolled,
            left_out,
            links,
            links_left_out,
        };
        let trials = off_executor(move || trials_of(decided, &choice)).await??;
        let mut work = self.store.begin().await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::TRIALS_EXPORTED,
            "calibrations/trials",
            json!({
                "from": names,
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
}

/// One row.
#[derive(Debug, Clone, Copy)]
struct Trial<'a> {
    left: &'a TrialVoice,
    right: &'a TrialVoice,
    is_target: bool,
    /// The link that says so; none for an enrolment.
    link: Option<&'a LinkTrial>,
}

/// The trials of these decisions. A pair within one file is none: what the two share is the call.
fn trials_of(decided: Decided, choice: &TrialChoice) -> Result<ExportedTrials, ServiceError> {
    let Decided {
        mut enrolled,
        mut left_out,
        links,
        links_left_out,
    } = decided;
    let mut seen = HashSet::new();
    enrolled.retain(|one| seen.insert((one.subject, one.voice.place())));
    // A voice that is enrolled for two subjects says nothing of either.
    let mut subjects: HashMap<_, usize> = HashMap::new();
    for one in &enrolled {
        *subjects.entry(one.voice.place()).or_default() += 1;
    }
    let before = enrolled.len();
    enrolled.retain(|one| subjects.get(&one.voice.place()) == Some(&1));
    left_out += before - enrolled.len();
    let (speakers, sound) = Speakers::told(&enrolled, &links);
    let links_contradictory = links.len() - sound.len();
    let takes = |source| choice.sources.contains(&source);
    let mut trials = Vec::new();
    if takes(TrialSource::Enrolments) {
        trials.extend(of_enrolments(&enrolled));
    }
    let mut voices: HashSet<_> = trials.iter().flat_map(Trial::places).collect();
    trials.extend(sound.into_iter().filter_map(|link| {
        let source = match link.is_target {
            true => TrialSource::Confirmed,
            false => TrialSource::Rejected,
        };
        let is_wanted = takes(source)
            && choice.proposed_by.is_none_or(|by| by == link.proposer)
            // Two enrolled voices are a pair already.
            && !link.sides.iter().all(|side| voices.contains(&side.place()));
        let [left, right] = &link.sides;
        is_wanted.then_some(Trial {
            left,
            right,
            is_target: link.is_target,
            link: Some(link),
        })
    }));
    let of_both = |trial: &&Trial<'_>| trial.is_target;
    let known: HashSet<String> = trials
        .iter()
        .filter(of_both)
        .map(|trial| speakers.name(trial.left))
        .collect();
    voices.extend(trials.iter().flat_map(Trial::places));
    if known.len() < MIN_TRAINING_SPEAKERS {
        return Err(ServiceError::TooFewTrials {
            speakers: known.len(),
            voices: voices.len(),
            left_out: left_out + links_left_out,
            minimum: MIN_TRAINING_SPEAKERS,
        });
    }
    let mut csv = format!("{HEAD}\n");
    for trial in &trials {
        csv.push_str(&trial.row(&speakers));
    }
    let targets = trials.iter().filter(of_both).count();
    Ok(ExportedTrials {
        csv,
        targets,
        non_targets: trials.len() - targets,
        from_links: trials.iter().filter(|trial| trial.link.is_some()).count(),
        speakers: known.len(),
        left_out,
        links_left_out,
        links_contradictory,
        by_condition: CONDITIONS.map(|pair| condition_trials(pair, &trials, &speakers)),
    })
}

/// Pairs of enrolled voices: two recordings of one subject, and recordings of two subjects.
fn of_enrolments(voices: &[EnrolledVoice]) -> Vec<Trial<'_>> {
    let pairs = || {
        let others = |at: usize| voices.iter().skip(at + 1);
        let from = voices.iter().enumerate();
        from.flat_map(move |(at, left)| others(at).map(move |right| (left, right)))
            .filter(|(left, right)| left.voice.sha256 != right.voice.sha256)
    };
    let of_one = |(left, right): &(&EnrolledVoice, &EnrolledVoice)| left.subject == right.subject;
    let step = step_of(pairs().filter(|pair| of_one(pair)).count());
    // Each subject keeps the first of its pairs, however many others have.
    let mut of_subject: HashMap<SubjectId, usize> = HashMap::new();
    let targets = pairs().filter(|pair| of_one(pair)).filter(|(left, _)| {
        let before = of_subject.entry(left.subject).or_insert(0);
        *before += 1;
        (*before - 1).is_multiple_of(step)
    });
    let targets: Vec<_> = targets.collect();
    let step = step_of(pairs().filter(|pair| !of_one(pair)).count());
    let non_targets = pairs().filter(|pair| !of_one(pair)).step_by(step);
    let all = targets.into_iter().chain(non_targets);
    all.map(|(left, right)| Trial {
        left: &left.voice,
        right: &right.voice,
        is_target: left.subject == right.subject,
        link: None,
    })
    .collect()
}

fn condition_trials(
    pair: &'static str,
    trials: &[Trial<'_>],
    speakers: &Speakers,
) -> ConditionTrials {
    let here: Vec<&Trial<'_>> = trials
        .iter()
        .filter(|trial| condition_of(trial.left.bandwidth, trial.right.bandwidth) == pair)
        .collect();
    let targets = || here.iter().filter(|trial| trial.is_target);
    let names: HashSet<String> = targets().map(|trial| speakers.name(trial.left)).collect();
    ConditionTrials {
        pair,
        speakers: names.len(),
        targets: targets().count(),
        non_targets: here.len() - targets().count(),
    }
}

/// One in so many pairs, so that those that are kept are spread over all of them.
fn step_of(pairs: usize) -> usize {
    pairs.div_ceil(MAX_TRIALS_OF_A_KIND).max(1)
}

impl Trial<'_> {
    fn places(&self) -> [(Sha256, u16, u16); 2] {
        [self.left.place(), self.right.place()]
    }

    /// Ids, digests and numbers: nothing in it needs quotes.
    fn row(&self, speakers: &Speakers) -> String {
        let label = match self.link {
            None => "enrolment,,,,".to_owned(),
            Some(link) => format!(
                "link,{},{},1,{}",
                link.score.0,
                link.log10_lr,
                link.proposer.as_str()
            ),
        };
        let (left, right) = (self.left, self.right);
        format!(
            "{},{},{},{},{},{},{},{},{},{SET},{label}\n",
            left.path,
            left.channel,
            left.label,
            right.path,
            right.channel,
            right.label,
            u8::from(self.is_target),
            speakers.name(left),
            speakers.name(right),
        )
    }
}

#[cfg(test)]
mod tests;
