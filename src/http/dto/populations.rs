//! Populations as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::subjects::SubjectClassName;
use crate::domain::{
    Bandwidth, CaseId, EnrolledChoice, NetSpeech, PopulationMember, PopulationSelection,
    PopulationVersion, SubjectClass, Timestamp, VoiceId,
};
use crate::http::paging::PageBody;
use crate::services::{NewPopulation, NewPopulationVersion, PopulationEntry};

/// Whether voices of subjects are chosen.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EnrolledChoice)]
pub enum EnrolledBody {
    /// Whether enrolled or not.
    #[default]
    Any,
    /// Voices tied to a subject by an enrolment in force.
    Enrolled,
    /// Voices tied to nobody.
    NotEnrolled,
}

impl From<EnrolledBody> for EnrolledChoice {
    fn from(choice: EnrolledBody) -> Self {
        match choice {
            EnrolledBody::Any => Self::Any,
            EnrolledBody::Enrolled => Self::Enrolled,
            EnrolledBody::NotEnrolled => Self::NotEnrolled,
        }
    }
}

impl From<EnrolledChoice> for EnrolledBody {
    fn from(choice: EnrolledChoice) -> Self {
        match choice {
            EnrolledChoice::Any => Self::Any,
            EnrolledChoice::Enrolled => Self::Enrolled,
            EnrolledChoice::NotEnrolled => Self::NotEnrolled,
        }
    }
}

/// Measured bandwidth.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Bandwidth)]
pub enum BandwidthBody {
    /// Telephone band.
    Narrowband,
    /// Energy above 4 kHz.
    Wideband,
}

impl From<BandwidthBody> for Bandwidth {
    fn from(bandwidth: BandwidthBody) -> Self {
        match bandwidth {
            BandwidthBody::Narrowband => Self::Narrowband,
            BandwidthBody::Wideband => Self::Wideband,
        }
    }
}

impl From<Bandwidth> for BandwidthBody {
    fn from(bandwidth: Bandwidth) -> Self {
        match bandwidth {
            Bandwidth::Narrowband => Self::Narrowband,
            Bandwidth::Wideband => Self::Wideband,
        }
    }
}

/// Which voices make a version: those that every condition allows; every voice with a voiceprint
/// where none is named.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PopulationSelection)]
pub struct PopulationSelectionBody {
    /// Whether voices of subjects are chosen.
    #[serde(default)]
    pub enrolled: EnrolledBody,
    /// Of subjects of this class.
    #[schema(value_type = Option<SubjectClassName>)]
    pub subject_class: Option<SubjectClass>,
    /// Of recordings of this case.
    pub case_id: Option<uuid::Uuid>,
    /// Of this measured bandwidth.
    pub bandwidth: Option<BandwidthBody>,
    /// With so much net speech at least.
    pub min_net_speech_ms: Option<u64>,
    /// With so much at most.
    pub max_net_speech_ms: Option<u64>,
    /// Of calls from this time on; where the call's time is not known, of uploads.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Of calls before this time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// These voices; all when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voice_ids: Vec<uuid::Uuid>,
}

impl From<PopulationSelectionBody> for PopulationSelection {
    fn from(body: PopulationSelectionBody) -> Self {
        Self {
            enrolled: body.enrolled.into(),
            subject_class: body.subject_class,
            case_id: body.case_id.map(CaseId),
            bandwidth: body.bandwidth.map(Into::into),
            min_net_speech: body.min_net_speech_ms.map(NetSpeech::from_millis),
            max_net_speech: body.max_net_speech_ms.map(NetSpeech::from_millis),
            from: body.from,
            until: body.until,
            voice_ids: body.voice_ids.into_iter().map(VoiceId).collect(),
        }
    }
}

impl From<PopulationSelection> for PopulationSelectionBody {
    fn from(selection: PopulationSelection) -> Self {
        Self {
            enrolled: selection.enrolled.into(),
            subject_class: selection.subject_class,
            case_id: selection.case_id.map(|id| id.0),
            bandwidth: selection.bandwidth.map(Into::into),
            min_net_speech_ms: selection.min_net_speech.map(NetSpeech::as_millis),
            max_net_speech_ms: selection.max_net_speech.map(NetSpeech::as_millis),
            from: selection.from,
            until: selection.until,
            voice_ids: selection.voice_ids.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// A population to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPopulation)]
pub struct NewPopulationBody {
    /// Name; no two have the same.
    pub name: String,
    /// Whom it stands for.
    pub description: Option<String>,
    /// Which voices.
    #[serde(default)]
    pub selection: PopulationSelectionBody,
}

impl From<NewPopulationBody> for NewPopulation {
    fn from(body: NewPopulationBody) -> Self {
        Self {
            name: body.name,
            description: body.description,
            selection: body.selection.into(),
        }
    }
}

/// A new version of a population.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPopulationVersion)]
pub struct NewPopulationVersionBody {
    /// Which voices.
    #[serde(default)]
    pub selection: PopulationSelectionBody,
    /// Why.
    pub reason: Option<String>,
}

impl From<NewPopulationVersionBody> for NewPopulationVersion {
    fn from(body: NewPopulationVersionBody) -> Self {
        Self {
            selection: body.selection.into(),
            reason: body.reason,
        }
    }
}

/// One version of a population. It never changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PopulationVersion)]
pub struct PopulationVersionBody {
    /// From 1.
    pub version: u32,
    /// How its voices were chosen.
    pub selection: PopulationSelectionBody,
    /// Voices.
    pub voices: u32,
    /// Different files in which they speak.
    pub recordings: u32,
    /// Narrowband voices; the others are wideband.
    pub narrowband: u32,
    /// Voices tied to a subject when it was made.
    pub enrolled: u32,
    /// Shortest, median and longest net speech.
    pub net_speech_ms: [u64; 3],
    /// Digest of its members.
    pub sha256: String,
    /// Model of their voiceprints.
    pub model_id: String,
    /// Who made it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<PopulationVersion> for PopulationVersionBody {
    fn from(version: PopulationVersion) -> Self {
        let facts = version.facts;
        Self {
            version: version.version,
            selection: version.selection.into(),
            voices: facts.voices,
            recordings: facts.recordings,
            narrowband: facts.narrowband,
            enrolled: facts.enrolled,
            net_speech_ms: facts.net_speech.map(NetSpeech::as_millis),
            sha256: version.sha256.to_string(),
            model_id: version.model.to_string(),
            actor: version.actor,
            reason: version.reason,
            created_at: version.created_at.to_string(),
        }
    }
}

/// A named set of voices.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Population)]
pub struct PopulationBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// Whom it stands for.
    pub description: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Versions, newest first.
    pub versions: Vec<PopulationVersionBody>,
}

impl From<PopulationEntry> for PopulationBody {
    fn from(entry: PopulationEntry) -> Self {
        Self {
            id: entry.population.id.0,
            name: entry.population.name,
            description: entry.population.description,
            created_at: entry.population.created_at.to_string(),
            versions: entry.versions.into_iter().map(Into::into).collect(),
        }
    }
}

/// A page of populations.
pub type PopulationPage = PageBody<PopulationBody>;

/// A voice as it was when a version was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PopulationMember)]
pub struct PopulationMemberBody {
    /// Voiceprint.
    pub voiceprint_id: uuid::Uuid,
    /// Voice; a later analysis may have replaced it.
    pub voice_id: uuid::Uuid,
    /// Recording.
    pub recording_id: uuid::Uuid,
    /// Digest of the recording.
    pub recording_sha256: String,
    /// Subject that it was tied to.
    pub subject_id: Option<uuid::Uuid>,
    /// Measured bandwidth.
    pub bandwidth: BandwidthBody,
    /// Net speech.
    pub net_speech_ms: u64,
}

impl From<PopulationMember> for PopulationMemberBody {
    fn from(member: PopulationMember) -> Self {
        Self {
            voiceprint_id: member.voiceprint_id.0,
            voice_id: member.voice_id.0,
            recording_id: member.recording_id.0,
            recording_sha256: member.recording_sha256.to_string(),
            subject_id: member.subject_id.map(|id| id.0),
            bandwidth: member.bandwidth.into(),
            net_speech_ms: member.net_speech.as_millis(),
        }
    }
}

/// A page of members.
pub type PopulationMemberPage = PageBody<PopulationMemberBody>;
