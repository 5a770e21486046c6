//! Voices as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::links::VoiceLinkBody;
use crate::domain::{Judgement, Suitability, Verdict, VoiceQuality};
use crate::services::VoiceDetail;

/// Measurements over the speech of one voice.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceQuality)]
pub struct VoiceQualityBody {
    /// `narrowband` or `wideband`, measured.
    pub bandwidth: String,
    /// Energy above the telephone band relative to that within, in dB.
    pub high_band_db: f32,
    /// Level of the speech, dB relative to full scale.
    pub speech_level_dbfs: f32,
    /// Level of the speech above that of the pauses, in dB.
    pub snr_db: Option<f32>,
    /// Signal-to-noise ratio from the distribution of amplitudes, in dB; like what follows null in
    /// older analyses.
    pub wada_snr_db: Option<f32>,
    /// Fraction of the voice's samples at full scale.
    pub clipping_ratio: Option<f32>,
    /// Highest frequency that the speech reaches.
    pub band_top_hz: Option<f32>,
}

impl From<VoiceQuality> for VoiceQualityBody {
    fn from(quality: VoiceQuality) -> Self {
        Self {
            bandwidth: quality.bandwidth.as_str().to_owned(),
            high_band_db: quality.high_band_db,
            speech_level_dbfs: quality.speech_level_dbfs,
            snr_db: quality.snr_db,
            wada_snr_db: quality.wada_snr_db,
            clipping_ratio: quality.clipping_ratio,
            band_top_hz: quality.band_top_hz,
        }
    }
}

/// Whether a voice may be used for a purpose.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Verdict)]
pub enum VerdictBody {
    /// Nothing speaks against it.
    Accept,
    /// It may be used, and the reasons are to be kept in mind.
    Caution,
    /// It is not to be used.
    Reject,
}

/// Why a verdict is not better.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SuitabilityReason)]
pub struct SuitabilityReasonBody {
    /// Stable code.
    pub code: String,
    /// What was measured and what is wanted.
    pub message: String,
}

/// A verdict with its reasons, the gravest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Judgement)]
pub struct JudgementBody {
    /// The verdict.
    pub verdict: VerdictBody,
    /// Why it is not better.
    pub reasons: Vec<SuitabilityReasonBody>,
}

impl From<Judgement> for JudgementBody {
    fn from(judgement: Judgement) -> Self {
        let reasons = judgement.reasons.into_iter();
        Self {
            verdict: match judgement.verdict {
                Verdict::Accept => VerdictBody::Accept,
                Verdict::Caution => VerdictBody::Caution,
                Verdict::Reject => VerdictBody::Reject,
            },
            reasons: reasons
                .map(|reason| SuitabilityReasonBody {
                    code: reason.code,
                    message: reason.message,
                })
                .collect(),
        }
    }
}

/// What a voice is fit for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Suitability)]
pub struct SuitabilityBody {
    /// As the probe of a search.
    pub search: JudgementBody,
    /// As the voice of a subject.
    pub enrolment: JudgementBody,
    /// For links that nobody asked for.
    pub linking: JudgementBody,
}

impl From<Suitability> for SuitabilityBody {
    fn from(suitability: Suitability) -> Self {
        Self {
            search: suitability.search.into(),
            enrolment: suitability.enrolment.into(),
            linking: suitability.linking.into(),
        }
    }
}

/// The subject that a voice belongs to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SubjectRef)]
pub struct SubjectRefBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// Class.
    pub class: String,
}

/// What a voiceprint was made by. The embedding itself is not sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Voiceprint)]
pub struct VoiceprintBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Embedding model.
    pub model_id: String,
    /// Hash of the model's file.
    pub model_sha256: String,
    /// Hash of the speech detector's file.
    pub vad_sha256: String,
    /// Version of Voxtrace.
    pub software_version: String,
    /// Every parameter that has a bearing on the numbers.
    #[schema(value_type = Object)]
    pub parameters: serde_json::Value,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// One speaker within one recording.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Voice)]
pub struct VoiceBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Recording.
    pub recording_id: uuid::Uuid,
    /// Case of the recording.
    pub case_id: Option<uuid::Uuid>,
    /// Channel index from 0.
    pub channel: u16,
    /// Speaker label within the recording.
    pub label: u16,
    /// Revision of the segments.
    pub revision: u32,
    /// Net speech.
    pub net_speech_ms: u64,
    /// Net speech that went into the embedding.
    pub speech_used_ms: u64,
    /// Measurements.
    pub quality: VoiceQualityBody,
    /// What it is fit for; null in older analyses.
    pub suitability: Option<SuitabilityBody>,
    /// `voiceprint` or `too_little_speech`.
    pub outcome: String,
    /// Net speech that is needed, for `too_little_speech`.
    pub minimum_ms: Option<u64>,
    /// Voiceprint under the model in use.
    pub voiceprint: Option<VoiceprintBody>,
    /// Subject that an enrolment in force ties it to.
    pub subject: Option<SubjectRefBody>,
    /// Links that count: the decided ones first, then by ratio; at most 200.
    pub links: Vec<VoiceLinkBody>,
    /// Group of voices held to be one speaker with it.
    pub group_id: Option<uuid::Uuid>,
    /// When it was found.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<VoiceDetail> for VoiceBody {
    fn from(detail: VoiceDetail) -> Self {
        let VoiceDetail {
            voice,
            voiceprint,
            subject,
            links,
            group_id,
        } = detail;
        let outcome = match voice.too_little_speech_minimum {
            Some(_) => "too_little_speech",
            None => "voiceprint",
        };
        Self {
            id: voice.id.0,
            recording_id: voice.recording_id.0,
            case_id: voice.case_id.map(|id| id.0),
            channel: voice.channel,
            label: voice.label,
            revision: voice.revision,
            net_speech_ms: voice.net_speech.as_millis(),
            speech_used_ms: voice.speech_used.as_millis(),
            quality: voice.quality.into(),
            suitability: voice.suitability.map(Into::into),
            outcome: outcome.to_owned(),
            minimum_ms: voice
                .too_little_speech_minimum
                .map(|minimum| minimum.as_millis()),
            voiceprint: voiceprint.map(|print| VoiceprintBody {
                id: print.id.0,
                model_id: print.provenance.model.to_string(),
                model_sha256: print.provenance.model_sha256.to_string(),
                vad_sha256: print.provenance.vad_sha256.to_string(),
                software_version: print.provenance.software_version,
                parameters: print.provenance.parameters,
                created_at: print.created_at.to_string(),
            }),
            subject: subject.map(|subject| SubjectRefBody {
                id: subject.id.0,
                name: subject.name,
                class: subject.class.as_str().to_owned(),
            }),
            links: links.into_iter().map(Into::into).collect(),
            group_id: group_id.map(|id| id.0),
            created_at: voice.created_at.to_string(),
        }
    }
}

/// Voices of one recording.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoiceList {
    /// By channel and label.
    pub items: Vec<VoiceBody>,
}
