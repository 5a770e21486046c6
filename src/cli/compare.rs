//! `voxtrace compare A B`

use std::num::NonZeroUsize;
use std::path::Path;

use serde_json::{Value, json};

use super::analyse::analyse_file;
use super::compose::{analyser, calibration, media};
use super::findings::{Recorded, compared};
use super::output::{Exit, Output, Usage, outcome_json, write_new};
use super::{CompareArgs, ReportLanguage};
use crate::config::Config;
use crate::domain::{
    Analysis, Embedding, Evidence, VoiceAnalysis, VoiceFacts, VoiceOutcome, VoicePick,
};
use crate::services::{Language, Scoring, ServiceError, comparison_page, evidence_between};

pub(super) fn run(
    config: &Config,
    args: &CompareArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let analyser = analyser(config, NonZeroUsize::MIN)?;
    let calibration = calibration(config, &analyser)?;
    let scoring: Scoring<'_> = (analyser.compensator(), &calibration);
    let media = media(config, &std::env::temp_dir());
    let (left_sha256, left_analysis) = analyse_file(&analyser, &media, &args.left)?;
    let (right_sha256, right_analysis) = analyse_file(&analyser, &media, &args.right)?;
    let left_pick = VoicePick {
        channel: args.left_channel,
        label: args.left_label,
    };
    let right_pick = VoicePick {
        channel: args.right_channel,
        label: args.right_label,
    };
    let left = voices_of(&left_analysis, &args.left, left_pick, "left")?;
    let right = voices_of(&right_analysis, &args.right, right_pick, "right")?;
    if let Some(target) = &args.report {
        let ([left], [right]) = (left.as_slice(), right.as_slice()) else {
            return Err(Usage(format!(
                "a report is about one voice on each side, found {} and {}: choose by --left-channel, \
                 --left-label, --right-channel and --right-label",
                left.len(),
                right.len()
            ))
            .into());
        };
        let recorded = |sha256, analysis| Recorded {
            sha256,
            analysis,
            segments: None,
        };
        let findings = compared(
            config,
            scoring,
            (recorded(left_sha256, &left_analysis), left),
            (recorded(right_sha256, &right_analysis), right),
        )?;
        let language = match args.lang {
            ReportLanguage::En => Language::English,
            ReportLanguage::Zh => Language::Chinese,
        };
        write_new("report", target, &comparison_page(&findings, language)?)?;
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
                    let kind = crate::scoring::EVALUATIVE;
                    fields.insert("kind".to_owned(), json!(kind.code));
                    fields.insert("kind_notice".to_owned(), json!(kind.notice));
                    fields.insert("notice".to_owned(), json!(crate::scoring::NOTICE));
                    fields.insert("left".to_owned(), side_json(left_voice));
                    fields.insert("right".to_owned(), side_json(right_voice));
                    fields.insert("model_id".to_owned(), json!(analyser.model_id()));
                    fields.insert("model_sha256".to_owned(), json!(analyser.model_sha256()));
                    fields.insert("software_version".to_owned(), json!(crate::domain::VERSION));
                    fields.insert("same_bytes".to_owned(), json!(left_sha256 == right_sha256));
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
    if !as_json && results > 0 {
        output.line(crate::scoring::EVALUATIVE.notice)?;
        output.line(crate::scoring::NOTICE)?;
    }
    Ok(if results == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
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

fn side_json(voice: &FileVoice) -> Value {
    json!({
        "filename": voice.facts.filename,
        "channel": voice.facts.channel,
        "net_speech_ms": voice.facts.net_speech.as_millis(),
        "quality": voice.facts.quality,
    })
}

fn interval_text([low, high]: [f64; 2]) -> String {
    format!(" [{low:+.2} to {high:+.2}]")
}

fn evidence_text(evidence: &Evidence) -> String {
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
