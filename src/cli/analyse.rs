//! `voxtrace analyse FILE...`

use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::AnalyseArgs;
use super::compose::{analyser, media};
use super::output::{Exit, Output, table};
use crate::config::Config;
use crate::domain::{Analysis, Segment, Sha256, VoiceAnalysis, VoiceOutcome};
use crate::pipeline::Analyser;
use crate::services::{MediaOpener, ServiceError};

pub(super) fn run(
    config: &Config,
    args: AnalyseArgs,
    as_json: bool,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut config = config.clone();
    if let Some(model) = args.model {
        config.models.embedding = model;
    }
    let analyser = analyser(&config, NonZeroUsize::MIN)?;
    let media = media(&config, &std::env::temp_dir());
    let mut failed = false;
    let mut voices = 0;
    for path in &args.files {
        match analyse_file(&analyser, &media, path) {
            Ok((sha256, analysis)) => {
                voices += embedded(&analysis).count();
                if as_json {
                    output.json(&analysis_json(path, sha256, &analysis, args.embeddings))?;
                } else {
                    output.line(&analysis_text(path, &analysis))?;
                }
            }
            Err(error) => {
                failed = true;
                report_failure(output, path, &error, as_json)?;
            }
        }
    }
    Ok(if failed {
        Exit::Failed
    } else if voices == 0 {
        Exit::NoResult
    } else {
        Exit::Done
    })
}

/// Analyses one file on this thread.
pub(super) fn analyse_file(
    analyser: &Analyser,
    media: &MediaOpener,
    path: &Path,
) -> anyhow::Result<(Sha256, Analysis)> {
    let (file, sha256) = open(path)?;
    Ok((sha256, analysis_of(analyser, media, (path, file), None)?))
}

/// Opens a file, with its digest.
pub(super) fn open(path: &Path) -> anyhow::Result<(File, Sha256)> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let sha256 = digest(&mut file).with_context(|| format!("cannot read {}", path.display()))?;
    Ok((file, sha256))
}

/// Analyses an open file on this thread, with the segments that are given or those that it finds.
pub(super) fn analysis_of(
    analyser: &Analyser,
    media: &MediaOpener,
    (path, file): (&Path, File),
    segments: Option<Vec<Segment>>,
) -> anyhow::Result<Analysis> {
    media
        .open(file)
        .and_then(|media| {
            let go_on = |_| ControlFlow::Continue(());
            Ok(media.analyse(analyser, segments, &go_on)?)
        })
        .with_context(|| format!("cannot analyse {}", path.display()))
}

/// Digest of a file, read once.
pub(super) fn digest(file: &mut File) -> std::io::Result<Sha256> {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        let read = std::io::Read::read(file, &mut buffer)?;
        if read == 0 {
            return Ok(Sha256(hasher.finalize().into()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Voices that have an embedding.
pub(super) fn embedded(analysis: &Analysis) -> impl Iterator<Item = &VoiceAnalysis> {
    analysis
        .voices
        .iter()
        .filter(|voice| matches!(voice.outcome, VoiceOutcome::Embedded(_)))
}

/// Says that one file failed, on both streams.
pub(super) fn report_failure(
    output: &Output,
    path: &Path,
    error: &anyhow::Error,
    as_json: bool,
) -> anyhow::Result<()> {
    tracing::error!("{error:#}");
    if as_json {
        let code = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<ServiceError>())
            .and_then(ServiceError::refusal)
            .map(|failure| failure.code);
        output.json(&json!({
            "path": path.display().to_string(),
            "error": format!("{error:#}"),
            "code": code,
        }))?;
    }
    Ok(())
}

fn analysis_json(path: &Path, sha256: Sha256, analysis: &Analysis, embeddings: bool) -> Value {
    let quality: Vec<Value> = analysis
        .channels
        .iter()
        .map(|channel| {
            let mut value = json!(channel.quality);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("channel".to_owned(), json!(channel.index));
                fields.insert("net_speech_ms".to_owned(), json!(channel.net_speech));
            }
            value
        })
        .collect();
    let media = &analysis.media;
    json!({
        "path": path.display().to_string(),
        "sha256": sha256,
        "media": {
            "container": media.container,
            "codec": media.codec,
            "decoder": media.decoder,
            "bit_rate_bps": media.bit_rate_bps,
            "sample_rate_hz": media.sample_rate,
            "channels": media.channels,
            "bits_per_sample": media.bits_per_sample,
            "duration_ms": media.duration_ms,
            "damage": media.damage,
        },
        "quality": quality,
        "segments": analysis.segments,
        "voices": analysis.voices.iter().map(|voice| voice_json(voice, embeddings)).collect::<Vec<_>>(),
        "provenance": analysis.provenance,
    })
}

fn voice_json(voice: &VoiceAnalysis, embeddings: bool) -> Value {
    let (outcome, minimum_ms, embedding) = match &voice.outcome {
        VoiceOutcome::Embedded(embedding) => ("voiceprint", None, Some(embedding)),
        VoiceOutcome::TooLittleSpeech { minimum, .. } => {
            ("too_little_speech", Some(minimum.as_millis()), None)
        }
    };
    let mut value = json!({
        "channel": voice.channel,
        "label": voice.label,
        "net_speech_ms": voice.net_speech.as_millis(),
        "speech_used_ms": voice.speech_used.as_millis(),
        "quality": voice.quality,
        "outcome": outcome,
        "minimum_ms": minimum_ms,
    });
    if let (true, Some(embedding), Value::Object(fields)) = (embeddings, embedding, &mut value) {
        fields.insert("model_id".to_owned(), json!(embedding.model()));
        fields.insert("embedding".to_owned(), json!(embedding.values()));
    }
    value
}

fn analysis_text(path: &Path, analysis: &Analysis) -> String {
    let media = &analysis.media;
    let mut lines = vec![format!(
        "{}: {} {} {} {} channel(s), {:.1} s",
        path.display(),
        media.container,
        media.codec,
        media.sample_rate,
        media.channels,
        media.duration_ms as f64 / 1000.0,
    )];
    if let Some(damage) = &media.damage {
        lines.push(format!(
            "  damaged at {:.1} s: {}",
            damage.at_ms as f64 / 1000.0,
            damage.reason
        ));
    }
    if analysis.voices.is_empty() {
        lines.push("  no speech was found".to_owned());
        return lines.join("\n");
    }
    let mut rows = vec![
        [
            "  channel",
            "voice",
            "net speech",
            "bandwidth",
            "SNR",
            "outcome",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for voice in &analysis.voices {
        rows.push(vec![
            format!("  {}", voice.channel),
            voice.label.to_string(),
            voice.net_speech.to_string(),
            voice.quality.bandwidth.as_str().to_owned(),
            voice
                .quality
                .snr_db
                .map_or_else(|| "-".to_owned(), |snr| format!("{snr:.0} dB")),
            match &voice.outcome {
                VoiceOutcome::Embedded(_) => "voiceprint".to_owned(),
                VoiceOutcome::TooLittleSpeech { minimum, .. } => {
                    format!("too little speech, {minimum} are needed")
                }
            },
        ]);
    }
    lines.push(table(&rows));
    lines.join("\n")
}
