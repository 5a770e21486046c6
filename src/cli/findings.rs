//! Two files' voices as findings.

use super::compare::FileVoice;
use crate::config::Config;
use crate::domain::{Analysis, ComparedSide, ComparisonFindings, Segment, Sha256, VoiceFacts};
use crate::services::{ComparedVoice, Scoring, ServiceError, evidence_between, findings_of};

/// A recording on one side of a comparison.
#[derive(Clone, Copy)]
pub(super) struct Recorded<'a> {
    pub sha256: Sha256,
    pub analysis: &'a Analysis,
    /// Segments that a person set.
    pub segments: Option<&'a [Segment]>,
}

impl Recorded<'_> {
    /// A voice of the recording with what a comparison needs; `name` is that of the side.
    pub(super) fn compared(
        &self,
        voice: &FileVoice,
        name: &str,
    ) -> Result<ComparedVoice, ServiceError> {
        Ok(ComparedVoice {
            facts: voice.facts.clone(),
            embedding: voice.embedding(name)?.clone(),
            side: side(*self, voice)?,
        })
    }
}

/// What comes of comparing two voices of two files.
pub(super) fn compared(
    config: &Config,
    (compensator, calibration): Scoring<'_>,
    left: &ComparedVoice,
    right: &ComparedVoice,
) -> Result<ComparisonFindings, ServiceError> {
    let evidence = evidence_between(
        (compensator, calibration),
        config.minimum_speech.search(),
        (&left.facts, &left.embedding),
        (&right.facts, &right.embedding),
    )?;
    let sides = (left.side.clone(), right.side.clone());
    Ok(findings_of(calibration, evidence, sides.0, sides.1))
}

fn side(recorded: Recorded<'_>, file_voice: &FileVoice) -> Result<ComparedSide, ServiceError> {
    let FileVoice { facts, voice } = file_voice;
    let VoiceFacts { filename, .. } = facts;
    let analysis = recorded.analysis;
    let mut channels = analysis.channels.iter();
    let channel = channels
        .find(|channel| channel.index == voice.channel)
        .ok_or_else(|| ServiceError::NoVoice {
            id: filename.clone(),
            reason: format!("channel {} was not measured", voice.channel),
        })?;
    Ok(ComparedSide {
        filename: filename.clone(),
        sha256: recorded.sha256,
        media: analysis.media.clone(),
        channel: voice.channel,
        label: voice.label,
        channel_quality: channel.quality,
        net_speech: voice.net_speech,
        speech_used: voice.speech_used,
        quality: voice.quality,
        segments: recorded.segments.map(<[Segment]>::to_vec),
        provenance: analysis.provenance.clone(),
    })
}
