//! `voxtrace evaluate --trials CSV --audio DIR`: are the likelihood ratios right?

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::json;

use super::EvaluateArgs;
use super::analyse::analyse_file;
use super::compare::{FileVoice, voices_of};
use super::compose::{analyser, calibration, media, worker_count};
use super::evaluation_files::Judged;
use super::output::{Exit, Output, Usage, table};
use crate::config::Config;
use crate::domain::VoicePick;
use crate::evaluation::{Interval, Judgement, Probe, ScoredTrial, Trial};
use crate::services::{ServiceError, evidence_between};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    left: PathBuf,
    right: PathBuf,
    target: u8,
    left_speaker: Option<String>,
    right_speaker: Option<String>,
}

/// Trials over numbered recordings and speakers.
#[derive(Default)]
struct Plan {
    files: Vec<PathBuf>,
    numbers: HashMap<PathBuf, usize>,
    /// Speaker of each file; joined where a row says that both are one.
    same_as: Vec<usize>,
    pairs: Vec<(usize, usize, bool)>,
}

impl Plan {
    fn read(path: &Path, audio: &Path) -> anyhow::Result<Self> {
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
            let sides = [
                (&row.left, &row.left_speaker),
                (&row.right, &row.right_speaker),
            ];
            let [left, right] = sides.map(|(file, speaker)| {
                let full = audio.join(file);
                if !plan.numbers.contains_key(&full) && !full.is_file() {
                    missing.push(format!("{} (line {line})", full.display()));
                }
                let number = plan.number(full);
                if let Some(speaker) = speaker {
                    let first = *named.entry(speaker.clone()).or_insert(number);
                    plan.join(first, number);
                }
                number
            });
            if is_target {
                plan.join(left, right);
            }
            plan.pairs.push((left, right, is_target));
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
        for (index, (left, right, is_target)) in self.pairs.clone().into_iter().enumerate() {
            ensure!(
                is_target || self.speaker(left) != self.speaker(right),
                "trials {} line {}: target is 0, and other rows say that both are one speaker",
                path.display(),
                index + 2
            );
        }
        Ok(())
    }

    fn number(&mut self, file: PathBuf) -> usize {
        let next = self.files.len();
        let number = *self.numbers.entry(file.clone()).or_insert(next);
        if number == next {
            self.files.push(file);
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

/// What the files came to.
struct Heard {
    /// The voice with the most speech; none where there is too little.
    voices: Vec<Option<FileVoice>>,
    /// Files with several voices, of which one was taken.
    several: usize,
}

pub(super) fn run(
    config: &Config,
    args: &EvaluateArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let (Some(path), Some(audio)) = (&args.trials, &args.audio) else {
        return Err(Usage("--trials needs --audio, the folder of its paths".to_owned()).into());
    };
    let mut plan = Plan::read(path, audio)?;
    let heard = hear(config, &plan.files)?;
    let analyser = analyser(config, NonZeroUsize::MIN)?;
    let calibration = calibration(config, &analyser)?;
    let minimum = config.minimum_speech.search();
    let mut scored: Vec<ScoredTrial> = Vec::new();
    let mut probes: BTreeMap<usize, Probe> = BTreeMap::new();
    let mut without = 0usize;
    for (left, right, _) in plan.pairs.clone() {
        let sides = [left, right].map(|number| heard.voices.get(number).and_then(Option::as_ref));
        let [Some(left_voice), Some(right_voice)] = sides else {
            without += 1;
            continue;
        };
        let evidence = evidence_between(
            &calibration,
            minimum,
            (&left_voice.facts, left_voice.embedding("left")?),
            (&right_voice.facts, right_voice.embedding("right")?),
        );
        match evidence {
            Ok(evidence) => {
                let speakers = [plan.speaker(left), plan.speaker(right)].map(|s| s as u32);
                let llr = evidence.llr.0;
                let [speaker, listed] = speakers;
                let probe = probes.entry(left).or_insert_with(|| Probe {
                    speaker,
                    candidates: Vec::new(),
                });
                probe.candidates.push((listed, llr));
                scored.push(ScoredTrial {
                    trial: Trial { llr, speakers },
                    score: f64::from(evidence.score.0),
                    condition: evidence.calibration.condition,
                    least_speech: left_voice
                        .facts
                        .net_speech
                        .min(right_voice.facts.net_speech),
                });
            }
            Err(error) if error.is_outcome() => without += 1,
            Err(error) => return Err(error.into()),
        }
    }
    let probes: Vec<Probe> = probes.into_values().collect();
    let judged = Judged::new(&scored, &probes, args.draws, args.seed)?;
    let facts = json!({
        "data": path.display().to_string(),
        "recordings": plan.files.len(),
        "recordings_without_voiceprint": heard.voices.iter().filter(|voice| voice.is_none()).count(),
        "recordings_with_several_voices": heard.several,
        "trials_without_result": without,
        "calibration": calibration.name(),
        "model_id": analyser.model_id(),
        "model_sha256": analyser.model_sha256(),
        "software_version": crate::domain::VERSION,
        "draws": args.draws,
        "seed": args.seed,
    });
    if as_json {
        for (name, judgement) in judged.rows() {
            let mut line = json!(judgement);
            if let Some(fields) = line.as_object_mut() {
                fields.insert("group".to_owned(), json!(name));
                fields.insert("facts".to_owned(), facts.clone());
            }
            output.json(&line)?;
        }
    } else {
        output.line(&table_of(judged.rows()))?;
        output.line(&format!(
            "{} recordings, {without} trials without a result, {} recordings with several voices, of \
             which the one with most speech was taken. In brackets: 95 % by drawing speakers anew.",
            plan.files.len(),
            heard.several,
        ))?;
        output.line(crate::scoring::NOTICE)?;
    }
    if let Some(folder) = &args.out {
        judged.write(&facts, folder)?;
        if !as_json {
            output.line(&format!("written to {}", folder.display()))?;
        }
    }
    Ok(Exit::Done)
}

/// Analyses every file, several at once; the result is in the files' order.
fn hear(config: &Config, files: &[PathBuf]) -> anyhow::Result<Heard> {
    let workers = worker_count(config);
    let analyser = analyser(config, workers)?;
    let media = media(config, &std::env::temp_dir());
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<Vec<(usize, Option<FileVoice>, bool)>> {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = files.get(number) else {
                return Ok(done);
            };
            let (_, analysis) = analyse_file(&analyser, &media, path)?;
            let mut voices = match voices_of(&analysis, path, VoicePick::default(), "either") {
                Ok(voices) => voices,
                Err(error) if error.downcast_ref::<ServiceError>().is_some() => Vec::new(),
                Err(error) => return Err(error),
            };
            voices.retain(|voice| voice.embedding("either").is_ok());
            let several = voices.len() > 1;
            let longest = voices.into_iter().max_by_key(|voice| {
                (
                    voice.facts.net_speech,
                    std::cmp::Reverse((voice.facts.channel, voice.facts.label)),
                )
            });
            done.push((number, longest, several));
        }
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

fn table_of<'a>(rows: impl Iterator<Item = (&'a str, &'a Judgement)>) -> String {
    let head = [
        "trials",
        "targets",
        "others",
        "EER %",
        "min DCF",
        "FNMR at FMR 0.1 %",
        "Cllr",
        "min Cllr",
    ];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for (name, judged) in rows {
        let (figures, intervals) = (judged.figures, judged.intervals);
        let with = |value: f64, Interval { low, high }: Interval, scale: f64, digits: usize| {
            let [value, low, high] = [value, low, high].map(|x| x * scale);
            format!("{value:.digits$} ({low:.digits$} to {high:.digits$})")
        };
        cells.push(vec![
            name.to_owned(),
            judged.targets.to_string(),
            judged.non_targets.to_string(),
            with(figures.eer, intervals.eer, 100.0, 2),
            with(figures.min_dcf, intervals.min_dcf, 1.0, 3),
            with(
                figures.fnmr_at_fmr_0_001,
                intervals.fnmr_at_fmr_0_001,
                100.0,
                1,
            ),
            with(figures.cllr, intervals.cllr, 1.0, 3),
            with(figures.min_cllr, intervals.min_cllr, 1.0, 3),
        ]);
    }
    table(&cells)
}
