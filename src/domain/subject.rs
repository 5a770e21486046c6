//! A known person, and the act that ties voices to one.

use serde::{Deserialize, Serialize};

use super::ids::{EnrolmentId, SubjectId, VoiceId};
use super::time::Timestamp;

/// In what capacity a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectClass {
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

impl SubjectClass {
    /// Every class.
    pub const ALL: [Self; 6] = [
        Self::Suspect,
        Self::Convicted,
        Self::Victim,
        Self::Witness,
        Self::Staff,
        Self::Unknown,
    ];

    /// The name used in the API, the command line and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspect => "suspect",
            Self::Convicted => "convicted",
            Self::Victim => "victim",
            Self::Witness => "witness",
            Self::Staff => "staff",
            Self::Unknown => "unknown",
        }
    }
}

impl std::str::FromStr for SubjectClass {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                format!("subject class {text:?} is unknown, expected one of {known}")
            })
    }
}

/// A known person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Id.
    pub id: SubjectId,
    /// Name.
    pub name: String,
    /// Capacity.
    pub class: SubjectClass,
    /// Anything else.
    pub note: Option<String>,
    /// Counts edits from 1; the entity tag.
    pub version: u32,
    /// When the subject was entered.
    pub created_at: Timestamp,
}

/// The act that ties voices to a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Id.
    pub id: EnrolmentId,
    /// Subject.
    pub subject_id: SubjectId,
    /// Voices tied to the subject; at least one.
    pub voice_ids: Vec<VoiceId>,
    /// Legal ground.
    pub ground: String,
    /// When it ceases to be in force; none for no limit.
    pub expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Enrolment {
    /// Whether it is in force at `now`.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.expires_at.is_none_or(|expiry| now < expiry)
    }
}
