//! Labelled trials: the file that names them, and the voices of their recordings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use super::analyse::analyse_file;
use super::compare::{FileVoice, voices_of};
use super::compose::{analyser, media, worker_count};
use crate::config::Config;
use crate::domain::{Analysis, Embedding, Score, VoiceFacts, VoicePick};
use crate::evaluation::{ScoredTrial, Trial};
use crate::scoring::Side;
use crate::services::ServiceError;

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
    /// Number of the left recording.
    pub probe: usize,
    pub left: (&'a VoiceFacts, &'a Embedding),
    pub right: (&'a VoiceFacts, &'a Embedding),
    /// Set of the trial, by number.
    pub set: u32,
    speakers: [u32; 2],
}

impl Sides<'_> {
    /// The trial with what was said of it.
    pub(super) fn scored(&self, llr: f64, score: Score, condition: &str) -> ScoredTrial {
        let sides = [self.left.0, self.right.0];
        ScoredTrial {
            trial: Trial {
                llr,
                speakers: self.speakers,
            },
            score: f64::from(score.0),
            condition: condition.to_owned(),
            sides: sides.map(|facts| Side::of(facts.net_speech, &facts.quality)),
            set: self.set,
        }
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
                probe: pair.left,
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

    /// Analyses every recording.
    pub(super) fn hear(&self, config: &Config) -> anyhow::Result<Heard> {
        hear(config, &self.files)
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
fn hear(config: &Config, picked: &[Picked]) -> anyhow::Result<Heard> {
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
    let analyser = analyser(config, workers)?;
    let media = media(config, &std::env::temp_dir());
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<Vec<(usize, Option<FileVoice>, bool)>> {
        let mut done = Vec::new();
        while let Some((path, picks)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (_, analysis) = analyse_file(&analyser, &media, path)?;
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
mod tests {
    use super::*;

    fn read(rows: &str) -> anyhow::Result<LabelledTrials> {
        let folder = tempfile::tempdir()?;
        for name in ["a.wav", "b.wav"] {
            std::fs::write(folder.path().join(name), b"")?;
        }
        let trials = folder.path().join("trials.csv");
        std::fs::write(&trials, rows)?;
        LabelledTrials::read(&trials, folder.path())
    }

    #[test]
    fn two_voices_of_one_recording_are_two_sides() {
        let mut trials = read(
            "left,left_channel,left_label,right,right_channel,right_label,target\n\
             a.wav,0,0,b.wav,0,0,1\na.wav,0,1,b.wav,0,0,0\n",
        )
        .unwrap();
        assert_eq!(trials.recordings(), 3);
        assert_ne!(trials.speaker(0), trials.speaker(2));
        assert_eq!(trials.speaker(0), trials.speaker(1));
    }

    #[test]
    fn columns_of_a_pick_may_be_left_out_or_empty() {
        assert_eq!(
            read("left,right,target\na.wav,b.wav,1\n")
                .unwrap()
                .recordings(),
            2
        );
        let empty = "left,right,target,left_label\na.wav,b.wav,1,\na.wav,b.wav,1,0\n";
        assert_eq!(read(empty).unwrap().recordings(), 3);
    }

    #[test]
    fn a_pick_that_is_no_number_is_refused_by_its_line() {
        let error = read("left,right,target,left_channel\na.wav,b.wav,1,left\n").err();
        let words = format!("{:#}", error.unwrap());
        assert!(words.contains("line 2"), "{words}");
    }
}
