//! `voxtrace calibrate --trials CSV --audio DIR --name N`: a calibration from labelled trials.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use serde_json::json;

use super::CalibrateArgs;
use super::compose::{analyser, worker_count};
use super::labelled_trials::{LabelledTrials, Scores};
use super::output::{Exit, Output, table, write_new};
use crate::config::Config;
use crate::embedding::Compensator;
use crate::evaluation::{Naming, ScoredTrial, Trained, train};
use crate::pipeline::Analyser;
use crate::scoring::{ConditionFile, condition_of};
use crate::services::score_origin;

pub(super) fn run(
    config: &Config,
    args: &CalibrateArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    ensure!(
        !args.out.exists(),
        "{} is there already: a calibration that was used is never written over",
        args.out.display()
    );
    let mut trials = LabelledTrials::read(&args.trials, &args.audio)?;
    let analyser = analyser(config, worker_count(config))?;
    let compensators = compensators(&analyser, trials.sets(), args.held_out.as_deref())?;
    let heard = trials.hear(config, &analyser)?;
    // One for each set where each has a compensation of its own, otherwise one for all.
    let mut scores: Vec<Scores<'_>> = compensators.iter().map(|one| Scores::with(one)).collect();
    let mut of_all = Scores::with(analyser.compensator());
    let minimum = config.minimum_speech.search();
    let mut scored: Vec<ScoredTrial> = Vec::new();
    for sides in trials.heard(&heard)? {
        let held_out = scores.get_mut(sides.set as usize);
        let score = match held_out.unwrap_or(&mut of_all).of(&sides, minimum) {
            Ok(score) => score,
            Err(error) if error.is_outcome() => continue,
            Err(error) => return Err(error.into()),
        };
        let [left, right] = sides.sides().map(|side| side.bandwidth);
        scored.push(sides.scored(f64::from(score.0), score, condition_of(left, right)));
    }
    let naming = Naming {
        name: args.name.clone(),
        data: args.description.clone(),
        languages: args.languages.clone(),
        origin: score_origin(&analyser),
    };
    let trained = train(&scored, naming)?;
    let text = toml::to_string(&trained.file).context("the calibration cannot be put in words")?;
    let head = "# Written by voxtrace calibrate; do not edit.\n";
    write_new("calibration", &args.out, &format!("{head}{text}"))?;
    let without = trials.len() - scored.len();
    if as_json {
        output.json(&json!({
            "calibration": trained.file,
            "left_out": trained.left_out.iter().map(|row| json!({
                "set": trials.sets().get(row.set as usize),
                "condition": row.condition,
                "cllr": row.figures.cllr,
                "min_cllr": row.figures.min_cllr,
                "eer": row.figures.eer,
            })).collect::<Vec<_>>(),
            "trials_without_result": without,
            "trials_with_score_shown": trials.shown(),
            "recordings": trials.recordings(),
            "recordings_without_voiceprint": heard.without(),
        }))?;
    } else {
        output.line(&table_of(&trained, trials.sets()))?;
        output.line(&format!(
            "{} speakers, {without} trials without a result, {} of {} recordings without a \
             voiceprint; written to {}",
            trained.file.speakers,
            heard.without(),
            trials.recordings(),
            args.out.display()
        ))?;
        if let Some(caution) = trials.caution() {
            output.line(&caution)?;
        }
    }
    Ok(Exit::Done)
}

/// What compensates the trials of each set, by its number; empty where the model's own does for all.
fn compensators(
    analyser: &Analyser,
    sets: &[String],
    held_out: Option<&Path>,
) -> anyhow::Result<Vec<Arc<Compensator>>> {
    let Some(folder) = held_out else {
        return Ok(Vec::new());
    };
    let of_set = |set: &String| {
        let compensator = analyser.compensator_of(&folder.join(set));
        let compensator = compensator.with_context(|| {
            format!("--held-out: no compensation that was trained without the set {set:?}")
        })?;
        Ok(Arc::new(compensator))
    };
    sets.iter().map(of_set).collect()
}

fn table_of(trained: &Trained, sets: &[String]) -> String {
    let head = [
        "condition",
        "judged on",
        "targets",
        "others",
        "LLR 0 at",
        "Cllr",
        "min Cllr",
        "EER %",
    ];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for condition in &trained.file.conditions {
        let ConditionFile {
            pair,
            slope,
            intercept,
            ..
        } = condition;
        cells.push(vec![
            pair.clone(),
            "speakers held out".to_owned(),
            condition.targets.to_string(),
            condition.non_targets.to_string(),
            format!("{:.3}", -intercept / slope),
            format!("{:.3}", condition.cllr),
            format!("{:.3}", condition.min_cllr),
            format!("{:.2}", 100.0 * condition.eer),
        ]);
        for row in trained.left_out.iter().filter(|row| row.condition == pair) {
            let set = sets.get(row.set as usize).map_or("", String::as_str);
            cells.push(vec![
                String::new(),
                format!("{set}, left out"),
                String::new(),
                String::new(),
                String::new(),
                format!("{:.3}", row.figures.cllr),
                format!("{:.3}", row.figures.min_cllr),
                format!("{:.2}", 100.0 * row.figures.eer),
            ]);
        }
    }
    table(&cells)
}
