//! A comparison of two recordings, with all that is needed to make it again.

use serde::{Deserialize, Serialize};

use super::analysis::{ChannelQuality, MediaFacts, Provenance, Segment, VoiceQuality};
use super::search::Evidence;
use super::units::{NetSpeech, Sha256};

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedSide {
    /// Name of the file.
    pub filename: String,
    /// Digest of its bytes.
    pub sha256: Sha256,
    /// Container and codec.
    pub media: MediaFacts,
    /// Channel of the voice, from 0.
    pub channel: u16,
    /// Label of the voice within the recording, from 0.
    pub label: u16,
    /// Measurements over the whole channel.
    pub channel_quality: ChannelQuality,
    /// Net speech of the voice.
    pub net_speech: NetSpeech,
    /// Net speech that went into the embedding.
    pub speech_used: NetSpeech,
    /// Measurements over the voice's speech.
    pub quality: VoiceQuality,
    /// Segments of the recording that a person set; none where they were found automatically.
    pub segments: Option<Vec<Segment>>,
    /// What made the analysis.
    pub provenance: Provenance,
}

/// Shares of scores in bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreHistogram {
    /// Lower edge of the first bin and upper edge of the last; what lies outside counts there.
    pub range: [f64; 2],
    /// Shares of the trials of one speaker; they sum to 1.
    pub targets: Vec<f64>,
    /// Shares of the trials of two speakers.
    pub non_targets: Vec<f64>,
}

/// What was compared, with what, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonFindings {
    /// Left side.
    pub left: ComparedSide,
    /// Right side.
    pub right: ComparedSide,
    /// The ratio.
    pub evidence: Evidence,
    /// Digest of the calibration's file.
    pub calibration_sha256: Sha256,
    /// Where the scores of the trials behind the condition lie; none where the calibration does not
    /// say.
    pub scores: Option<ScoreHistogram>,
    /// Version of Voxtrace.
    pub software_version: String,
}

impl ComparisonFindings {
    /// Names of what differs from `other`, with both values as JSON; empty where nothing does. The
    /// names of files do not count, nor the words beside the ratio, which are those of a setting.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        let values = [self, other].map(|findings| {
            let mut value = serde_json::to_value(findings).unwrap_or_default();
            for side in ["left", "right"] {
                if let Some(side) = value.get_mut(side).and_then(|side| side.as_object_mut()) {
                    side.remove("filename");
                }
            }
            if let Some(evidence) = value
                .get_mut("evidence")
                .and_then(|each| each.as_object_mut())
            {
                evidence.remove("verbal");
                evidence.remove("verbal_words");
            }
            value
        });
        let [expected, actual] = &values;
        compare("", expected, actual, &mut found);
        found
    }
}

/// One value that came out otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where it stands, such as `evidence.score`.
    pub field: String,
    /// What stood there.
    pub reported: serde_json::Value,
    /// What was found now.
    pub found: serde_json::Value,
}

fn compare(
    field: &str,
    reported: &serde_json::Value,
    found: &serde_json::Value,
    differences: &mut Vec<Difference>,
) {
    use serde_json::Value;
    match (reported, found) {
        (Value::Object(left), Value::Object(right)) => {
            let names: std::collections::BTreeSet<&String> =
                left.keys().chain(right.keys()).collect();
            for name in names {
                let inner = if field.is_empty() {
                    name.clone()
                } else {
                    format!("{field}.{name}")
                };
                let [left, right] =
                    [left, right].map(|side| side.get(name).unwrap_or(&Value::Null));
                compare(&inner, left, right, differences);
            }
        }
        (left, right) if left == right => {}
        (left, right) => differences.push(Difference {
            field: field.to_owned(),
            reported: left.clone(),
            found: right.clone(),
        }),
    }
}
