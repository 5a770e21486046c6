//! `voxtrace compare A B`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use super::DataArgs;
use super::analyse::analyse_file;
use super::compose::{analyser, calibration, media};
use super::findings::{Recorded, compared};
use super::output::{Exit, Output, Usage, outcome_json, write_new};
use super::signing::{SignArgs, UNSIGNED};
use crate::config::Config;
use crate::domain::{
    Analysis, ComparisonFindings, Embedding, Evidence, Sha256, SubjectId, VoiceAnalysis,
    VoiceFacts, VoiceOutcome, VoicePick,
};
use crate::pipeline::Analyser;
use crate::report::{ReportKey, SignedKind};
use crate::services::{
    Language, Scoring, ServiceError, canonical_findings, comparison_page, evidence_between,
};

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Left recording.
    pub(super) left: PathBuf,
    /// Right recording; none with --subject.
    #[arg(required_unless_present = "subject", conflicts_with = "subject")]
    pub(super) right: Option<PathBuf>,
    /// Id of the subject of the archive that the recording is compared with, by all of its enrolled
    /// voices together; the answer is stored.
    #[arg(long, value_name = "ID")]
    pub(super) subject: Option<SubjectId>,
    /// Name or id of the population of the archive that the ratio is measured on, and its version if
    /// it is not the newest: NAME@3; the answer is stored.
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub(super) population: Option<String>,
    /// Channel of the left voice, where several have one.
    #[arg(long, value_name = "N")]
    left_channel: Option<u16>,
    /// Label of the left voice, where a channel has several.
    #[arg(long, value_name = "N")]
    left_label: Option<u16>,
    /// Channel of the right voice, where several have one.
    #[arg(long, value_name = "N", conflicts_with = "subject")]
    right_channel: Option<u16>,
    /// Label of the right voice, where a channel has several.
    #[arg(long, value_name = "N", conflicts_with = "subject")]
    right_label: Option<u16>,
    /// Write the comparison of the one pair of voices as a page, which `verify` checks.
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Language of the page.
    #[arg(long, value_name = "en|zh", default_value = "en", requires = "report")]
    lang: ReportLanguage,
    #[command(flatten)]
    pub(super) sign: SignArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// Language of a report.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ReportLanguage {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl CompareArgs {
    pub(super) fn left_pick(&self) -> VoicePick {
        VoicePick {
            channel: self.left_channel,
            label: self.left_label,
        }
    }

    pub(super) fn right_pick(&self) -> VoicePick {
        VoicePick {
            channel: self.right_channel,
            label: self.right_label,
        }
    }

    /// Writes the page of findings where it was asked for; the key's id, where there is one.
    pub(super) fn write_report(
        &self,
        findings: &ComparisonFindings,
        key: Option<&ReportKey>,
    ) -> anyhow::Result<Option<Sha256>> {
        let Some(target) = &self.report else {
            return Ok(None);
        };
        let language = match self.lang {
            ReportLanguage::En => Language::English,
            ReportLanguage::Zh => Language::Chinese,
        };
        let canonical = canonical_findings(findings)?;
        let signature = key.map(|key| key.sign(SignedKind::Comparison, &canonical));
        let page = comparison_page(findings, signature.as_ref(), language)?;
        write_new("report", target, &page)?;
        Ok(signature.map(|signature| signature.key_id))
    }

    /// Says in text by which key the report is signed.
    pub(super) fn say_signed(&self, key: Option<Sha256>, output: &Output) -> anyhow::Result<()> {
        if let Some(target) = &self.report {
            let signed = key.map_or_else(
                || UNSIGNED.to_owned(),
                |id| format!("it is signed with the key {id}"),
            );
            output.line(&format!("report written to {}; {signed}", target.display()))?;
        }
        Ok(())
    }
}

pub(super) async fn run(
    config: &Config,
    args: CompareArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    if args.subject.is_some() || args.population.is_some() {
        return super::compare_archive::run(config, args, as_json, output).await;
    }
    let key = match args.report {
        Some(_) => args.sign.key(config, &args.data).await?,
        None => None,
    };
    compare_files(config, &args, key.as_ref(), (as_json, output))
}

fn compare_files(
    config: &Config,
    args: &CompareArgs,
    key: Option<&ReportKey>,
    (as_json, output): (bool, &Output),
) -> anyhow::Result<Exit> {
    let Some(right_path) = &args.right else {
        return Err(Usage("a right recording is needed".to_owned()).into());
    };
    let analyser = analyser(config, NonZeroUsize::MIN)?;
    let calibration = calibration(config, &analyser)?;
    let scoring: Scoring<'_> = (analyser.compensator(), &calibration);
    let media = media(config, &std::env::temp_dir());
    let (left_sha256, left_analysis) = analyse_file(&analyser, &media, &args.left)?;
    let (right_sha256, right_analysis) = analyse_file(&analyser, &media, right_path)?;
    let left = voices_of(&left_analysis, &args.left, args.left_pick(), "left")?;
    let right = voices_of(&right_analysis, right_path, args.right_pick(), "right")?;
    let mut key_id = None;
    if args.report.is_some() {
        let left = Recorded {
            sha256: left_sha256,
            analysis: &left_analysis,
            segments: None,
        }
        .compared(only_voice(&left, "left")?, "left")?;
        let right = Recorded {
            sha256: right_sha256,
            analysis: &right_analysis,
            segments: None,
        }
        .compared(only_voice(&right, "right")?, "right")?;
        key_id = args.write_report(&compared(config, scoring, &left, &right)?, key)?;
    }
    let mut results = 0;
    for left_voice in &left {
        for right_voice in &right {
            let (value, text) = match compare(config, scoring, left_voice, right_voice) {
                Ok(evidence) => {
                    results += 1;
                    (evidence_json(&evidence), evidence_text(&evidence))
                }
                Err(error) if error.is_outcome() => {
                    (outcome_json(&error), format!("no result: {error}"))
                }
                Err(error) => return Err(error.into()),
            };
            if as_json {
                let mut value = value;
                if let Value::Object(fields) = &mut value {
                    add_common(fields, &analyser);
                    fields.insert("left".to_owned(), side_json(&left_voice.facts));
                    fields.insert("right".to_owned(), side_json(&right_voice.facts));
                    fields.insert("same_bytes".to_owned(), json!(left_sha256 == right_sha256));
                    if args.report.is_some() {
                        fields.insert("report_key_id".to_owned(), json!(key_id));
                    }
                }
                output.json(&value)?;
            } else {
                output.line(&format!(
                    "{} channel {}  |  {} channel {}\n{text}",
                    left_voice.facts.filename,
                    left_voice.facts.channel,
                    right_voice.facts.filename,
                    right_voice.facts.channel,
                ))?;
            }
        }
    }
    if !as_json {
        args.say_signed(key_id, output)?;
        if results > 0 {
            output.line(crate::scoring::EVALUATIVE.notice)?;
            output.line(crate::scoring::NOTICE)?;
        }
    }
    Ok(if results == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
}

/// What every comparison says beside its ratio.
pub(super) fn add_common(fields: &mut Map<String, Value>, analyser: &Analyser) {
    let kind = crate::scoring::EVALUATIVE;
    fields.insert("kind".to_owned(), json!(kind.code));
    fields.insert("kind_notice".to_owned(), json!(kind.notice));
    fields.insert("notice".to_owned(), json!(crate::scoring::NOTICE));
    fields.insert("model_id".to_owned(), json!(analyser.model_id()));
    fields.insert("model_sha256".to_owned(), json!(analyser.model_sha256()));
    fields.insert("software_version".to_owned(), json!(crate::domain::VERSION));
}

/// The voice of a side that has one.
pub(super) fn only_voice<'v>(voices: &'v [FileVoice], side: &str) -> anyhow::Result<&'v FileVoice> {
    match voices {
        [voice] => Ok(voice),
        several => Err(Usage(format!(
            "the comparison is about one voice on each side, found {} on the {side}: choose by \
             --{side}-channel and --{side}-label",
            several.len()
        ))
        .into()),
    }
}

/// A voice of a file with what a comparison needs.
pub(super) struct FileVoice {
    pub(super) facts: VoiceFacts,
    pub(super) voice: VoiceAnalysis,
}

impl FileVoice {
    /// Its embedding, or why there is none.
    pub(super) fn embedding(&self, side: &str) -> Result<&Embedding, ServiceError> {
        match &self.voice.outcome {
            VoiceOutcome::Embedded(embedding) => Ok(embedding),
            VoiceOutcome::TooLittleSpeech { found, minimum } => {
                Err(ServiceError::TooLittleSpeech {
                    side: format!("{side} side ({})", self.facts.filename),
                    purpose: "a voiceprint",
                    found: *found,
                    minimum: *minimum,
                })
            }
        }
    }
}

/// The voices of a file: those that were asked for, or those with enough speech, or
/// the ones with too little so that it can be said.
pub(super) fn voices_of(
    analysis: &Analysis,
    path: &Path,
    pick: VoicePick,
    side: &str,
) -> anyhow::Result<Vec<FileVoice>> {
    let beyond = |channel: &u16| *channel >= analysis.media.channels;
    if let Some(channel) = pick.channel.filter(beyond) {
        return Err(Usage(format!(
            "{side} channel is {channel}, expected 0 to {}",
            analysis.media.channels.saturating_sub(1)
        ))
        .into());
    }
    let filename = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let mut voices: Vec<FileVoice> = analysis
        .voices
        .iter()
        .filter(|voice| pick.takes(voice.channel, voice.label))
        .map(|voice| FileVoice {
            facts: VoiceFacts {
                voice_id: None,
                recording_id: None,
                filename: filename.clone(),
                case_no: None,
                channel: voice.channel,
                net_speech: voice.net_speech,
                quality: voice.quality,
                label: Some(voice.label),
                revision: None,
            },
            voice: voice.clone(),
        })
        .collect();
    if voices.iter().any(|voice| voice.embedding(side).is_ok()) {
        voices.retain(|voice| voice.embedding(side).is_ok());
    }
    if voices.is_empty() {
        return Err(ServiceError::NoVoice {
            id: filename,
            reason: "no speech was found".to_owned(),
        }
        .into());
    }
    Ok(voices)
}

fn compare(
    config: &Config,
    scoring: Scoring<'_>,
    left: &FileVoice,
    right: &FileVoice,
) -> Result<Evidence, ServiceError> {
    let minimum = config.minimum_speech.search();
    let left = (&left.facts, left.embedding("left")?);
    let right = (&right.facts, right.embedding("right")?);
    evidence_between(scoring, minimum, left, right)
}

pub(super) fn evidence_json(evidence: &Evidence) -> Value {
    json!({
        "score": evidence.score,
        "llr": evidence.llr,
        "log10_lr": evidence.log10_lr,
        "log10_lr_interval": evidence.log10_lr_interval,
        "verbal": evidence.verbal,
        "verbal_words": evidence.verbal_words,
        "calibration": evidence.calibration,
    })
}

pub(super) fn side_json(facts: &VoiceFacts) -> Value {
    json!({
        "filename": facts.filename,
        "channel": facts.channel,
        "net_speech_ms": facts.net_speech.as_millis(),
        "quality": facts.quality,
    })
}

fn interval_text([low, high]: [f64; 2]) -> String {
    format!(" [{low:+.2} to {high:+.2}]")
}

pub(super) fn evidence_text(evidence: &Evidence) -> String {
    let mut text = format!(
        "  log10 LR {:+.2}{} ({})  score {:.3}\n  calibration {}, {}, Cllr {:.3} bit",
        evidence.log10_lr,
        evidence
            .log10_lr_interval
            .map_or_else(String::new, interval_text),
        evidence.verbal.replace('_', " "),
        evidence.score.0,
        evidence.calibration.name,
        evidence.calibration.condition,
        evidence.calibration.cllr,
    );
    for note in &evidence.calibration.outside {
        text.push_str(&format!("\n  outside the calibration: {note}"));
    }
    if let Some(weight) = evidence.calibration.weight {
        text.push_str(&format!(
            "\n  drawn toward 0: the log10 LR is {:.0} % of what the score alone says",
            100.0 * weight
        ));
    }
    text
}
