//! Subjects and enrolments as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given;
use crate::domain::{Enrolment, Subject, SubjectClass, Timestamp};
use crate::http::paging::PageBody;

/// A known person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Subject)]
pub struct SubjectBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// Class.
    pub class: String,
    /// Note.
    pub note: Option<String>,
    /// Counts edits from 1; the `ETag`.
    pub version: u32,
    /// When the subject was entered.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Subject> for SubjectBody {
    fn from(subject: Subject) -> Self {
        Self {
            id: subject.id.0,
            name: subject.name,
            class: subject.class.as_str().to_owned(),
            note: subject.note,
            version: subject.version,
            created_at: subject.created_at.to_string(),
        }
    }
}

/// A page of subjects.
pub type SubjectPage = PageBody<SubjectBody>;

/// A subject to be entered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSubject)]
pub struct NewSubjectBody {
    /// Name.
    pub name: String,
    /// Class.
    #[schema(value_type = SubjectClassName)]
    pub class: SubjectClass,
    /// Note.
    pub note: Option<String>,
}

/// What changes in a subject: a field that is left out stays, null empties the note.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubjectEdit)]
pub struct SubjectEditBody {
    /// Name.
    pub name: Option<String>,
    /// Class.
    #[schema(value_type = Option<SubjectClassName>)]
    pub class: Option<SubjectClass>,
    /// Note.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub note: Option<Option<String>>,
}

/// In what capacity a person is known.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SubjectClass)]
pub enum SubjectClassName {
    /// Under suspicion.
    Suspect,
    /// Convicted.
    Convicted,
    /// Victim.
    Victim,
    /// Witness.
    Witness,
    /// Own staff.
    Staff,
    /// Not known.
    Unknown,
}

/// The act that ties voices to a subject.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Enrolment)]
pub struct EnrolmentBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Subject.
    pub subject_id: uuid::Uuid,
    /// Voices.
    pub voice_ids: Vec<uuid::Uuid>,
    /// Legal ground.
    pub ground: String,
    /// When it ceases to be in force.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// When it was withdrawn.
    #[schema(format = DateTime)]
    pub withdrawn_at: Option<String>,
    /// Whether it is in force now.
    pub in_force: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl EnrolmentBody {
    /// An enrolment as it stands at `now`.
    pub fn at(enrolment: Enrolment, now: Timestamp) -> Self {
        Self {
            in_force: enrolment.in_force(now),
            id: enrolment.id.0,
            subject_id: enrolment.subject_id.0,
            voice_ids: enrolment.voice_ids.iter().map(|id| id.0).collect(),
            ground: enrolment.ground,
            expires_at: enrolment.expires_at.map(|time| time.to_string()),
            withdrawn_at: enrolment.withdrawn_at.map(|time| time.to_string()),
            created_at: enrolment.created_at.to_string(),
        }
    }
}

/// Enrolments of one subject.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnrolmentList {
    /// Newest first.
    pub items: Vec<EnrolmentBody>,
}

/// An enrolment to be made: of voices, or of the voice of a recording.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEnrolment)]
pub struct NewEnrolmentBody {
    /// Voices.
    pub voice_ids: Option<Vec<uuid::Uuid>>,
    /// Or a recording, which may still be waiting for its analysis.
    pub recording_id: Option<uuid::Uuid>,
    /// Channel, where several have a voice.
    pub channel: Option<u16>,
    /// Label of the voice, where a channel has several.
    pub label: Option<u16>,
    /// Legal ground.
    pub ground: String,
    /// When it ceases to be in force.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}
