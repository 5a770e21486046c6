//! What a voice is fit for, with the reasons.

use serde::{Deserialize, Serialize};

/// Whether a voice may be used for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing speaks against it.
    Accept,
    /// It may be used, and the reasons are to be kept in mind.
    Caution,
    /// It is not to be used.
    Reject,
}

/// Why a verdict is not better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuitabilityReason {
    /// Stable code, such as `low_snr`.
    pub code: String,
    /// What was measured and what is wanted.
    pub message: String,
}

/// A verdict with its reasons, the gravest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is not better; empty for `accept`.
    pub reasons: Vec<SuitabilityReason>,
}

/// What a voice is fit for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suitability {
    /// As the probe of a search.
    pub search: Judgement,
    /// As the voice of a subject.
    pub enrolment: Judgement,
    /// For links that nobody asked for.
    pub linking: Judgement,
}
