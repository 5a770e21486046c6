//! `voxtrace evaluate --truth CSV`: is each voice's best candidate in the archive the same person?

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::EvaluateArgs;
use super::analyse::digest;
use super::compose::{data_folder, services};
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::evaluation::{RankRow, RankSummary, TruthEntry};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: String,
    channel: u16,
    speaker: String,
}

pub(super) async fn run(
    config: &Config,
    args: EvaluateArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    if args.trials.is_some() {
        // Before hours of work end in a file that cannot be signed.
        let key = match args.out {
            Some(_) => args.sign.key(config, &args.data).await?,
            None => None,
        };
        return super::trials::run(config, (&args, key.as_ref()), as_json, output);
    }
    let (Some(truth), None) = (&args.truth, &args.diarization) else {
        return super::diarization::run(config, &args, as_json, output);
    };
    let truth = read_truth(truth)?;
    let services = services(config, &data_folder(config, &args.data)).await?;
    let rows = services.rank_against_truth(&truth).await?;
    if as_json {
        for row in &rows {
            output.json(&row_json(row))?;
        }
    } else {
        output.line(&rank_table(&rows))?;
    }
    let summary = RankSummary::of(&rows);
    if as_json {
        output.json(&json!({
            "rank1_right": summary.right,
            "rank1_of": summary.findable,
            "without": summary.without,
        }))?;
    } else {
        output.line(&format!(
            "{} of {} voices have their own speaker as the best candidate from another recording; \
             {} voices gave no search or have no other recording",
            summary.right, summary.findable, summary.without
        ))?;
    }
    services.store().close().await;
    Ok(if summary.findable == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
}

pub(super) fn read_truth(path: &Path) -> anyhow::Result<Vec<TruthEntry>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("cannot read truth file {}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut entries = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let line = index + 2;
        let row = row.with_context(|| format!("truth file {} line {line}", path.display()))?;
        let audio = folder.join(&row.path);
        let sha256 = File::open(&audio)
            .and_then(|mut file| digest(&mut file))
            .with_context(|| format!("cannot read {} (line {line})", audio.display()))?;
        entries.push(TruthEntry {
            path: row.path,
            sha256,
            channel: row.channel,
            speaker: row.speaker,
        });
    }
    Ok(entries)
}

fn row_json(row: &RankRow) -> serde_json::Value {
    json!({
        "path": row.entry.path,
        "channel": row.entry.channel,
        "speaker": row.entry.speaker,
        "best": row.best.as_ref().map(|best| json!({
            "path": best.entry.path,
            "channel": best.entry.channel,
            "speaker": best.entry.speaker,
            "score": best.score,
            "log10_lr": best.log10_lr,
        })),
        "right": row.is_right(),
        "outcome": row.outcome,
    })
}

fn rank_table(rows: &[RankRow]) -> String {
    let mut cells = vec![
        [
            "voice",
            "speaker",
            "best candidate",
            "its speaker",
            "log10 LR",
            "score",
            "right",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for row in rows {
        let voice = format!("{} #{}", row.entry.path, row.entry.channel);
        let mut line = vec![voice, row.entry.speaker.clone()];
        match &row.best {
            Some(best) => line.extend([
                format!("{} #{}", best.entry.path, best.entry.channel),
                best.entry.speaker.clone(),
                format!("{:+.2}", best.log10_lr),
                format!("{:.3}", best.score),
                if row.is_right() == Some(true) {
                    "yes"
                } else {
                    "NO"
                }
                .to_owned(),
            ]),
            None => line.push(row.outcome.clone().unwrap_or_default()),
        }
        cells.push(line);
    }
    table(&cells)
}
