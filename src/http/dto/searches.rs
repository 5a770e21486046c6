//! Searches as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::evidence::EvidenceBody;
use super::galleries::{BaseRateBody, OperatingPointBody};
use super::population_rates::{PopulationRatesBody, PopulationUseBody, population_choice};
use super::search_filters::SearchFiltersBody;
use super::subject_sides::SubjectCandidateBody;
use super::voices::{SubjectRefBody, VoiceQualityBody};
use crate::domain::{Against, BaseRate, Candidate, SearchMethod, StoredSearch, VoiceFacts};
use crate::http::paging::PageBody;
use crate::http::problem::Problem;
use crate::services::PopulationChoice;

/// Against which voices a probe is searched.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Against)]
pub enum AgainstBody {
    /// Every voice.
    #[default]
    All,
    /// Voices of subjects.
    Subjects,
    /// Voices of no subject.
    Archive,
}

impl From<AgainstBody> for Against {
    fn from(against: AgainstBody) -> Self {
        match against {
            AgainstBody::All => Self::All,
            AgainstBody::Subjects => Self::Subjects,
            AgainstBody::Archive => Self::Archive,
        }
    }
}

impl From<Against> for AgainstBody {
    fn from(against: Against) -> Self {
        match against {
            Against::All => Self::All,
            Against::Subjects => Self::Subjects,
            Against::Archive => Self::Archive,
        }
    }
}

/// A search: of a voice, or of the voice of a recording.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSearch)]
pub struct NewSearchBody {
    /// Probe.
    pub voice_id: Option<uuid::Uuid>,
    /// Or the recording whose voice is the probe.
    pub recording_id: Option<uuid::Uuid>,
    /// Channel, where several have a voice.
    pub channel: Option<u16>,
    /// Label of the voice, where a channel has several.
    pub label: Option<u16>,
    /// Against what; everything when left out.
    #[serde(default)]
    pub against: AgainstBody,
    /// Candidates at most.
    #[schema(minimum = 1)]
    pub top_k: Option<u32>,
    /// Whether an exact scan is demanded.
    #[serde(default)]
    pub exact: bool,
    /// For which case.
    pub case_id: Option<uuid::Uuid>,
    /// To what purpose.
    pub purpose: Option<String>,
    /// The population that it is to be measured on.
    pub population_id: Option<uuid::Uuid>,
    /// Its version; the newest when left out.
    pub population_version: Option<u32>,
    /// Which voices it is about; all when left out.
    #[serde(default)]
    pub filters: SearchFiltersBody,
}

impl NewSearchBody {
    /// The population that it names.
    ///
    /// # Errors
    /// A version without a population.
    pub fn population(&self) -> Result<Option<PopulationChoice>, Problem> {
        population_choice(self.population_id, self.population_version)
    }
}

/// What was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SearchRequest)]
pub struct SearchRequestBody {
    /// Probe, where it is in the archive.
    pub voice_id: Option<uuid::Uuid>,
    /// Digest of the probe's recording.
    pub probe_sha256: String,
    /// Against what.
    pub against: AgainstBody,
    /// Candidates at most.
    pub top_k: u32,
    /// Whether an exact scan was demanded.
    pub exact: bool,
    /// For which case.
    pub case_id: Option<uuid::Uuid>,
    /// To what purpose.
    pub purpose: Option<String>,
    /// The search that this one repeats with corrected voices.
    pub repeats: Option<uuid::Uuid>,
    /// The population that it was to be measured on.
    pub population_id: Option<uuid::Uuid>,
    /// The version that was demanded.
    pub population_version: Option<u32>,
    /// Which voices it was about.
    pub filters: SearchFiltersBody,
}

/// What an answer says of one side.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceFacts)]
pub struct VoiceFactsBody {
    /// Voice, where it is in the archive.
    pub voice_id: Option<uuid::Uuid>,
    /// Recording, where it is in the archive.
    pub recording_id: Option<uuid::Uuid>,
    /// Name of the file.
    pub filename: String,
    /// Case.
    pub case_no: Option<String>,
    /// Channel index from 0.
    pub channel: u16,
    /// Net speech.
    pub net_speech_ms: u64,
    /// Measurements.
    pub quality: VoiceQualityBody,
    /// Speaker label within the recording, where the answer says.
    pub label: Option<u16>,
    /// Revision of the segments that the voice was made from, where the answer says.
    pub revision: Option<u32>,
}

impl From<VoiceFacts> for VoiceFactsBody {
    fn from(facts: VoiceFacts) -> Self {
        Self {
            voice_id: facts.voice_id.map(|id| id.0),
            recording_id: facts.recording_id.map(|id| id.0),
            filename: facts.filename,
            case_no: facts.case_no,
            channel: facts.channel,
            net_speech_ms: facts.net_speech.as_millis(),
            quality: facts.quality.into(),
            label: facts.label,
            revision: facts.revision,
        }
    }
}

/// The recording of a candidate.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RecordingRef)]
pub struct RecordingRefBody {
    /// Id.
    pub id: Option<uuid::Uuid>,
    /// Name of the file.
    pub filename: String,
}

/// One candidate.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateBody {
    /// From 1.
    pub rank: u32,
    /// The ratio.
    #[serde(flatten)]
    pub evidence: EvidenceBody,
    /// How much larger the LLR is than the next candidate's.
    pub margin_llr: Option<f64>,
    /// Voices of other people that are expected to reach this LLR in the gallery.
    pub expected_false: f64,
    /// Whether that rests on false match rates beyond those measured.
    pub expected_false_extrapolated: bool,
    /// The strictest of the answer's operating points that it reaches.
    pub operating_point: Option<String>,
    /// Whether it is the very same file as the probe.
    pub same_bytes: bool,
    /// The candidate.
    pub voice: VoiceFactsBody,
    /// Its recording.
    pub recording: RecordingRefBody,
    /// Its case.
    pub case_no: Option<String>,
    /// Its subject.
    pub subject: Option<SubjectRefBody>,
    /// How many voices of the answer's population reach its ratio.
    pub population: Option<PopulationRatesBody>,
}

impl From<Candidate> for CandidateBody {
    fn from(candidate: Candidate) -> Self {
        let voice = candidate.voice;
        Self {
            rank: candidate.rank,
            evidence: candidate.evidence.into(),
            margin_llr: candidate.margin_llr,
            expected_false: candidate.expected_false,
            expected_false_extrapolated: candidate.expected_false_extrapolated,
            operating_point: candidate.operating_point,
            same_bytes: candidate.same_bytes,
            population: candidate.population.map(Into::into),
            recording: RecordingRefBody {
                id: voice.recording_id.map(|id| id.0),
                filename: voice.filename.clone(),
            },
            case_no: voice.case_no.clone(),
            subject: candidate.subject.map(|subject| SubjectRefBody {
                id: subject.id.0,
                name: subject.name,
                class: subject.class.as_str().to_owned(),
            }),
            voice: voice.into(),
        }
    }
}

/// How the candidates were found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SearchMethod)]
pub struct SearchMethodBody {
    /// `exact` or `hnsw`.
    pub name: String,
    /// Measured recall at 10, for `hnsw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall_at_10: Option<f64>,
}

impl From<SearchMethod> for SearchMethodBody {
    fn from(method: SearchMethod) -> Self {
        match method {
            SearchMethod::Exact => Self {
                name: "exact".to_owned(),
                recall_at_10: None,
            },
            SearchMethod::Hnsw { recall_at_10 } => Self {
                name: "hnsw".to_owned(),
                recall_at_10: Some(recall_at_10),
            },
        }
    }
}

/// A stored answer; it never changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Search)]
pub struct SearchBody {
    /// Id.
    pub id: uuid::Uuid,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// What was asked.
    pub request: SearchRequestBody,
    /// The probe.
    pub probe: VoiceFactsBody,
    /// Best first.
    pub candidates: Vec<CandidateBody>,
    /// Subjects by all of their enrolled voices together, best first.
    pub subjects: Vec<SubjectCandidateBody>,
    /// How they were found.
    pub method: SearchMethodBody,
    /// Voices searched.
    pub gallery_size: u64,
    /// Recordings that a filter left out because it is not known when their call began, or what its
    /// numbers are.
    pub left_out_unknown: u64,
    /// Prior odds in this gallery; null below two voices.
    pub base_rate: Option<BaseRateBody>,
    /// From which ratio on how few voices of other people are expected in this gallery, the most
    /// lenient first.
    pub operating_points: Vec<OperatingPointBody>,
    /// Embedding model.
    pub model_id: String,
    /// Hash of its file.
    pub model_sha256: String,
    /// Name and version of the population that it was measured on.
    pub population: Option<String>,
    /// That population.
    pub population_use: Option<PopulationUseBody>,
    /// Version of Voxtrace.
    pub software_version: String,
    /// `investigative_search`: its candidates are leads.
    pub kind: String,
    /// What a search is for.
    pub kind_notice: String,
    /// What the numbers do not say.
    pub notice: String,
    /// Voices of the answer whose segments were corrected since.
    pub outdated: Vec<OutdatedVoiceBody>,
    /// The search that asks the same with the corrected voices.
    pub repeated_by: Option<uuid::Uuid>,
}

/// A voice that has changed since.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OutdatedVoice)]
pub struct OutdatedVoiceBody {
    /// Voice.
    pub voice_id: uuid::Uuid,
    /// Revision of the segments that the answer stands on, where it says.
    pub answered_on: Option<u32>,
    /// Revision that the voice is made from now; null when there is no such voice any more.
    pub now: Option<u32>,
}

impl From<StoredSearch> for SearchBody {
    fn from(search: StoredSearch) -> Self {
        let StoredSearch {
            id,
            request,
            answer,
            created_at,
        } = search;
        Self {
            id: id.0,
            created_at: created_at.to_string(),
            request: SearchRequestBody {
                voice_id: request.voice_id.map(|id| id.0),
                probe_sha256: request.probe_sha256.to_string(),
                against: request.against.into(),
                top_k: request.top_k,
                exact: request.exact,
                case_id: request.case_id.map(|id| id.0),
                purpose: request.purpose,
                repeats: request.repeats.map(|id| id.0),
                population_id: request.population_id.map(|id| id.0),
                population_version: request.population_version,
                filters: request.filters.into(),
            },
            probe: answer.probe.into(),
            candidates: answer.candidates.into_iter().map(Into::into).collect(),
            subjects: answer.subjects.into_iter().map(Into::into).collect(),
            method: answer.method.into(),
            base_rate: BaseRate::of(answer.gallery_size).map(Into::into),
            gallery_size: answer.gallery_size,
            left_out_unknown: answer.left_out_unknown,
            operating_points: answer
                .operating_points
                .into_iter()
                .map(Into::into)
                .collect(),
            model_id: answer.model.to_string(),
            model_sha256: answer.model_sha256.to_string(),
            population: answer.population,
            population_use: answer.population_use.map(Into::into),
            software_version: answer.software_version,
            kind: crate::services::INVESTIGATIVE.code.to_owned(),
            kind_notice: crate::services::INVESTIGATIVE.notice.to_owned(),
            notice: crate::services::NOTICE.to_owned(),
            outdated: Vec::new(),
            repeated_by: None,
        }
    }
}

/// A page of searches.
pub type SearchPage = PageBody<SearchBody>;
