//! `voxtrace populations list|create|version|show`

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::DataArgs;
use super::compose::{data_folder, services};
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::domain::{
    Bandwidth, CaseId, EnrolledChoice, NetSpeech, PageRequest, PopulationId, PopulationSelection,
    PopulationVersion, SubjectClass, Timestamp, VoiceId,
};
use crate::services::{
    Actor, CheckedPopulation, NewPopulation, NewPopulationVersion, PopulationEntry, Services,
};

/// Populations that are read at a time.
const PAGE: u32 = 100;

#[derive(Debug, Subcommand)]
pub(super) enum PopulationsAction {
    /// List the populations of the archive with their newest version.
    List(DataArgs),
    /// Make a population of the voices that every condition allows now.
    Create {
        /// Name.
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// Whom it stands for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Make a new version of a population. Answers that name an earlier one keep it.
    Version {
        /// Id of the population.
        id: PopulationId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        selection: SelectionArgs,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print the versions of a population, and check each against its digest.
    Show {
        /// Id of the population.
        id: PopulationId,
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Whether voices of subjects are chosen.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum EnrolledArg {
    /// Whether enrolled or not.
    #[default]
    Any,
    /// Voices of subjects.
    Enrolled,
    /// Voices of nobody.
    NotEnrolled,
}

#[derive(Debug, Args)]
pub(super) struct SelectionArgs {
    /// Whether voices of subjects are chosen.
    #[arg(long, value_name = "WHICH", default_value = "any")]
    enrolled: EnrolledArg,
    /// Of subjects of this class.
    #[arg(long, value_name = "CLASS")]
    class: Option<SubjectClass>,
    /// Of recordings of the case with this number.
    #[arg(long, value_name = "NO")]
    case: Option<String>,
    /// Of this bandwidth: narrowband or wideband.
    #[arg(long, value_name = "BAND", value_parser = parse_bandwidth)]
    bandwidth: Option<Bandwidth>,
    /// With so much net speech at least.
    #[arg(long, value_name = "MS")]
    min_net_speech_ms: Option<u64>,
    /// With so much at most.
    #[arg(long, value_name = "MS")]
    max_net_speech_ms: Option<u64>,
    /// Of calls from this time on, RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    from: Option<Timestamp>,
    /// Of calls before this time.
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    until: Option<Timestamp>,
    /// This voice; may be given several times.
    #[arg(long = "voice", value_name = "ID")]
    voices: Vec<VoiceId>,
}

impl SelectionArgs {
    async fn selection(self, services: &Services) -> anyhow::Result<PopulationSelection> {
        let case_id = match self.case {
            None => None,
            Some(case_no) => Some(case_of(services, &case_no).await?),
        };
        Ok(PopulationSelection {
            enrolled: match self.enrolled {
                EnrolledArg::Any => EnrolledChoice::Any,
                EnrolledArg::Enrolled => EnrolledChoice::Enrolled,
                EnrolledArg::NotEnrolled => EnrolledChoice::NotEnrolled,
            },
            subject_class: self.class,
            case_id,
            bandwidth: self.bandwidth,
            min_net_speech: self.min_net_speech_ms.map(NetSpeech::from_millis),
            max_net_speech: self.max_net_speech_ms.map(NetSpeech::from_millis),
            from: self.from,
            until: self.until,
            voice_ids: self.voices,
        })
    }
}

async fn case_of(services: &Services, case_no: &str) -> anyhow::Result<CaseId> {
    let mut reader = services.store().reader().await?;
    match reader.case_by_no(case_no).await? {
        Some(case) => Ok(case.id),
        None => anyhow::bail!("case {case_no:?} does not exist"),
    }
}

fn parse_bandwidth(text: &str) -> Result<Bandwidth, String> {
    [Bandwidth::Narrowband, Bandwidth::Wideband]
        .into_iter()
        .find(|bandwidth| bandwidth.as_str() == text)
        .ok_or_else(|| format!("{text:?} is unknown, expected narrowband or wideband"))
}

impl PopulationsAction {
    fn data(&self) -> &DataArgs {
        match self {
            Self::List(data)
            | Self::Create { data, .. }
            | Self::Version { data, .. }
            | Self::Show { data, .. } => data,
        }
    }
}

pub(super) async fn run(
    config: &Config,
    action: PopulationsAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let services = services(config, &data_folder(config, action.data())).await?;
    let outcome = act(&services, action, as_json, output).await;
    services.store().close().await;
    outcome
}

async fn act(
    services: &Services,
    action: PopulationsAction,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let actor = Actor::command_line();
    let entries = match action {
        PopulationsAction::List(_) => all(services).await?,
        PopulationsAction::Create {
            name,
            description,
            selection,
            ..
        } => {
            let new = NewPopulation {
                name,
                description,
                selection: selection.selection(services).await?,
            };
            vec![services.create_population(&actor, new).await?]
        }
        PopulationsAction::Version {
            id,
            reason,
            selection,
            ..
        } => {
            let new = NewPopulationVersion {
                selection: selection.selection(services).await?,
                reason,
            };
            vec![services.add_population_version(&actor, id, new).await?]
        }
        PopulationsAction::Show { id, .. } => {
            return show(services, id, as_json, output).await;
        }
    };
    if as_json {
        for entry in &entries {
            output.json(&entry_json(entry))?;
        }
        return Ok(Exit::Done);
    }
    let mut rows = vec![head("name")];
    for entry in &entries {
        if let Some(newest) = entry.versions.first() {
            let id = entry.population.id.to_string();
            rows.push(row(&[&id, &entry.population.name], newest));
        }
    }
    output.line(&table(&rows))?;
    Ok(Exit::Done)
}

pub(super) async fn all(services: &Services) -> anyhow::Result<Vec<PopulationEntry>> {
    let mut page = PageRequest {
        limit: PAGE,
        after: None,
    };
    let mut entries = Vec::new();
    loop {
        let found = services.populations(page).await?;
        entries.extend(found.items);
        page.after = found.next;
        if page.after.is_none() {
            return Ok(entries);
        }
    }
}

async fn show(
    services: &Services,
    id: PopulationId,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let entry = services.population(id).await?;
    let mut rows = vec![head("whole")];
    let mut is_whole = true;
    for version in &entry.versions {
        let checked = services.check_population(id, Some(version.version)).await?;
        is_whole &= checked.is_whole;
        if as_json {
            output.json(&checked_json(&checked))?;
        } else {
            let whole = if checked.is_whole { "yes" } else { "NO" };
            rows.push(row(&[&id.to_string(), whole], version));
        }
    }
    if !as_json {
        output.line(&format!("{}\n{}", entry.population.name, table(&rows)))?;
    }
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

fn head(second: &str) -> Vec<String> {
    ["id", second]
        .into_iter()
        .chain([
            "version",
            "voices",
            "narrowband",
            "enrolled",
            "net speech",
            "model",
            "SHA-256",
        ])
        .map(str::to_owned)
        .collect()
}

fn row(begin: &[&str], version: &PopulationVersion) -> Vec<String> {
    let facts = version.facts;
    let [shortest, median, longest] = facts.net_speech;
    let mut row: Vec<String> = begin.iter().map(|text| (*text).to_owned()).collect();
    row.extend([
        version.version.to_string(),
        facts.voices.to_string(),
        facts.narrowband.to_string(),
        facts.enrolled.to_string(),
        format!("{shortest} / {median} / {longest}"),
        version.model.to_string(),
        version.sha256.to_string(),
    ]);
    row
}

fn entry_json(entry: &PopulationEntry) -> Value {
    json!({
        "id": entry.population.id,
        "name": entry.population.name,
        "description": entry.population.description,
        "created_at": entry.population.created_at,
        "versions": entry.versions.iter().map(version_json).collect::<Vec<_>>(),
    })
}

fn version_json(version: &PopulationVersion) -> Value {
    json!({
        "version": version.version,
        "selection": version.selection,
        "voices": version.facts.voices,
        "recordings": version.facts.recordings,
        "narrowband": version.facts.narrowband,
        "enrolled": version.facts.enrolled,
        "net_speech_ms": version.facts.net_speech,
        "sha256": version.sha256,
        "model_id": version.model,
        "actor": version.actor,
        "reason": version.reason,
        "created_at": version.created_at,
    })
}

fn checked_json(checked: &CheckedPopulation) -> Value {
    let mut value = version_json(&checked.version);
    if let Value::Object(fields) = &mut value {
        fields.insert("whole".to_owned(), json!(checked.is_whole));
    }
    value
}
