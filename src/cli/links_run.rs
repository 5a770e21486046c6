//! `voxtrace links run` and `links evaluate`: the nightly run, and how right links are.

use serde_json::json;

use super::evaluate::read_truth;
use super::links::{EvaluateArgs, RunArgs};
use super::output::{Exit, Output, table};
use crate::evaluation::{BCubed, LinkingFigures, PairFigures, TruthEntry};
use crate::services::{Actor, GroupDrift, Services};

pub(super) async fn run(
    services: &Services,
    args: &RunArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let (searched, proposed) = if args.dry_run {
        (services.recordings_without_links().await?, 0)
    } else {
        let done = services.link_backlog().await?;
        (done.recordings, done.links)
    };
    let drift = services
        .rerun_groups(&Actor::command_line(), args.dry_run)
        .await?;
    if as_json {
        output.json(&json!({
            "dry_run": args.dry_run,
            "recordings_without_links": searched,
            "links_proposed": proposed,
            "voices": drift.voices,
            "links": drift.links,
            "groups_stored": drift.stored,
            "groups_found": drift.found,
            "groups_differing": drift.differing,
            "groups_ended": drift.ended,
            "voices_moved": drift.moved_voices,
            "changes": drift.changes,
            "contradictions": drift.contradictions,
            "drift": !drift.is_none(),
        }))?;
    } else {
        output.line(&in_words(&drift, searched, proposed, args.dry_run))?;
    }
    Ok(Exit::Done)
}

fn in_words(drift: &GroupDrift, searched: usize, proposed: usize, dry_run: bool) -> String {
    let backlog = if dry_run {
        format!("{searched} recordings have voices whose links nobody looked for")
    } else {
        format!("{searched} recordings searched for links, {proposed} links proposed")
    };
    let found = format!(
        "{} voices, {} links: {} groups, {} stood",
        drift.voices, drift.links, drift.found, drift.stored
    );
    let drifted = if drift.is_none() {
        "no drift: what stands is what a full run gives".to_owned()
    } else {
        let written = if dry_run {
            "nothing written"
        } else {
            "written"
        };
        format!(
            "drift: {} groups differ, {} ended, {} voices moved; {written}",
            drift.differing, drift.ended, drift.moved_voices
        )
    };
    let open = format!(
        "{} contradictions for people to settle",
        drift.contradictions
    );
    [backlog, found, drifted, open].join("\n")
}

pub(super) async fn evaluate(
    services: &Services,
    args: &EvaluateArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let truth = read_truth(&args.truth)?;
    let found = services.linking_accuracy(&truth).await?;
    let place = |entry: &TruthEntry| format!("{} #{}", entry.path, entry.channel);
    if as_json {
        output.json(&json!({
            "figures": found.figures,
            "false_links": found.false_links.iter().map(|(left, right, log10_lr)| json!({
                "left": place(left),
                "left_speaker": left.speaker,
                "right": place(right),
                "right_speaker": right.speaker,
                "log10_lr": log10_lr,
            })).collect::<Vec<_>>(),
            "missing": found.missing.iter().map(place).collect::<Vec<_>>(),
        }))?;
    } else {
        output.line(&figures_table(&found.figures))?;
        let depths = found.figures.false_links.iter();
        let depths: Vec<String> = depths
            .map(|one| format!("{} of the best {}", one.false_links, one.of_best))
            .collect();
        output.line(&format!("false links: {}", depths.join(", ")))?;
        for (left, right, log10_lr) in &found.false_links {
            output.line(&format!(
                "  {} ({}) and {} ({}): log10 LR {log10_lr:+.2}",
                place(left),
                left.speaker,
                place(right),
                right.speaker
            ))?;
        }
        output.line(&format!(
            "{} voices of {} speakers; {} of the truth file are not in the archive",
            found.figures.voices,
            found.figures.speakers,
            found.missing.len()
        ))?;
    }
    Ok(if found.figures.voices == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
}

fn figures_table(figures: &LinkingFigures) -> String {
    let mut rows = vec![
        [
            "what",
            "condition",
            "precision",
            "recall",
            "F",
            "together",
            "of one speaker",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.push(pair_row("links", "all", &figures.links));
    rows.push(pair_row("groups, pairs", "all", &figures.pairs));
    if let Some(b_cubed) = &figures.b_cubed {
        rows.push(b_cubed_row("all", b_cubed));
    }
    for one in &figures.by_condition {
        if let Some(links) = &one.links {
            rows.push(pair_row("links", one.condition, links));
        }
        if let Some(pairs) = &one.pairs {
            rows.push(pair_row("groups, pairs", one.condition, pairs));
        }
        if let Some(b_cubed) = &one.b_cubed {
            rows.push(b_cubed_row(one.condition, b_cubed));
        }
    }
    table(&rows)
}

fn pair_row(what: &str, condition: &str, figures: &PairFigures) -> Vec<String> {
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.4}"));
    let f = figures
        .precision
        .zip(figures.recall)
        .filter(|(precision, recall)| precision + recall > 0.0)
        .map(|(precision, recall)| 2.0 * precision * recall / (precision + recall));
    vec![
        what.to_owned(),
        condition.to_owned(),
        share(figures.precision),
        share(figures.recall),
        share(f),
        format!("{} ({} right)", figures.together, figures.right),
        figures.of_one_speaker.to_string(),
    ]
}

fn b_cubed_row(condition: &str, b_cubed: &BCubed) -> Vec<String> {
    let numbers = [b_cubed.precision, b_cubed.recall, b_cubed.f].map(|one| format!("{one:.4}"));
    let mut row = vec!["groups, B-cubed".to_owned(), condition.to_owned()];
    row.extend(numbers);
    row.push(format!("{} voices", b_cubed.voices));
    row
}
