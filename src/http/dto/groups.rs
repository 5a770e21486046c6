//! Groups and series as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::CaseBody;
use super::links::{LineageEventBody, LinkBody, LinkSummaryBody};
use super::recordings::RecordingBody;
use super::subjects::SubjectBody;
use crate::domain::{Case, Group, GroupMember, Series, SeriesKind, Voice};
use crate::http::paging::PageBody;
use crate::services::{GroupDetail, NumberUse, OpenLink, SeriesDetail, SeriesRecording};

/// A voice's place in its group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GroupMember)]
pub struct GroupMemberBody {
    /// Voice.
    pub voice_id: uuid::Uuid,
    /// Voices with one core are joined by confirmed links; cores among themselves only by ratios.
    pub core: u32,
}

impl From<GroupMember> for GroupMemberBody {
    fn from(member: GroupMember) -> Self {
        Self {
            voice_id: member.voice_id.0,
            core: member.core,
        }
    }
}

/// Voices held to be one speaker.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Group)]
pub struct GroupBody {
    /// Id, which the largest part keeps when it splits or merges.
    pub id: uuid::Uuid,
    /// Its voices.
    pub members: Vec<GroupMemberBody>,
    /// Least ratio to base 10 between any two of its cores; null where people confirmed all of it.
    pub worst_log10_lr: Option<f64>,
    /// When its members last changed.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// When it was formed.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Group> for GroupBody {
    fn from(group: Group) -> Self {
        Self {
            id: group.id.0,
            members: group.members.into_iter().map(Into::into).collect(),
            worst_log10_lr: group.worst_llr.map(|llr| llr.log10()),
            changed_at: group.changed_at.to_string(),
            created_at: group.created_at.to_string(),
        }
    }
}

/// Groups, newest first.
pub type GroupPage = PageBody<GroupBody>;

/// A voice of a group, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GroupVoice)]
pub struct GroupVoiceBody {
    /// Voice.
    pub id: uuid::Uuid,
    /// Recording.
    pub recording_id: uuid::Uuid,
    /// Case of the recording.
    pub case_id: Option<uuid::Uuid>,
    /// Channel index from 0.
    pub channel: u16,
    /// Speaker label within the recording.
    pub label: u16,
    /// Net speech.
    pub net_speech_ms: u64,
    /// `narrowband` or `wideband`, measured.
    pub bandwidth: String,
    /// Subject that an enrolment in force ties it to.
    pub subject_id: Option<uuid::Uuid>,
}

impl From<Voice> for GroupVoiceBody {
    fn from(voice: Voice) -> Self {
        Self {
            id: voice.id.0,
            recording_id: voice.recording_id.0,
            case_id: voice.case_id.map(|id| id.0),
            channel: voice.channel,
            label: voice.label,
            net_speech_ms: voice.net_speech.as_millis(),
            bandwidth: voice.quality.bandwidth.as_str().to_owned(),
            subject_id: voice.subject_id.map(|id| id.0),
        }
    }
}

/// A group with its voices, links and lineage.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GroupDetail)]
pub struct GroupDetailBody {
    /// The group.
    #[serde(flatten)]
    pub group: GroupBody,
    /// Its voices; the first 500.
    pub voices: Vec<GroupVoiceBody>,
    /// Links between its voices, the decided ones first, then by ratio; the first 200.
    pub links: Vec<LinkSummaryBody>,
    /// What became of it, oldest first.
    pub lineage: Vec<LineageEventBody>,
}

impl From<GroupDetail> for GroupDetailBody {
    fn from(detail: GroupDetail) -> Self {
        Self {
            group: detail.group.into(),
            voices: detail.voices.into_iter().map(Into::into).collect(),
            links: detail.links.into_iter().map(Into::into).collect(),
            lineage: detail.lineage.into_iter().map(Into::into).collect(),
        }
    }
}

/// How cases came together.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SeriesKind)]
pub enum SeriesKindBody {
    /// By voices that people confirmed to be one speaker.
    #[default]
    Confirmed,
    /// By voices that only ratios put together.
    Proposed,
}

impl From<SeriesKind> for SeriesKindBody {
    fn from(kind: SeriesKind) -> Self {
        match kind {
            SeriesKind::Confirmed => Self::Confirmed,
            SeriesKind::Proposed => Self::Proposed,
        }
    }
}

impl From<SeriesKindBody> for SeriesKind {
    fn from(kind: SeriesKindBody) -> Self {
        match kind {
            SeriesKindBody::Confirmed => Self::Confirmed,
            SeriesKindBody::Proposed => Self::Proposed,
        }
    }
}

/// Cases that belong together.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesBody {
    /// Id, which the largest part keeps when it splits or merges.
    pub id: uuid::Uuid,
    /// How they came together.
    pub kind: SeriesKindBody,
    /// Its cases.
    pub case_ids: Vec<uuid::Uuid>,
    /// Numbers of its cases, in order; the first 20.
    pub case_nos: Vec<String>,
    /// When its cases last changed.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// When it was formed.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Most case numbers that a series is listed with.
const MAX_CASE_NOS: usize = 20;

impl SeriesBody {
    /// A series with the cases of it that are at hand.
    pub fn of(series: Series, cases: &[Case]) -> Self {
        let mut case_nos: Vec<String> = cases.iter().map(|case| case.case_no.clone()).collect();
        case_nos.sort();
        case_nos.truncate(MAX_CASE_NOS);
        Self {
            case_nos,
            id: series.id.0,
            kind: series.kind.into(),
            case_ids: series.case_ids.into_iter().map(|id| id.0).collect(),
            changed_at: series.changed_at.to_string(),
            created_at: series.created_at.to_string(),
        }
    }
}

/// Series, newest first.
pub type SeriesPage = PageBody<SeriesBody>;

/// A voice of a call, with its group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SeriesVoice)]
pub struct SeriesVoiceBody {
    /// Voice.
    pub voice_id: uuid::Uuid,
    /// Its group.
    pub group_id: uuid::Uuid,
}

/// A call of a series.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SeriesRecording)]
pub struct SeriesRecordingBody {
    /// The recording.
    pub recording: RecordingBody,
    /// Its voices that belong to the series.
    pub voices: Vec<SeriesVoiceBody>,
}

impl From<SeriesRecording> for SeriesRecordingBody {
    fn from(one: SeriesRecording) -> Self {
        let voices = one.voices.into_iter();
        Self {
            recording: one.recording.into(),
            voices: voices
                .map(|(voice_id, group_id)| SeriesVoiceBody {
                    voice_id: voice_id.0,
                    group_id: group_id.0,
                })
                .collect(),
        }
    }
}

/// A phone number in the calls of a series.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NumberUse)]
pub struct NumberUseBody {
    /// The number.
    pub number: String,
    /// Calls in which it called.
    pub as_caller: usize,
    /// Calls in which it was called.
    pub as_callee: usize,
    /// Cases of these calls.
    pub case_ids: Vec<uuid::Uuid>,
}

impl From<NumberUse> for NumberUseBody {
    fn from(one: NumberUse) -> Self {
        Self {
            number: one.number,
            as_caller: one.as_caller,
            as_callee: one.as_callee,
            case_ids: one.case_ids.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// A link about a series that nobody has decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OpenLink)]
pub struct OpenLinkBody {
    /// The link.
    pub link: LinkBody,
    /// Whether both its voices belong to the series already.
    pub is_inside: bool,
}

impl From<OpenLink> for OpenLinkBody {
    fn from(open: OpenLink) -> Self {
        Self {
            link: open.link.into(),
            is_inside: open.is_inside,
        }
    }
}

/// Decisions that do not go together.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Contradiction)]
pub struct ContradictionBody {
    /// `rejected_and_confirmed`, `two_in_one_call` or `confirmed_in_one_call`.
    pub kind: String,
    /// Voices from one end of the contradiction to the other, each confirmed with the next.
    pub path: Vec<uuid::Uuid>,
    /// The same in words.
    pub detail: String,
}

/// A series with everything that belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SeriesDetail)]
pub struct SeriesDetailBody {
    /// The series.
    #[serde(flatten)]
    pub series: SeriesBody,
    /// Its cases, by number.
    pub cases: Vec<CaseBody>,
    /// Groups whose voices join cases of it.
    pub groups: Vec<GroupBody>,
    /// Calls of those voices by the time they began; the first 1,000.
    pub recordings: Vec<SeriesRecordingBody>,
    /// Calls that are not among them.
    pub recordings_left_out: usize,
    /// Subjects enrolled with those voices.
    pub subjects: Vec<SubjectBody>,
    /// Numbers of those calls, those of the most cases first; the first 200.
    pub numbers: Vec<NumberUseBody>,
    /// Undecided links of those voices to voices of its cases, the largest ratio first; the first 200.
    pub open_links: Vec<OpenLinkBody>,
    /// Decisions that do not go together.
    pub contradictions: Vec<ContradictionBody>,
    /// What became of it, oldest first.
    pub lineage: Vec<LineageEventBody>,
}

impl From<SeriesDetail> for SeriesDetailBody {
    fn from(detail: SeriesDetail) -> Self {
        let contradictions = detail.contradictions.into_iter();
        Self {
            series: SeriesBody::of(detail.series, &detail.cases),
            cases: detail.cases.into_iter().map(Into::into).collect(),
            groups: detail.groups.into_iter().map(Into::into).collect(),
            recordings: detail.recordings.into_iter().map(Into::into).collect(),
            recordings_left_out: detail.recordings_left_out,
            subjects: detail.subjects.into_iter().map(Into::into).collect(),
            numbers: detail.numbers.into_iter().map(Into::into).collect(),
            open_links: detail.open_links.into_iter().map(Into::into).collect(),
            contradictions: contradictions
                .map(|(found, words)| ContradictionBody {
                    kind: found.code().to_owned(),
                    path: found.path().iter().map(|voice| voice.0).collect(),
                    detail: words,
                })
                .collect(),
            lineage: detail.lineage.into_iter().map(Into::into).collect(),
        }
    }
}
