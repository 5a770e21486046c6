//! Subjects as one side, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::evidence::EvidenceBody;
use super::population_rates::PopulationRatesBody;
use super::searches::VoiceFactsBody;
use super::voices::SubjectRefBody;
use crate::domain::{Agreement, JointVoice, SubjectCandidate, SubjectSide};

/// A voice behind a subject's joint ratio.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = JointVoice)]
pub struct JointVoiceBody {
    /// The voice.
    pub voice: VoiceFactsBody,
    /// Its own score with the probe.
    pub score: f32,
    /// Its own ratio to base 10.
    pub log10_lr: f64,
}

impl From<JointVoice> for JointVoiceBody {
    fn from(joint: JointVoice) -> Self {
        Self {
            voice: joint.voice.into(),
            score: joint.score.0,
            log10_lr: joint.log10_lr,
        }
    }
}

/// Two voices of one subject. A ratio below 1 supports two people: one may be enrolled wrongly.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Agreement)]
pub struct AgreementBody {
    /// One voice.
    pub left_voice_id: uuid::Uuid,
    /// The other.
    pub right_voice_id: uuid::Uuid,
    /// The ratio between them, to base 10.
    pub log10_lr: f64,
}

impl From<Agreement> for AgreementBody {
    fn from(agreement: Agreement) -> Self {
        Self {
            left_voice_id: agreement.left.0,
            right_voice_id: agreement.right.0,
            log10_lr: agreement.log10_lr,
        }
    }
}

/// A subject by its enrolled voices in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SubjectSide)]
pub struct SubjectSideBody {
    /// Who.
    pub subject: SubjectRefBody,
    /// Recordings behind the joint ratio.
    pub recordings: u32,
    /// Voices behind it.
    pub voice_count: u32,
    /// The voices, the best first; at most 20 of them.
    pub voices: Vec<JointVoiceBody>,
    /// The two voices that agree least; null with fewer than two.
    pub least_agreement: Option<AgreementBody>,
}

impl From<SubjectSide> for SubjectSideBody {
    fn from(side: SubjectSide) -> Self {
        Self {
            subject: SubjectRefBody {
                id: side.subject.id.0,
                name: side.subject.name,
                class: side.subject.class.as_str().to_owned(),
            },
            recordings: side.recordings,
            voice_count: side.voice_count,
            voices: side.voices.into_iter().map(Into::into).collect(),
            least_agreement: side.least_agreement.map(Into::into),
        }
    }
}

/// A subject in the answer of a search.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SubjectCandidate)]
pub struct SubjectCandidateBody {
    /// From 1, among the subjects.
    pub rank: u32,
    /// The joint ratio of its voices.
    #[serde(flatten)]
    pub evidence: EvidenceBody,
    /// How much larger the LLR is than the next subject's.
    pub margin_llr: Option<f64>,
    /// Subjects who are other people that are expected to reach this LLR.
    pub expected_false: f64,
    /// Who, and by which voices.
    #[serde(flatten)]
    pub side: SubjectSideBody,
    /// How many voices of the answer's population reach its ratio.
    pub population: Option<PopulationRatesBody>,
}

impl From<SubjectCandidate> for SubjectCandidateBody {
    fn from(candidate: SubjectCandidate) -> Self {
        Self {
            rank: candidate.rank,
            evidence: candidate.evidence.into(),
            margin_llr: candidate.margin_llr,
            expected_false: candidate.expected_false,
            side: candidate.side.into(),
            population: candidate.population.map(Into::into),
        }
    }
}
