//! Labelled trials: the file that names them, and the voices of their recordings.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::analyse::analyse_file;
use super::compare::{FileVoice, voices_of};
use super::compose::{media, worker_count};
use crate::config::Config;
use crate::domain::{Analysis, Embedding, NetSpeech, Score, VoiceFacts, VoicePick};
use crate::embedding::Compensator;
use crate::evaluation::{ScoredTrial, Trial};
use crate::pipeline::Analyser;
use crate::scoring::Side;
use crate::services::{ServiceError, check_speech, compensated, score_of};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    left: PathBuf,
    right: PathBuf,
    target: u8,
    left_speaker: Option<String>,
    right_speaker: Option<String>,
    /// Set of recordings; all are one set where it is left out.
    set: Option<String>,
    /// Which voice is meant where a recording has several; the one with the most speech otherwise.
    left_channel: Option<u16>,
    left_label: Option<u16>,
    right_channel: Option<u16>,
    right_label: Option<u16>,
    /// Whether who labelled the pair was shown its score: 1 if so.
    score_shown: Option<u8>,
    /// What else `voxtrace calibrations export-trials` writes, for people to sort by.
    #[serde(rename = "source")]
    _source: Option<IgnoredAny>,
    #[serde(rename = "score")]
    _score: Option<IgnoredAny>,
    #[serde(rename = "log10_lr")]
    _log10_lr: Option<IgnoredAny>,
    #[serde(rename = "proposer")]
    _proposer: Option<IgnoredAny>,
}

impl Row {
    fn picks(&self) -> [VoicePick; 2] {
        [
            VoicePick {
                channel: self.left_channel,
                label: self.left_label,
            },
            VoicePick {
                channel: self.right_channel,
                label: self.right_label,
            },
        ]
    }
}

/// A recording, or the voice of it that rows pick.
type Picked = (PathBuf, VoicePick);

/// Trials over numbered recordings and speakers.
#[derive(Default)]
pub(super) struct LabelledTrials {
    files: Vec<Picked>,
    numbers: HashMap<Picked, usize>,
    /// Speaker of each; joined where a row says that both are one.
    same_as: Vec<usize>,
    pairs: Vec<Pair>,
    sets: Vec<String>,
    shown: usize,
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    left: usize,
    right: usize,
    is_target: bool,
    set: u32,
}

/// One trial with the voices of both recordings.
pub(super) struct Sides<'a> {
    /// Numbers of both recordings.
    pub files: [usize; 2],
    pub left: (&'a VoiceFacts, &'a Embedding),
    pub right: (&'a VoiceFacts, &'a Embedding),
    /// Set of the trial, by number.
    pub set: u32,
    speakers: [u32; 2],
}

impl Sides<'_> {
    /// The trial with what was said of it.
    pub(super) fn scored(&self, llr: f64, score: Score, condition: &str) -> ScoredTrial {
        ScoredTrial {
            trial: Trial {
                llr,
                speakers: self.speakers,
            },
            score: f64::from(score.0),
            condition: condition.to_owned(),
            sides: self.sides(),
            set: self.set,
        }
    }

    /// What scoring needs to know of both voices.
    pub(super) fn sides(&self) -> [Side; 2] {
        [self.left.0, self.right.0].map(|facts| Side::of(facts.net_speech, &facts.quality))
    }
}

impl LabelledTrials {
    pub(super) fn read(path: &Path, audio: &Path) -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .with_context(|| format!("cannot read trials {}", path.display()))?;
        let mut plan = Self::default();
        let mut named: HashMap<String, usize> = HashMap::new();
        let mut missing = Vec::new();
        for (index, row) in reader.deserialize::<Row>().enumerate() {
            let line = index + 2;
            let row = row.with_context(|| format!("trials {} line {line}", path.display()))?;
            let is_target = match row.target {
                0 => false,
                1 => true,
                other => bail!(
                    "trials {} line {line}: target is {other}, expected 1 for one speaker or 0",
                    path.display()
                ),
            };
            let [left_pick, right_pick] = row.picks();
            let sides = [
                (&row.left, left_pick, &row.left_speaker),
                (&row.right, right_pick, &row.right_speaker),
            ];
            let [left, right] = sides.map(|(file, pick, speaker)| {
                let picked = (audio.join(file), pick);
                if !plan.numbers.contains_key(&picked) && !picked.0.is_file() {
                    missing.push(format!("{} (line {line})", picked.0.display()));
                }
                let number = plan.number(picked);
                if let Some(speaker) = speaker {
                    let first = *named.entry(speaker.clone()).or_insert(number);
                    plan.join(first, number);
                }
                number
            });
            if is_target {
                plan.join(left, right);
            }
            plan.shown += usize::from(row.score_shown == Some(1));
            let set = row.set.unwrap_or_default();
            let known = plan.sets.iter().position(|name| *name == set);
            let number = known.unwrap_or(plan.sets.len()) as u32;
            if known.is_none() {
                plan.sets.push(set);
            }
            plan.pairs.push(Pair {
                left,
                right,
                is_target,
                set: number,
            });
        }
        ensure!(
            missing.is_empty(),
            "{} recordings are missing: {}",
            missing.len(),
            missing
                .iter()
                .take(5)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        );
        plan.check(path)?;
        Ok(plan)
    }

    /// What is said to be two people must not be one by other rows.
    fn check(&mut self, path: &Path) -> anyhow::Result<()> {
        for (index, pair) in self.pairs.clone().into_iter().enumerate() {
            ensure!(
                pair.is_target || self.speaker(pair.left) != self.speaker(pair.right),
                "trials {} line {}: target is 0, and other rows say that both are one speaker",
                path.display(),
                index + 2
            );
        }
        Ok(())
    }

    /// How many recordings they name, or voices of recordings.
    pub(super) fn recordings(&self) -> usize {
        self.files.len()
    }

    /// Names of the sets, by number.
    pub(super) fn sets(&self) -> &[String] {
        &self.sets
    }

    /// Trials whose recordings both have a voiceprint.
    pub(super) fn heard<'a>(&mut self, heard: &'a Heard) -> anyhow::Result<Vec<Sides<'a>>> {
        let mut trials = Vec::new();
        for pair in self.pairs.clone() {
            let sides = [pair.left, pair.right];
            let speakers = sides.map(|file| self.speaker(file) as u32);
            let voices = sides.map(|file| heard.voices.get(file).and_then(Option::as_ref));
            let [Some(left), Some(right)] = voices else {
                continue;
            };
            trials.push(Sides {
                files: sides,
                left: (&left.facts, left.embedding("left")?),
                right: (&right.facts, right.embedding("right")?),
                speakers,
                set: pair.set,
            });
        }
        Ok(trials)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// How many were labelled by people who were shown the score.
    pub(super) fn shown(&self) -> usize {
        self.shown
    }

    /// What is to be said of labels by people who were shown the score; nothing where there are none.
    pub(super) fn caution(&self) -> Option<String> {
        (self.shown > 0).then(|| {
            format!(
                "{} of {} trials were labelled by people who were shown the score: figures that follow \
                 from such labels flatter it (docs/method.md)",
                self.shown,
                self.pairs.len()
            )
        })
    }

    /// Analyses every recording.
    pub(super) fn hear(&self, config: &Config, analyser: &Analyser) -> anyhow::Result<Heard> {
        hear(config, analyser, &self.files)
    }

    fn number(&mut self, picked: Picked) -> usize {
        let next = self.files.len();
        let number = *self.numbers.entry(picked.clone()).or_insert(next);
        if number == next {
            self.files.push(picked);
            self.same_as.push(next);
        }
        number
    }

    /// The least number of those who are one speaker with `file`.
    fn speaker(&mut self, file: usize) -> usize {
        let mut at = file;
        while let Some(&next) = self.same_as.get(at).filter(|next| **next != at) {
            at = next;
        }
        if let Some(slot) = self.same_as.get_mut(file) {
            *slot = at;
        }
        at
    }

    fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.speaker(left), self.speaker(right));
        if let Some(slot) = self.same_as.get_mut(left.max(right)) {
            *slot = left.min(right);
        }
    }
}

/// Scores of trials, for which each voice is compensated once.
pub(super) struct Scores<'c> {
    compensator: &'c Compensator,
    /// Compensated embeddings by the number of their recording.
    done: HashMap<usize, Embedding>,
}

impl<'c> Scores<'c> {
    pub(super) fn with(compensator: &'c Compensator) -> Self {
        Self {
            compensator,
            done: HashMap::new(),
        }
    }

    /// The score of a trial.
    ///
    /// # Errors
    /// `TooLittleSpeech`, below `minimum`; embeddings of two models.
    pub(super) fn of(
        &mut self,
        sides: &Sides<'_>,
        minimum: NetSpeech,
    ) -> Result<Score, ServiceError> {
        let voices = [("left", sides.left), ("right", sides.right)];
        for ((name, (facts, embedding)), number) in voices.into_iter().zip(sides.files) {
            check_speech(minimum, name, facts)?;
            if let Entry::Vacant(place) = self.done.entry(number) {
                place.insert(compensated(self.compensator, embedding)?);
            }
        }
        let [Some(left), Some(right)] = sides.files.map(|number| self.done.get(&number)) else {
            return Err(ServiceError::Interrupted {
                detail: "a voice of a trial is not there".to_owned(),
            });
        };
        score_of(left, right)
    }
}

/// What the recordings came to.
pub(super) struct Heard {
    /// The voice that is picked, or the one with the most speech; none where there is too little.
    voices: Vec<Option<FileVoice>>,
    /// Recordings with several voices that may be meant, of which one was taken.
    pub several: usize,
}

impl Heard {
    /// Recordings without a voiceprint.
    pub(super) fn without(&self) -> usize {
        self.voices.iter().filter(|voice| voice.is_none()).count()
    }
}

/// Analyses every file once, several at a time; the result is in the order of `picked`.
fn hear(config: &Config, analyser: &Analyser, picked: &[Picked]) -> anyhow::Result<Heard> {
    let mut by_file: HashMap<&Path, usize> = HashMap::new();
    let mut files: Vec<(&Path, Vec<(usize, VoicePick)>)> = Vec::new();
    for (number, (path, pick)) in picked.iter().enumerate() {
        let next = files.len();
        let at = *by_file.entry(path).or_insert(next);
        if at == next {
            files.push((path, Vec::new()));
        }
        if let Some((_, picks)) = files.get_mut(at) {
            picks.push((number, *pick));
        }
    }
    let workers = worker_count(config);
    let media = media(config, &std::env::temp_dir());
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<Vec<(usize, Option<FileVoice>, bool)>> {
        let mut done = Vec::new();
        while let Some((path, picks)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (_, analysis) = analyse_file(analyser, &media, path)?;
            for (number, pick) in picks {
                let (voice, several) = longest(&analysis, path, *pick)?;
                done.push((*number, voice, several));
            }
        }
        Ok(done)
    };
    let parts = std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers.get()).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| bail!("an analysis panicked"))
            })
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_by_key(|(number, ..)| *number);
    Ok(Heard {
        several: all.iter().filter(|(_, _, several)| *several).count(),
        voices: all.into_iter().map(|(_, voice, _)| voice).collect(),
    })
}

/// The voice with the most speech among those that a pick takes, and whether there are several.
fn longest(
    analysis: &Analysis,
    path: &Path,
    pick: VoicePick,
) -> anyhow::Result<(Option<FileVoice>, bool)> {
    let mut voices = match voices_of(analysis, path, pick, "either") {
        Ok(voices) => voices,
        Err(error) if error.downcast_ref::<ServiceError>().is_some() => Vec::new(),
        Err(error) => return Err(error.context(path.display().to_string())),
    };
    voices.retain(|voice| voice.embedding("either").is_ok());
    let several = voices.len() > 1;
    let longest = voices.into_iter().max_by_key(|voice| {
        (
            voice.facts.net_speech,
            std::cmp::Reverse((voice.facts.channel, voice.facts.label)),
        )
    });
    Ok((longest, several))
}

#[cfg(test)]
mod tests;
