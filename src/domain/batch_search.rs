//! Many voices searched at once: what was asked, and each answer, as lines of JSON.

use serde::{Deserialize, Serialize};

use super::analysis::Bandwidth;
use super::ids::{CaseId, RecordingId, SearchId, SubjectId, VoiceId};
use super::search::Against;
use super::search_filter::SearchFilters;
use super::time::Timestamp;
use super::units::{ModelId, NetSpeech, Score, Sha256};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchSearchRequest {
    /// Which voices are probes.
    pub probes: SearchFilters,
    /// Against what they are searched.
    pub against: Against,
    /// Which voices they are searched against.
    pub filters: SearchFilters,
    /// How many candidates at most for each.
    pub top_k: u32,
    /// Candidates below this log10 LR are left out.
    pub min_log10_lr: Option<f64>,
    /// To what purpose.
    pub purpose: Option<String>,
}

/// A voice of the archive, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchVoice {
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording.
    pub recording_id: RecordingId,
    /// Its case.
    pub case_id: Option<CaseId>,
    /// Channel index from 0.
    pub channel: u16,
    /// Speaker label within the recording.
    pub label: u16,
    /// Subject that an enrolment in force ties it to.
    pub subject_id: Option<SubjectId>,
    /// Net speech.
    pub net_speech_ms: NetSpeech,
    /// Measured bandwidth.
    pub bandwidth: Bandwidth,
}

/// A candidate of one probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchCandidate {
    /// From 1.
    pub rank: u32,
    /// The voice.
    #[serde(flatten)]
    pub voice: BatchVoice,
    /// Cosine similarity after compensation.
    pub score: Score,
    /// Base-10 logarithm of the likelihood ratio.
    pub log10_lr: f64,
    /// Voices of other people that are expected to reach this ratio among those searched.
    pub expected_false: f64,
}

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchLine {
    /// The first line: what is asked and with what it is answered.
    Batch {
        /// Id, which the audit trail knows it by.
        id: SearchId,
        /// When it began.
        started_at: Timestamp,
        /// What is asked.
        request: Box<BatchSearchRequest>,
        /// How many probes there are.
        probes: u64,
        /// Embedding model.
        model: ModelId,
        /// Name of the calibration.
        calibration: String,
        /// Version of Voxtrace.
        software_version: String,
        /// That these are leads, and what a ratio is not.
        notice: String,
    },
    /// A probe with its candidates, best first.
    Answer {
        /// The probe.
        probe: BatchVoice,
        /// Voices that it was searched against.
        gallery_size: u64,
        /// Candidates.
        candidates: Vec<BatchCandidate>,
    },
    /// A probe that has no answer.
    NoAnswer {
        /// The probe.
        probe: BatchVoice,
        /// Why.
        reason: String,
    },
    /// The last line. An answer without it was cut off.
    End {
        /// Probes answered or named as unanswered.
        probes: u64,
        /// SHA-256 of every line before this one, each with its line feed.
        sha256: Sha256,
    },
}
