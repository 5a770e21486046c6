//! What became of each file: a table for people, a JSON line each for machines.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use super::super::manifest::Entry;
use super::super::output::{Exit, Output, table};
use super::Fate;
use crate::domain::{Judgement, Recording, RecordingState, Verdict};
use crate::services::{Services, VoiceDetail};

/// One file and what became of it.
struct Row<'a> {
    path: &'a Path,
    outcome: &'static str,
    recording: Option<Recording>,
    voices: Vec<VoiceDetail>,
    error: Option<String>,
}

/// Tells it in the order of the entries.
///
/// # Errors
/// The archive or the output cannot be used.
pub(super) async fn report(
    services: &Services,
    entries: &[Entry],
    fates: Vec<Fate>,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut counts: HashMap<&'static str, u64> = HashMap::new();
    let mut lines = vec![HEADING.map(str::to_owned).to_vec()];
    for (entry, fate) in entries.iter().zip(fates) {
        let row = look_up(services, &entry.path, fate).await?;
        *counts.entry(row.outcome).or_default() += 1;
        if as_json {
            output.json(&row.json())?;
        } else {
            lines.push(row.cells());
        }
    }
    let count = |outcome: &str| counts.get(outcome).copied().unwrap_or(0);
    if !as_json {
        if lines.len() > 1 {
            output.line(&table(&lines))?;
        }
        output.line(&format!(
            "{} files: {} analysed, {} without a voice, {} already there, {} refused, {} failed, {} pending",
            entries.len(),
            count("analysed"),
            count("no_voice"),
            count("already_there"),
            count("refused"),
            count("failed"),
            count("pending"),
        ))?;
    }
    let bad = count("refused") + count("failed");
    Ok(if bad > 0 { Exit::Failed } else { Exit::Done })
}

async fn look_up<'a>(services: &Services, path: &'a Path, fate: Fate) -> anyhow::Result<Row<'a>> {
    let (outcome, recording) = match fate {
        Fate::Refused(error) => {
            return Ok(Row {
                path,
                outcome: "refused",
                recording: None,
                voices: Vec::new(),
                error: Some(error),
            });
        }
        Fate::Skipped(recording) => ("already_there", *recording),
        Fate::Waiting(id) => {
            let recording = services.recording(id).await?;
            let outcome = match recording.state {
                RecordingState::Pending => "pending",
                RecordingState::Analysed => "analysed",
                RecordingState::NoVoice => "no_voice",
                RecordingState::Failed => "failed",
            };
            (outcome, recording)
        }
    };
    Ok(Row {
        path,
        outcome,
        voices: services.voices_of(recording.id).await?,
        error: recording.failure.clone().map(|failure| failure.detail),
        recording: Some(recording),
    })
}

const HEADING: [&str; 7] = [
    "file", "outcome", "format", "decoder", "length", "voices", "remarks",
];

impl Row<'_> {
    fn json(&self) -> Value {
        let recording = self.recording.as_ref();
        let voices = self.voices.iter().map(|detail| {
            let voice = &detail.voice;
            json!({
                "voice_id": voice.id,
                "channel": voice.channel,
                "label": voice.label,
                "net_speech_ms": voice.net_speech.as_millis(),
                "has_voiceprint": detail.voiceprint.is_some(),
                "suitability": voice.suitability,
            })
        });
        json!({
            "path": self.path.display().to_string(),
            "outcome": self.outcome,
            "recording_id": recording.map(|recording| recording.id),
            "sha256": recording.map(|recording| recording.sha256),
            "case_no": recording.and_then(|recording| recording.case_no.clone()),
            "state": recording.map(|recording| recording.state),
            "media": recording.and_then(|recording| recording.media.clone()),
            "voices": voices.collect::<Vec<_>>(),
            "error": self.error,
        })
    }

    fn cells(&self) -> Vec<String> {
        let media = self
            .recording
            .as_ref()
            .and_then(|found| found.media.as_ref());
        let none = || "-".to_owned();
        let voices: Vec<String> = self.voices.iter().map(voice_cell).collect();
        vec![
            short_path(self.path),
            self.outcome.replace('_', " "),
            media.map_or_else(none, |media| format!("{} {}", media.container, media.codec)),
            media
                .and_then(|media| media.decoder.as_deref())
                .map_or_else(none, |decoder| decoder.replace('_', " ")),
            media.map_or_else(none, |media| seconds(media.duration_ms)),
            if voices.is_empty() {
                none()
            } else {
                voices.join(", ")
            },
            self.remarks(),
        ]
    }

    /// Why it was not taken or not analysed, what of it was not read, and what speaks against
    /// using its voices.
    fn remarks(&self) -> String {
        let mut remarks: Vec<String> = self.error.iter().cloned().collect();
        let media = self
            .recording
            .as_ref()
            .and_then(|found| found.media.as_ref());
        if let Some(damage) = media.and_then(|media| media.damage.as_ref()) {
            remarks.push(format!(
                "damaged at {}: {}",
                seconds(damage.at_ms),
                damage.reason
            ));
        }
        for detail in &self.voices {
            let Some(suitability) = &detail.voice.suitability else {
                continue;
            };
            if let Some(words) = in_words(&suitability.search) {
                remarks.push(format!("{}: {words}", name(detail)));
            }
        }
        remarks.join("; ")
    }
}

fn name(detail: &VoiceDetail) -> String {
    format!("voice {}.{}", detail.voice.channel, detail.voice.label)
}

/// Channel, label and net speech of a voice.
fn voice_cell(detail: &VoiceDetail) -> String {
    let voice = &detail.voice;
    let speech = seconds(voice.net_speech.as_millis());
    format!("{}.{} {speech}", voice.channel, voice.label)
}

/// A verdict that is not `accept`, with its reasons.
fn in_words(judgement: &Judgement) -> Option<String> {
    let verdict = match judgement.verdict {
        Verdict::Accept => return None,
        Verdict::Caution => "search with caution",
        Verdict::Reject => "not fit for a search",
    };
    let reasons: Vec<&str> = judgement
        .reasons
        .iter()
        .map(|reason| reason.message.as_str())
        .collect();
    Some(format!("{verdict} ({})", reasons.join(", ")))
}

fn seconds(ms: u64) -> String {
    format!("{:.1} s", ms as f64 / 1000.0)
}

/// A file with its folder: calls of several cases often have the same names.
fn short_path(path: &Path) -> String {
    let mut parts: Vec<_> = path.components().rev().take(2).collect();
    parts.reverse();
    let short: std::path::PathBuf = parts.into_iter().collect();
    short.display().to_string()
}
