//! A comparison of two recordings, with all that is needed to make it again.

use serde::{Deserialize, Serialize};

use super::analysis::{ChannelQuality, MediaFacts, Provenance, Segment, VoiceQuality};
use super::ids::VoiceId;
use super::population::{PopulationFacts, PopulationRates, PopulationSelection, PopulationUse};
use super::search::{Agreement, CandidateSubject, Evidence};
use super::time::Timestamp;
use super::units::{Llr, ModelId, NetSpeech, Score, Sha256};

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

/// A voice of a subject, with its own ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectVoice {
    /// Its id in the archive.
    pub voice_id: VoiceId,
    /// What it is.
    pub side: ComparedSide,
    /// Its own score with the left side.
    pub score: Score,
    /// Its own ratio.
    pub llr: Llr,
    /// The same to base 10.
    pub log10_lr: f64,
}

/// A subject as the right side: the ratio is the joint one of its voices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectFindings {
    /// Who, as the archive has it.
    pub subject: CandidateSubject,
    /// Different recordings in which the voices speak.
    pub recordings: u32,
    /// Every voice behind the ratio, the highest score first.
    pub voices: Vec<SubjectVoice>,
    /// The two of its voices that agree least; none with fewer than two.
    pub least_agreement: Option<Agreement>,
}

/// The population that a comparison was measured on, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationFindings {
    /// Which version of which, and in what it does not resemble the case.
    pub used: PopulationUse,
    /// Whom it stands for, in words.
    pub description: Option<String>,
    /// How its voices were chosen.
    pub selection: PopulationSelection,
    /// Who and what is in it.
    pub facts: PopulationFacts,
    /// Model of its voiceprints.
    pub model: ModelId,
    /// When the version was made.
    pub made_at: Timestamp,
    /// Its voices that may be the person of the left side, and of the right: they were not counted.
    pub left_out: [Vec<VoiceId>; 2],
    /// How many of the others reach the ratio.
    pub rates: Option<PopulationRates>,
}

/// What was compared, with what, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonFindings {
    /// Left side.
    pub left: ComparedSide,
    /// Right side; of a subject, its voice with the highest score.
    pub right: ComparedSide,
    /// The subject on the right, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectFindings>,
    /// The ratio.
    pub evidence: Evidence,
    /// The population that it was measured on, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationFindings>,
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
        let [expected, actual] = [self, other].map(Self::without_words);
        compare("", &expected, &actual, &mut found);
        found
    }

    fn without_words(&self) -> serde_json::Value {
        use serde_json::Value;
        let mut value = serde_json::to_value(self).unwrap_or_default();
        let strip = |value: Option<&mut Value>, names: &[&str]| {
            if let Some(fields) = value.and_then(Value::as_object_mut) {
                for name in names {
                    fields.remove(*name);
                }
            }
        };
        strip(value.get_mut("left"), &["filename"]);
        strip(value.get_mut("right"), &["filename"]);
        strip(value.get_mut("evidence"), &["verbal", "verbal_words"]);
        let voices = value.pointer_mut("/subject/voices");
        for voice in voices.and_then(Value::as_array_mut).into_iter().flatten() {
            strip(voice.get_mut("side"), &["filename"]);
        }
        value
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
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{field}[{at}]"), left, right, differences);
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
