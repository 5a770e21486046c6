//! `voxtrace compare FILE --subject ID` and `--population NAME`: comparisons that need the archive,
//! which keeps them.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};

use super::analyse::{analyse_file, open};
use super::compare::{
    CompareArgs, add_common, evidence_json, evidence_text, only_voice, side_json, voices_of,
};
use super::compose::{data_folder, services};
use super::findings::Recorded;
use super::output::{Exit, Output, Usage};
use super::populations::all;
use super::search::recording_of;
use crate::config::Config;
use crate::domain::{
    Comparison, PopulationFindings, PopulationId, Reach, Sha256, SubjectFindings, VoicePick,
};
use crate::services::{Actor, ComparedRef, PopulationChoice, ServiceError, Services, VoiceRef};

pub(super) async fn run(
    config: &Config,
    args: CompareArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    // Before an archive is opened, which makes one where there is none.
    for path in std::iter::once(&args.left).chain(&args.right) {
        open(path)?;
    }
    let services = services(config, &data_folder(config, &args.data)).await?;
    let outcome = compare(config, &services, &args, (as_json, output)).await;
    services.store().close().await;
    outcome
}

async fn compare(
    config: &Config,
    services: &Arc<Services>,
    args: &CompareArgs,
    (as_json, output): (bool, &Output),
) -> anyhow::Result<Exit> {
    let actor = Actor::command_line();
    let population = match &args.population {
        Some(named) => Some(population(services, named).await?),
        None => None,
    };
    let left = side(services, &args.left, args.left_pick(), "left").await?;
    let comparison = match (&args.right, args.subject) {
        (_, Some(subject)) => {
            services
                .compare_with_subject(&actor, left, subject, population)
                .await?
        }
        (Some(right), None) => {
            let right = side(services, right, args.right_pick(), "right").await?;
            services.compare(&actor, left, right, population).await?
        }
        (None, None) => {
            return Err(Usage("a right recording or --subject is needed".to_owned()).into());
        }
    };
    let mut key_id = None;
    if let (Some(_), Some(findings)) = (&args.report, &comparison.findings) {
        // The archive is there: its key signs, unless another one is named.
        let key = match args
            .sign
            .key(config, &super::DataArgs { data: None })
            .await?
        {
            Some(key) => key,
            None => services.report_key(&actor).await?,
        };
        key_id = args.write_report(findings, Some(&key))?;
    }
    if as_json {
        output.json(&comparison_json(services, &comparison, key_id))?;
    } else {
        output.line(&comparison_text(&comparison))?;
        args.say_signed(key_id, output)?;
        output.line(crate::scoring::EVALUATIVE.notice)?;
        output.line(crate::scoring::NOTICE)?;
    }
    Ok(Exit::Done)
}

/// One side: the archive's voice where the file is in it, otherwise the file is analysed now.
async fn side(
    services: &Arc<Services>,
    path: &Path,
    pick: VoicePick,
    name: &'static str,
) -> anyhow::Result<ComparedRef> {
    let (_, sha256) = open(path)?;
    if let Some(recording) = recording_of(services, sha256).await? {
        let id = recording.id;
        return Ok(ComparedRef::Archive(VoiceRef::Recording { id, pick }));
    }
    let analyser = Arc::clone(services.analyser());
    let media = Arc::clone(services.media());
    let owned = path.to_owned();
    let (sha256, analysis) =
        tokio::task::spawn_blocking(move || analyse_file(&analyser, &media, &owned)).await??;
    let voices = voices_of(&analysis, path, pick, name)?;
    let recorded = Recorded {
        sha256,
        analysis: &analysis,
        segments: None,
    };
    let voice = recorded.compared(only_voice(&voices, name)?, name)?;
    Ok(ComparedRef::Outside(Box::new(voice)))
}

/// The population that `NAME`, `NAME@VERSION` or an id in the place of the name means. A name may
/// hold an `@` itself: it is looked for as it stands first.
async fn population(services: &Services, named: &str) -> anyhow::Result<PopulationChoice> {
    let entries = all(services).await?;
    let found = |name: &str| {
        let id = name.parse::<PopulationId>().ok();
        let mut entries = entries.iter();
        entries
            .find(|entry| entry.population.name == name || Some(entry.population.id) == id)
            .map(|entry| entry.population.id)
    };
    if let Some(id) = found(named) {
        return Ok(PopulationChoice { id, version: None });
    }
    if let Some((name, version)) = named.rsplit_once('@') {
        let version: u32 = version.parse().with_context(|| {
            format!("--population {named}: {version:?} is no version, expected a number")
        })?;
        if let Some(id) = found(name) {
            let version = Some(version);
            return Ok(PopulationChoice { id, version });
        }
    }
    Err(ServiceError::NotFound {
        what: "population",
        id: format!("{named:?}"),
    }
    .into())
}

fn comparison_json(services: &Services, comparison: &Comparison, key_id: Option<Sha256>) -> Value {
    let mut value = evidence_json(&comparison.evidence);
    if let Value::Object(fields) = &mut value {
        add_common(fields, services.analyser());
        let findings = comparison.findings.as_deref();
        let mut insert = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        insert("id", json!(comparison.id));
        insert("created_at", json!(comparison.created_at));
        insert("left", side_json(&comparison.left));
        insert("right", side_json(&comparison.right));
        insert("subject", json!(comparison.subject));
        insert("population_use", json!(comparison.population_use));
        insert("population", json!(comparison.population_rates));
        insert(
            "same_bytes",
            json!(findings.is_some_and(|found| found.left.sha256 == found.right.sha256)),
        );
        insert("report_key_id", json!(key_id));
    }
    value
}

fn comparison_text(comparison: &Comparison) -> String {
    let findings = comparison.findings.as_deref();
    let subject = findings.and_then(|findings| findings.subject.as_ref());
    let right = match subject {
        Some(subject) => format!(
            "{} ({} voices in {} recordings)",
            subject.subject.name,
            subject.voices.len(),
            subject.recordings
        ),
        None => format!(
            "{} channel {}",
            comparison.right.filename, comparison.right.channel
        ),
    };
    let mut text = format!(
        "{} channel {}  |  {right}\n{}",
        comparison.left.filename,
        comparison.left.channel,
        evidence_text(&comparison.evidence)
    );
    if let Some(subject) = subject {
        text.push_str(&subject_text(subject));
    }
    if let Some(population) = findings.and_then(|findings| findings.population.as_ref()) {
        text.push_str(&population_text(population));
    }
    text.push_str(&format!("\n  kept as comparison {}", comparison.id));
    text
}

fn subject_text(subject: &SubjectFindings) -> String {
    let voices = subject.voices.iter().map(|voice| {
        format!(
            "\n  {} channel {}: log10 LR {:+.2}, score {:.3}",
            voice.side.filename, voice.side.channel, voice.log10_lr, voice.score.0
        )
    });
    let mut text: String = voices.collect();
    if let Some(least) = subject.least_agreement {
        text.push_str(&format!(
            "\n  the two of them that agree least have log10 LR {:+.2} with each other",
            least.log10_lr
        ));
    }
    text
}

fn population_text(population: &PopulationFindings) -> String {
    let mut text = format!("\n  measured on population {}", population.used.title());
    let reach = |side: &str, reach: Reach| {
        format!(
            "\n    with the {side}: {} of {} voices reach this ratio, at most {:.2} % of such people",
            reach.reached,
            reach.voices,
            100.0 * reach.upper
        )
    };
    if let Some(rates) = population.rates {
        text.push_str(&reach("left voice", rates.probe));
        text.push_str(&reach("right side", rates.candidate));
    }
    for warning in &population.used.warnings {
        text.push_str(&format!(
            "\n    unlike the case: the {} side has {}, the population {}",
            warning.side, warning.found, warning.population
        ));
    }
    text
}
