//! The command line: what is asked is parsed here, each command has a file, and `compose` puts the
//! parts together.

mod alerts;
mod analyse;
mod audit_chain;
mod batch_search;
mod calibrate;
mod calibrations;
mod compare;
mod compare_archive;
mod compose;
mod diarization;
mod doctor;
mod enrol;
mod evaluate;
mod evaluation_files;
mod events;
mod findings;
mod ingest;
mod labelled_trials;
mod links;
mod links_run;
mod manifest;
mod model_check;
mod output;
mod populations;
mod search;
mod search_filters;
mod search_index;
mod serve;
mod signing;
mod simulate;
mod trials;
mod verify;
mod verify_again;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::domain::{SubjectClass, VoicePick};
use output::{Exit, Output, Verbosity};

/// Links fraud calls by voice; reports calibrated likelihood ratios, never verdicts.
#[derive(Debug, Parser)]
#[command(name = "voxtrace", version = crate::domain::VERSION, arg_required_else_help = true)]
struct Command {
    /// Settings file that changes the compiled-in defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON object a line on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run the service with its workers.
    Serve(ServeArgs),
    /// Analyse recordings: quality, segments, voices. Stores nothing.
    Analyse(AnalyseArgs),
    /// Compare two recordings, or one with a subject: score, LLR and log10 LR, or why there is none.
    /// Stores nothing unless a subject or a population is named.
    Compare(compare::CompareArgs),
    /// Check who signed a report, make it again from its recordings, and say what differs.
    Verify(verify::VerifyArgs),
    /// Bring files, folders or a CSV manifest into the archive. A second run skips what is in.
    Ingest(IngestArgs),
    /// Tie the voice of a recording to a subject.
    Enrol(EnrolArgs),
    /// Search the archive for the voice of a recording.
    Search(SearchArgs),
    /// Search for many voices of the archive at once, one line of JSON for each.
    BatchSearch(batch_search::BatchSearchArgs),
    /// Measure the archive against a file that says who speaks.
    Evaluate(EvaluateArgs),
    /// Train a calibration of scores to likelihood ratios on labelled trials.
    Calibrate(CalibrateArgs),
    /// List, add, activate or retire calibrations, or export trials for one of one's own.
    #[command(subcommand)]
    Calibrations(calibrations::CalibrationsAction),
    /// List, make or check populations: voices that answers are measured on.
    #[command(subcommand)]
    Populations(populations::PopulationsAction),
    /// List alerts.
    #[command(subcommand)]
    Alerts(alerts::AlertsAction),
    /// List or decide links of voices, run all groups anew, or measure links against a truth file.
    #[command(subcommand)]
    Links(links::LinksAction),
    /// Import tables of calls, transfers, logins or movements.
    #[command(subcommand)]
    Events(events::EventsAction),
    /// Write recordings as a channel would have passed them on: band, coder, noise, level, loss.
    Simulate(SimulateArgs),
    /// List or verify the models.
    #[command(subcommand)]
    Models(ModelsAction),
    /// Rebuild or check the search index.
    #[command(subcommand)]
    Index(IndexAction),
    /// Verify the audit chain.
    #[command(subcommand)]
    Audit(AuditAction),
    /// Check the runtime, models, data folder, disk and clock, and say what to do.
    Doctor(DataArgs),
    /// Print the public key that reports of the archive are signed with, and its id.
    ReportKey(signing::ReportKeyArgs),
    /// Print the OpenAPI description of the HTTP interface.
    Openapi,
}

#[derive(Debug, Args)]
struct DataArgs {
    /// Data folder; the setting `storage.data` when left out.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Address to listen on, loopback only; the setting `server.listen` when left out.
    #[arg(long, value_name = "ADDR")]
    listen: Option<std::net::SocketAddr>,
}

#[derive(Debug, Args)]
struct AnalyseArgs {
    /// Recordings.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the embeddings too.
    #[arg(long)]
    embeddings: bool,
    /// Embedding model; the setting `models.embedding` when left out.
    #[arg(long, value_name = "M")]
    model: Option<String>,
}

#[derive(Debug, Clone, Copy, Args)]
struct PickArgs {
    /// Channel, where several have a voice.
    #[arg(long, value_name = "N")]
    channel: Option<u16>,
    /// Label of the voice, where a channel has several.
    #[arg(long, value_name = "N")]
    label: Option<u16>,
}

impl From<PickArgs> for VoicePick {
    fn from(args: PickArgs) -> Self {
        Self {
            channel: args.channel,
            label: args.label,
        }
    }
}

#[derive(Debug, Args)]
struct IngestArgs {
    /// Files, folders, or CSV manifests (path,case_no,caller,callee,started_at,direction,source,note).
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Case that the recordings belong to; a manifest's own numbers come first.
    #[arg(long, value_name = "NO")]
    case: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
struct EnrolArgs {
    /// Recording of the subject.
    file: PathBuf,
    /// Name of the subject, who is entered if new.
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// Class: suspect, convicted, victim, witness, staff, unknown.
    #[arg(long, value_name = "CLASS")]
    class: SubjectClass,
    /// Legal ground.
    #[arg(long, value_name = "TEXT")]
    ground: String,
    /// When the enrolment ceases to be in force, RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    expires: Option<crate::domain::Timestamp>,
    #[command(flatten)]
    pick: PickArgs,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
struct SearchArgs {
    /// Recording whose voice is the probe.
    file: PathBuf,
    /// How many candidates; the setting `search.default_top_k` when left out.
    #[arg(long, value_name = "K")]
    top: Option<u32>,
    /// Demand an exact scan.
    #[arg(long)]
    exact: bool,
    /// Against what: all, subjects, archive.
    #[arg(long, value_name = "WHAT", default_value = "all", value_parser = parse_against)]
    against: crate::domain::Against,
    #[command(flatten)]
    pick: PickArgs,
    /// Id of the population that the answer is measured on.
    #[arg(long, value_name = "ID")]
    population: Option<crate::domain::PopulationId>,
    /// Its version; the newest when left out.
    #[arg(long, value_name = "N", requires = "population")]
    population_version: Option<u32>,
    /// Purpose, kept with the stored answer.
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    #[command(flatten)]
    filters: search_filters::FilterArgs,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
struct EvaluateArgs {
    /// CSV path,channel,speaker with paths relative to it: each voice is searched in the archive.
    #[arg(long, value_name = "CSV", required_unless_present_any = ["diarization", "trials"])]
    truth: Option<PathBuf>,
    /// CSV left,right,target, and left_speaker,right_speaker if known, with paths below --audio:
    /// EER, DCF and Cllr of the LLRs, with intervals.
    #[arg(long, value_name = "CSV", conflicts_with_all = ["truth", "diarization"], requires = "audio")]
    trials: Option<PathBuf>,
    /// Folder of the recordings of the trials.
    #[arg(long, value_name = "DIR")]
    audio: Option<PathBuf>,
    /// Folder for report.html, result.json and the plots of the trials; made if it is not there.
    #[arg(long, value_name = "DIR", requires = "trials")]
    out: Option<PathBuf>,
    /// Draws of speakers for the intervals of the trials' figures.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    draws: usize,
    /// The draws follow it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// CSV path,rttm,set,speakers,condition with paths relative to it: who speaks when in each
    /// recording is judged against its RTTM reference.
    #[arg(long, value_name = "CSV", conflicts_with = "truth")]
    diarization: Option<PathBuf>,
    /// Time on either side of a boundary of the reference in which nothing is judged.
    #[arg(long, value_name = "MS", default_value_t = 250)]
    collar_ms: u64,
    #[command(flatten)]
    sign: signing::SignArgs,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
struct CalibrateArgs {
    /// CSV left,right,target with paths below --audio; left_speaker,right_speaker if known, set
    /// where recordings come from several sources, each of which weighs the same, and
    /// left_channel,left_label,right_channel,right_label to pick one of several voices.
    #[arg(long, value_name = "CSV")]
    trials: PathBuf,
    /// Folder of the recordings of the trials.
    #[arg(long, value_name = "DIR")]
    audio: PathBuf,
    /// Name, which every answer carries.
    #[arg(long, value_name = "N")]
    name: String,
    /// What the recordings are, in words: who speaks, how they were made.
    #[arg(long, value_name = "TEXT")]
    description: String,
    /// Languages spoken there, such as zh,en.
    #[arg(long, required = true, value_delimiter = ',', value_name = "LANG,...")]
    languages: Vec<String>,
    /// Folder with a compensation for each set of trials, named like the set and trained without it,
    /// where the model's own was trained on the same speakers.
    #[arg(long, value_name = "DIR")]
    held_out: Option<PathBuf>,
    /// The calibration's file, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct SimulateArgs {
    /// Recordings.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the channel does, in order: rate:HZ, band:LOW-HIGH, alaw, mulaw, gain:DB, clip:DBFS,
    /// white:DB, under:FILE:DB (another recording below the speech), loss:PERCENT, and ffmpeg's
    /// coders gsm, amr-nb:KBPS, opus:KBPS, mp3:KBPS.
    #[arg(long, required = true, value_delimiter = ',', value_name = "STEP,...")]
    steps: Vec<String>,
    /// Folder for the WAV files, named like the recordings.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Noise and losses follow it and the name of the recording.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum ModelsAction {
    /// List the models with role, licence and hash.
    List,
    /// Check each model's hash and golden vectors.
    Verify,
}

#[derive(Debug, Subcommand)]
enum IndexAction {
    /// Rebuild the index from the store and write its snapshot.
    Build(DataArgs),
    /// Check that each voice finds itself, and measure recall against the exact scan.
    Check(DataArgs),
}

#[derive(Debug, Subcommand)]
enum AuditAction {
    /// Verify every row; names the first bad one.
    Verify(DataArgs),
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    crate::jobs::keep_little();
    let output = Output::new();
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) => return output.usage(&error),
    };
    let config = match Config::load(command.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return output.finish(Err(error.into()), command.json),
    };
    let verbosity = match command.action {
        Action::Serve(_) => Verbosity::Configured,
        _ => Verbosity::Warnings,
    };
    output::start_logs(&config.log, verbosity);
    let json = command.json;
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output.finish(Err(error.into()), json),
    };
    let outcome = runtime.block_on(run(command, config, &output));
    // Work that was cut off must not keep the process alive.
    runtime.shutdown_background();
    output.finish(outcome, json)
}

async fn run(command: Command, config: Config, output: &Output) -> anyhow::Result<Exit> {
    let json = command.json;
    match command.action {
        Action::Serve(args) => serve::run(config, args, output).await,
        Action::Analyse(args) => analyse::run(&config, args, json, output),
        Action::Compare(args) => compare::run(&config, args, json, output).await,
        Action::Verify(args) => verify::run(&config, args, json, output).await,
        Action::Ingest(args) => ingest::run(&config, args, json, output).await,
        Action::Enrol(args) => enrol::run(&config, args, json, output).await,
        Action::Search(args) => search::run(&config, args, json, output).await,
        Action::BatchSearch(args) => batch_search::run(&config, args, output).await,
        Action::Evaluate(args) => evaluate::run(&config, args, json, output).await,
        Action::Calibrate(args) => calibrate::run(&config, &args, json, output),
        Action::Calibrations(action) => calibrations::run(&config, action, json, output).await,
        Action::Populations(action) => populations::run(&config, action, json, output).await,
        Action::Alerts(action) => alerts::run(&config, action, json, output).await,
        Action::Links(action) => links::run(&config, action, json, output).await,
        Action::Events(action) => events::run(&config, action, json, output).await,
        Action::Simulate(args) => simulate::run(&config, &args, json, output),
        Action::Models(ModelsAction::List) => model_check::list(&config, json, output),
        Action::Models(ModelsAction::Verify) => model_check::verify(&config, json, output),
        Action::Index(IndexAction::Build(args)) => {
            search_index::build(&config, args, json, output).await
        }
        Action::Index(IndexAction::Check(args)) => {
            search_index::check(&config, args, json, output).await
        }
        Action::Audit(AuditAction::Verify(args)) => {
            audit_chain::verify(&config, args, json, output).await
        }
        Action::Doctor(args) => doctor::run(&config, args, json, output).await,
        Action::ReportKey(args) => signing::run(&config, args, json, output).await,
        Action::Openapi => {
            output.line(&crate::http::openapi_json()?)?;
            Ok(Exit::Done)
        }
    }
}

fn parse_time(text: &str) -> Result<crate::domain::Timestamp, String> {
    crate::domain::Timestamp::parse(text).map_err(|error| error.to_string())
}

fn parse_against(text: &str) -> Result<crate::domain::Against, String> {
    match text {
        "all" => Ok(crate::domain::Against::All),
        "subjects" => Ok(crate::domain::Against::Subjects),
        "archive" => Ok(crate::domain::Against::Archive),
        other => Err(format!(
            "{other:?} is unknown, expected all, subjects or archive"
        )),
    }
}
