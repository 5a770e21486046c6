//! What was asked of the archive and what it answered. An answer is stored and never changed.

use serde::{Deserialize, Serialize};

use super::analysis::VoiceQuality;
use super::findings::ComparisonFindings;
use super::ids::{CaseId, ComparisonId, PopulationId, RecordingId, SearchId, SubjectId, VoiceId};
use super::operating_point::{BaseRate, OperatingThreshold};
use super::population::{PopulationRates, PopulationUse};
use super::search_filter::SearchFilters;
use super::subject::SubjectClass;
use super::time::Timestamp;
use super::units::{Llr, ModelId, NetSpeech, Score, Sha256};
use super::verbal::VerbalWords;

/// Against which voices a probe is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Every voice.
    #[default]
    All,
    /// Voices tied to a subject by an enrolment in force.
    Subjects,
    /// Voices not tied to a subject.
    Archive,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRequest {
    /// The probe, where it is a voice of the archive.
    pub voice_id: Option<VoiceId>,
    /// Digest of the probe's recording.
    pub probe_sha256: Sha256,
    /// Against what.
    pub against: Against,
    /// How many candidates at most.
    pub top_k: u32,
    /// Whether an exact scan was demanded.
    pub exact: bool,
    /// For which case.
    pub case_id: Option<CaseId>,
    /// To what purpose.
    pub purpose: Option<String>,
    /// The search that this one repeats with newer voices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<SearchId>,
    /// The population that it is measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_id: Option<PopulationId>,
    /// Which version was demanded; none for the newest of its time, which the answer names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_version: Option<u32>,
    /// Which voices it was about; none in older requests.
    #[serde(default, skip_serializing_if = "SearchFilters::is_none")]
    pub filters: SearchFilters,
}

/// How the candidates were found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum SearchMethod {
    /// Every voice was scored.
    Exact,
    /// Candidates came from the HNSW graph and were rescored exactly.
    Hnsw {
        /// Recall at 10 against the exact scan, measured on this archive's own embeddings.
        recall_at_10: f64,
    },
}

/// What an answer says of one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VoiceFacts {
    /// Voice; none for a probe that is not in the archive.
    pub voice_id: Option<VoiceId>,
    /// Recording; none for a probe that is not in the archive.
    pub recording_id: Option<RecordingId>,
    /// Name under which the recording was uploaded.
    pub filename: String,
    /// Case of the recording.
    pub case_no: Option<String>,
    /// Channel index from 0.
    pub channel: u16,
    /// Net speech.
    pub net_speech: NetSpeech,
    /// Measurements.
    pub quality: VoiceQuality,
    /// Label of the speaker within the recording; like the revision none in older answers and for
    /// a probe that is not in the archive.
    #[serde(default)]
    pub label: Option<u16>,
    /// Revision of the segments that the voice was made from.
    #[serde(default)]
    pub revision: Option<u32>,
}

/// The subject of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateSubject {
    /// Id.
    pub id: SubjectId,
    /// Name.
    pub name: String,
    /// Capacity.
    pub class: SubjectClass,
}

/// The calibration that a ratio came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationFacts {
    /// Its name.
    pub name: String,
    /// What it was trained on.
    pub data: String,
    /// Pair of bandwidth classes that was used, such as `narrowband_wideband`.
    pub condition: String,
    /// Its Cllr in bits on its own validation trials.
    pub cllr: f64,
    /// Speakers it was trained on.
    pub speakers: u32,
    /// Digest of the numbers that took the channels out of the embeddings before they were compared;
    /// none where the score is the plain cosine, as in older answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensation_sha256: Option<Sha256>,
    /// What lies outside its validity range; empty when nothing does.
    pub outside: Vec<String>,
    /// What the LLR was multiplied by, since a side is unlike the calibration's data; none where
    /// nothing was drawn toward 0, and in older answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Whether the interval also holds what other recordings of the same people would change; false
    /// in older answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interval_holds_recordings: bool,
}

/// What a score means: never an identity, always a ratio with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Cosine of the compensated embeddings.
    pub score: Score,
    /// Calibrated natural-log likelihood ratio.
    pub llr: Llr,
    /// The same to base 10.
    pub log10_lr: f64,
    /// Between which 95 % of the ratios lie that calibrations on speakers drawn anew give, for other
    /// recordings of the same people where the calibration says how far their scores stray; none where
    /// the calibration has no such draws.
    #[serde(default)]
    pub log10_lr_interval: Option<[f64; 2]>,
    /// Verbal scale beside the number: a code such as `moderate_support_same`.
    pub verbal: String,
    /// Words of the code's strength; none without support, and in older answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbal_words: Option<VerbalWords>,
    /// Where the ratio comes from.
    pub calibration: CalibrationFacts,
}

/// One candidate of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// From 1.
    pub rank: u32,
    /// The ratio.
    pub evidence: Evidence,
    /// How much larger the LLR is than the next candidate's; none for the last.
    pub margin_llr: Option<f64>,
    /// How many voices of other people are expected to reach this LLR in the gallery searched.
    pub expected_false: f64,
    /// Whether that rests on false match rates beyond those measured; false in older answers.
    #[serde(default)]
    pub expected_false_extrapolated: bool,
    /// Strictest operating point that its ratio reaches; none where it reaches none, and in older
    /// answers.
    #[serde(default)]
    pub operating_point: Option<String>,
    /// The candidate's voice.
    pub voice: VoiceFacts,
    /// Its subject.
    pub subject: Option<CandidateSubject>,
    /// Whether it is the very same file as the probe, in another case.
    pub same_bytes: bool,
    /// How many voices of the answer's population reach its ratio; none without a population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationRates>,
}

/// A voice behind a subject's joint ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JointVoice {
    /// The voice.
    pub voice: VoiceFacts,
    /// Its own score with the probe.
    pub score: Score,
    /// Its own ratio to base 10.
    pub log10_lr: f64,
}

/// Two voices of one subject, and the ratio between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// One voice.
    pub left: VoiceId,
    /// Another one.
    pub right: VoiceId,
    /// Ratio to base 10; below 0 it supports two people, and one of them may be enrolled wrongly.
    pub log10_lr: f64,
}

/// A subject as one side, by its enrolled voices in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectSide {
    /// Who.
    pub subject: CandidateSubject,
    /// Recordings behind the joint ratio.
    pub recordings: u32,
    /// Voices behind it.
    pub voice_count: u32,
    /// Those voices, the best first; where they are very many, the best of them.
    pub voices: Vec<JointVoice>,
    /// The two of its voices that agree least; none with fewer than two.
    pub least_agreement: Option<Agreement>,
}

/// A subject in the answer of a search, by all of its enrolled voices in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectCandidate {
    /// From 1, among the subjects.
    pub rank: u32,
    /// The joint ratio.
    pub evidence: Evidence,
    /// How much larger the LLR is than the next subject's; none for the last.
    pub margin_llr: Option<f64>,
    /// How many subjects who are other people are expected to reach this LLR.
    pub expected_false: f64,
    /// Who, and by which voices.
    pub side: SubjectSide,
    /// How many voices of the answer's population reach its ratio; none without a population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationRates>,
}

/// What the archive answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// The probe.
    pub probe: VoiceFacts,
    /// Best first, by LLR.
    pub candidates: Vec<Candidate>,
    /// Subjects by all of their enrolled voices, best first; none in older answers, and where the
    /// search is against voices of no subject.
    #[serde(default)]
    pub subjects: Vec<SubjectCandidate>,
    /// How they were found.
    pub method: SearchMethod,
    /// How many voices were searched.
    pub gallery_size: u64,
    /// Recordings that a filter left out because it is not known when their call began, or what its
    /// numbers are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out_unknown: u64,
    /// The operating points in this gallery, the most lenient first; none in older answers.
    #[serde(default)]
    pub operating_points: Vec<OperatingThreshold>,
    /// Embedding model.
    pub model: ModelId,
    /// Hash of its file.
    pub model_sha256: Sha256,
    /// Name and version of the population that it was measured on, where one was named.
    pub population: Option<String>,
    /// That population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_use: Option<PopulationUse>,
    /// Version of Voxtrace.
    pub software_version: String,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl SearchAnswer {
    /// The base rate of the gallery searched.
    pub fn base_rate(&self) -> Option<BaseRate> {
        BaseRate::of(self.gallery_size)
    }
}

/// A search as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSearch {
    /// Id.
    pub id: SearchId,
    /// What was asked.
    pub request: SearchRequest,
    /// What was answered.
    pub answer: SearchAnswer,
    /// When.
    pub created_at: Timestamp,
}

/// A comparison of two voices as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Id.
    pub id: ComparisonId,
    /// Left side.
    pub left: VoiceFacts,
    /// Right side; of a subject, the voice with the highest score.
    pub right: VoiceFacts,
    /// The subject on the right, where the ratio is the joint one of its voices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Box<SubjectSide>>,
    /// The ratio.
    pub evidence: Evidence,
    /// Embedding model.
    pub model: ModelId,
    /// Hash of its file.
    pub model_sha256: Sha256,
    /// Version of Voxtrace.
    pub software_version: String,
    /// The population that it was measured on, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_use: Option<PopulationUse>,
    /// How many of its voices reach the ratio, with the left side as the probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_rates: Option<PopulationRates>,
    /// What a report of it is made of; none in older answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Box<ComparisonFindings>>,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_before_subjects_reads_without_any() {
        let digest = "00".repeat(32);
        let text = format!(
            r#"{{
                "probe": {{
                    "voice_id": null, "recording_id": null, "filename": "probe.wav",
                    "case_no": null, "channel": 0, "net_speech": 9000,
                    "quality": {{
                        "bandwidth": "narrowband", "high_band_db": -60.0,
                        "speech_level_dbfs": -20.0, "snr_db": null
                    }}
                }},
                "candidates": [], "method": {{ "name": "exact" }}, "gallery_size": 0,
                "model": "model", "model_sha256": "{digest}", "population": null,
                "software_version": "0.1.0"
            }}"#
        );
        let answer: SearchAnswer = serde_json::from_str(&text).unwrap();
        assert_eq!(answer.subjects, []);
        assert_eq!(answer.operating_points, []);
    }
}
