//! `voxtrace evaluate --diarization CSV`: is it found who speaks when?

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::json;

use super::EvaluateArgs;
use super::analyse::analyse_file;
use super::compose::{analyser, media};
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::domain::Segment;
use crate::evaluation::{DiarizationErrors, Turn, diarization_errors, parse_rttm, speaker_count};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: String,
    rttm: String,
    set: String,
    speakers: usize,
    condition: String,
}

/// Calls judged together.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    calls: usize,
    errors: DiarizationErrors,
    /// Calls with fewer voices than speakers: people were merged.
    too_few: usize,
    /// Calls with more voices than speakers.
    too_many: usize,
}

impl Group {
    fn add(&mut self, errors: DiarizationErrors, speakers: usize, found: usize) {
        self.calls += 1;
        self.errors = self.errors.plus(errors);
        self.too_few += usize::from(found < speakers);
        self.too_many += usize::from(found > speakers);
    }

    fn rates(&self) -> [f64; 4] {
        let part = |ms: u64| ms as f64 / self.errors.speech_ms.max(1) as f64;
        [
            part(self.errors.missed_ms),
            part(self.errors.false_alarm_ms),
            part(self.errors.confused_ms),
            self.errors.rate().unwrap_or(0.0),
        ]
    }
}

pub(super) fn run(
    config: &Config,
    args: &EvaluateArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let Some(path) = &args.diarization else {
        bail!("neither --truth nor --diarization is given");
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let analyser = analyser(config, NonZeroUsize::MIN)?;
    let media = media(config, &std::env::temp_dir());
    let (mut groups, mut whole) = (BTreeMap::<String, Group>::new(), Group::default());
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let row = row.with_context(|| format!("{} line {}", path.display(), index + 2))?;
        let rttm = folder.join(&row.rttm);
        let text = std::fs::read_to_string(&rttm)
            .with_context(|| format!("cannot read {}", rttm.display()))?;
        let reference = parse_rttm(&text).with_context(|| rttm.display().to_string())?;
        let (_, analysis) = analyse_file(&analyser, &media, &folder.join(&row.path))?;
        let found = turns(&analysis.segments);
        let errors = diarization_errors(&reference, &found, args.collar_ms);
        let voices = speaker_count(&found);
        for group in [
            groups
                .entry(format!("{} {}", row.set, row.condition))
                .or_default(),
            &mut whole,
        ] {
            group.add(errors, row.speakers, voices);
        }
        if as_json {
            output.json(&json!({
                "path": row.path,
                "set": row.set,
                "condition": row.condition,
                "speakers": row.speakers,
                "voices": voices,
                "speech_ms": errors.speech_ms,
                "missed_ms": errors.missed_ms,
                "false_alarm_ms": errors.false_alarm_ms,
                "confused_ms": errors.confused_ms,
                "der": errors.rate(),
            }))?;
        }
    }
    ensure!(
        !groups.is_empty(),
        "{} names no calls, expected a CSV with the columns path, rttm, set, condition and speakers",
        path.display()
    );
    groups.insert("all".to_owned(), whole);
    if as_json {
        for (name, group) in &groups {
            output.json(&group_json(name, group))?;
        }
    } else {
        output.line(&group_table(&groups))?;
    }
    Ok(if whole.calls == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
}

/// What was found as turns. A stretch of overlap says nothing of who speaks: it counts for the
/// speaker before it and the next other one.
fn turns(segments: &[Segment]) -> Vec<Turn> {
    let turn = |segment: &Segment, label: u16| Turn {
        speaker: label.to_string(),
        start_ms: segment.start_ms,
        end_ms: segment.end_ms,
    };
    let mut found = Vec::new();
    for (place, segment) in segments.iter().enumerate() {
        if let Some(label) = segment.label {
            found.push(turn(segment, label));
            continue;
        }
        let (before, after) = segments.split_at(place);
        let of_channel = |other: &&Segment| other.channel == segment.channel;
        let before = before.iter().rev().filter(of_channel).find_map(|s| s.label);
        let mut after = after.iter().filter(of_channel).filter_map(|s| s.label);
        let after = after.find(|label| Some(*label) != before);
        found.extend(
            before
                .into_iter()
                .chain(after)
                .map(|label| turn(segment, label)),
        );
    }
    found
}

fn group_json(name: &str, group: &Group) -> serde_json::Value {
    let [missed, false_alarm, confused, der] = group.rates();
    json!({
        "group": name,
        "calls": group.calls,
        "speech_ms": group.errors.speech_ms,
        "missed": missed,
        "false_alarm": false_alarm,
        "confused": confused,
        "der": der,
        "too_few_voices": group.too_few,
        "too_many_voices": group.too_many,
    })
}

fn group_table(groups: &BTreeMap<String, Group>) -> String {
    let mut cells = vec![
        [
            "calls of",
            "calls",
            "speech s",
            "missed",
            "false alarm",
            "confused",
            "DER",
            "too few voices",
            "too many",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for (name, group) in groups {
        let mut line = vec![
            name.clone(),
            group.calls.to_string(),
            format!("{:.0}", group.errors.speech_ms as f64 / 1000.0),
        ];
        line.extend(group.rates().map(|rate| format!("{:.2} %", 100.0 * rate)));
        line.extend([group.too_few.to_string(), group.too_many.to_string()]);
        cells.push(line);
    }
    table(&cells)
}
