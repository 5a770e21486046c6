//! What an evaluation of trials came to, and the files that it leaves.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use crate::audit::canonical_json;
use crate::domain::Sha256;
use crate::evaluation::{
    Costs, Identification, Judgement, Probe, ScoredTrial, Trial, Trials, by_condition, by_duration,
    identify,
};
use crate::report::{EvaluationReport, EvaluationRow, ReportKey, SignedKind};

/// Fewest trials of a kind for which a group is judged by itself.
const MIN_TRIALS: usize = 30;
/// False-positive identification rates that a search is judged at.
const FPIR: [f64; 3] = [0.01, 0.05, 0.1];

/// A group's figures, or what there is too little of.
type Row = (String, Result<(Trials, Judgement), String>);

/// All trials and their groups, judged.
pub(super) struct Judged {
    all: [(String, Trials, Judgement); 2],
    conditions: Vec<Row>,
    durations: Vec<Row>,
    identification: Vec<Identification>,
}

impl Judged {
    pub(super) fn new(
        scored: &[ScoredTrial],
        probes: &[Probe],
        draws: usize,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let costs = Costs::default();
        let whole = |name: &str, trials: Vec<Trial>| -> anyhow::Result<_> {
            let trials = Trials::new(trials)?;
            let judgement = trials.judge(costs, draws, seed);
            Ok((name.to_owned(), trials, judgement))
        };
        let rows = |groups: Vec<(String, Vec<Trial>)>| -> Vec<Row> {
            let judge = |trials: Vec<Trial>| {
                let targets = trials.iter().filter(|trial| trial.is_target()).count();
                let least = targets.min(trials.len() - targets);
                if least < MIN_TRIALS {
                    return Err(format!(
                        "too few: {least} trials of a kind, expected at least {MIN_TRIALS}"
                    ));
                }
                let trials = Trials::new(trials).map_err(|error| error.to_string())?;
                let judgement = trials.judge(costs, draws, seed);
                Ok((trials, judgement))
            };
            groups
                .into_iter()
                .map(|(name, trials)| (name, judge(trials)))
                .collect()
        };
        let searches = with_and_without(probes);
        Ok(Self {
            all: [
                whole(
                    "all, by LLR",
                    scored.iter().map(|each| each.trial).collect(),
                )?,
                whole(
                    "all, by cosine",
                    scored.iter().map(ScoredTrial::by_score).collect(),
                )?,
            ],
            conditions: rows(by_condition(scored)),
            durations: rows(by_duration(scored)),
            identification: FPIR
                .iter()
                .filter_map(|rate| identify(&searches, *rate))
                .collect(),
        })
    }

    /// Each group that has figures, with its name.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &Judgement)> {
        let groups = self.conditions.iter().chain(&self.durations);
        let judged = groups.filter_map(|(name, row)| {
            let (_, judgement) = row.as_ref().ok()?;
            Some((name.as_str(), judgement))
        });
        let all = self.all.iter();
        all.map(|(name, _, judgement)| (name.as_str(), judgement))
            .chain(judged)
    }

    /// Writes `report.html`, `result.json` and the plots. The result, without its member `signature`,
    /// is what is signed; the page names its digest and the key.
    pub(super) fn write(
        &self,
        facts: &Value,
        folder: &Path,
        key: Option<&ReportKey>,
    ) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("folder {} cannot be made", folder.display()))?;
        let mut result = self.result(facts);
        let canonical = canonical_json(&result);
        let signature = key.map(|key| key.sign(SignedKind::Evaluation, &canonical));
        if let Some(fields) = result.as_object_mut() {
            fields.insert("signature".to_owned(), json!(signature));
        }
        let mut named = facts_of(facts);
        named.push((
            "Digest of result.json without its signature, as canonical JSON (SHA-256)",
            Sha256::of(canonical.as_bytes()).to_string(),
        ));
        named.push((
            "Signed with the key",
            signature.map_or_else(
                || "none: the result is not signed".to_owned(),
                |signature| {
                    format!(
                        "{} (Ed25519); check: voxtrace verify result.json --public-key FILE",
                        signature.key_id
                    )
                },
            ),
        ));
        let [by_llr, by_score] = &self.all;
        let report = EvaluationReport {
            facts: named,
            by_llr: &by_llr.1,
            by_score: &by_score.1,
            conditions: self
                .conditions
                .iter()
                .filter_map(|(name, row)| Some((name.clone(), row.as_ref().ok()?.0.clone())))
                .collect(),
            tables: vec![
                ("All trials", all_rows(&self.all)),
                ("By condition, by LLR", table_rows(&self.conditions)),
                (
                    "By net speech of the side that has less, by LLR",
                    table_rows(&self.durations),
                ),
            ],
            identification: self.identification.clone(),
        };
        let plots = report.plots()?;
        let write = |name: &str, bytes: &str| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
        };
        for plot in &plots {
            write(plot.name, &plot.svg)?;
        }
        write("report.html", &report.html(&plots))?;
        write("result.json", &format!("{result:#}\n"))
    }

    fn result(&self, facts: &Value) -> Value {
        json!({
            "facts": facts,
            "all": self.all.iter().map(|(name, _, judged)| group(name, Ok(judged))).collect::<Vec<_>>(),
            "conditions": groups(&self.conditions),
            "durations": groups(&self.durations),
            "identification": self.identification,
            "speakers": self.all[0].1.speaker_means(),
        })
    }
}

/// Each search with the speaker listed, and with him struck off.
fn with_and_without(probes: &[Probe]) -> Vec<Probe> {
    let mut searches = probes.to_vec();
    for probe in probes {
        let mut others = probe.clone();
        others.candidates.retain(|(who, _)| *who != probe.speaker);
        let was_listed = others.candidates.len() < probe.candidates.len();
        if was_listed && !others.candidates.is_empty() {
            searches.push(others);
        }
    }
    searches
}

fn all_rows(all: &[(String, Trials, Judgement)]) -> Vec<EvaluationRow> {
    let row = |(name, _, judged): &(String, Trials, Judgement)| EvaluationRow {
        name: name.clone(),
        judged: Ok(judged.clone()),
    };
    all.iter().map(row).collect()
}

fn table_rows(rows: &[Row]) -> Vec<EvaluationRow> {
    let row = |(name, row): &Row| EvaluationRow {
        name: name.clone(),
        judged: row
            .as_ref()
            .map(|(_, judged)| judged.clone())
            .map_err(String::clone),
    };
    rows.iter().map(row).collect()
}

fn groups(rows: &[Row]) -> Vec<Value> {
    rows.iter()
        .map(|(name, row)| group(name, row.as_ref().map(|(_, judged)| judged)))
        .collect()
}

fn group(name: &str, judged: Result<&Judgement, &String>) -> Value {
    let mut value = match judged {
        Ok(judged) => json!(judged),
        Err(reason) => json!({ "not_judged": reason }),
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("group".to_owned(), json!(name));
    }
    value
}

fn facts_of(facts: &Value) -> Vec<(&'static str, String)> {
    let named = [
        ("Trials", "data"),
        ("Recordings", "recordings"),
        (
            "Recordings without a voiceprint",
            "recordings_without_voiceprint",
        ),
        (
            "Recordings with several voices, of which the one with most speech was taken",
            "recordings_with_several_voices",
        ),
        ("Trials without a result", "trials_without_result"),
        (
            "Trials labelled by people who were shown the score",
            "trials_with_score_shown",
        ),
        ("Calibration", "calibration"),
        ("Model", "model_id"),
        ("SHA-256 of the model", "model_sha256"),
        ("Voxtrace", "software_version"),
        ("Draws for the intervals", "draws"),
        ("Seed of the draws", "seed"),
    ];
    named
        .into_iter()
        .filter_map(|(name, key)| {
            let value = match facts.get(key)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some((name, value))
        })
        .collect()
}
