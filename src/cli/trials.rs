//! `voxtrace evaluate --trials CSV --audio DIR`: are the likelihood ratios right?

use std::collections::BTreeMap;

use serde_json::json;

use super::EvaluateArgs;
use super::compose::{analyser, calibration, worker_count};
use super::evaluation_files::Judged;
use super::labelled_trials::{LabelledTrials, Scores};
use super::output::{Exit, Output, Usage, table};
use super::signing::UNSIGNED;
use crate::config::Config;
use crate::evaluation::{Interval, Judgement, Probe, ScoredTrial};
use crate::report::ReportKey;
use crate::scoring::condition_of;

pub(super) fn run(
    config: &Config,
    (args, key): (&EvaluateArgs, Option<&ReportKey>),
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let (Some(path), Some(audio)) = (&args.trials, &args.audio) else {
        return Err(Usage("--trials needs --audio, the folder of its paths".to_owned()).into());
    };
    let mut trials = LabelledTrials::read(path, audio)?;
    let analyser = analyser(config, worker_count(config))?;
    let calibration = calibration(config, &analyser)?;
    let heard = trials.hear(config, &analyser)?;
    let mut scores = Scores::with(analyser.compensator());
    let minimum = config.minimum_speech.search();
    let mut scored: Vec<ScoredTrial> = Vec::new();
    let mut probes: BTreeMap<usize, Probe> = BTreeMap::new();
    for sides in trials.heard(&heard)? {
        let score = match scores.of(&sides, minimum) {
            Ok(score) => score,
            Err(error) if error.is_outcome() => continue,
            Err(error) => return Err(error.into()),
        };
        let [left, right] = sides.sides();
        let llr = calibration.llr(score, left, right);
        let condition = condition_of(left.bandwidth, right.bandwidth);
        let trial = sides.scored(llr.0, score, condition);
        let [speaker, listed] = trial.trial.speakers;
        let [probe, _] = sides.files;
        let probe = probes.entry(probe).or_insert_with(|| Probe {
            speaker,
            candidates: Vec::new(),
        });
        probe.candidates.push((listed, trial.trial.llr));
        scored.push(trial);
    }
    let without = trials.len() - scored.len();
    let probes: Vec<Probe> = probes.into_values().collect();
    let judged = Judged::new(&scored, &probes, args.draws, args.seed)?;
    let facts = json!({
        "data": path.display().to_string(),
        "recordings": trials.recordings(),
        "recordings_without_voiceprint": heard.without(),
        "recordings_with_several_voices": heard.several,
        "trials_without_result": without,
        "trials_with_score_shown": trials.shown(),
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
            trials.recordings(),
            heard.several,
        ))?;
        if let Some(caution) = trials.caution() {
            output.line(&caution)?;
        }
        output.line(crate::scoring::NOTICE)?;
    }
    if let Some(folder) = &args.out {
        judged.write(&facts, folder, key)?;
        if !as_json {
            let signed = key.map_or_else(
                || UNSIGNED.to_owned(),
                |key| format!("it is signed with the key {}", key.public().id()),
            );
            output.line(&format!("written to {}; {signed}", folder.display()))?;
        }
    }
    Ok(Exit::Done)
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
