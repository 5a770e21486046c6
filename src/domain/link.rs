//! Two voices that may be one speaker, what people decided about them, and what follows: identity
//! groups and series.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ids::{CaseId, GroupId, LinkId, RecordingId, SeriesId, SubjectId, VoiceId};
use super::search::{Evidence, SearchMethod, VoiceFacts};
use super::time::Timestamp;
use super::units::{Llr, ModelId, Sha256};

/// What is held of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Nobody has decided.
    Proposed,
    /// A person says that it is one speaker.
    Confirmed,
    /// A person says that it is two.
    Rejected,
}

impl LinkState {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }
}

/// What a person decides about a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// One speaker.
    Confirm,
    /// Two speakers.
    Reject,
    /// The decision before is taken back: the link is open again.
    Reopen,
}

impl Decision {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reject => "reject",
            Self::Reopen => "reopen",
        }
    }

    /// What a link becomes by it; none where the present state does not allow it.
    pub const fn applied_to(self, state: LinkState) -> Option<LinkState> {
        match (self, state) {
            (Self::Confirm, LinkState::Proposed) => Some(LinkState::Confirmed),
            (Self::Reject, LinkState::Proposed) => Some(LinkState::Rejected),
            (Self::Reopen, LinkState::Confirmed | LinkState::Rejected) => Some(LinkState::Proposed),
            (Self::Confirm | Self::Reject, LinkState::Confirmed | LinkState::Rejected)
            | (Self::Reopen, LinkState::Proposed) => None,
        }
    }
}

/// One decision, as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDecision {
    /// What was decided.
    pub decision: Decision,
    /// Who decided, as audit rows name people.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Who brought a link up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposer {
    /// The service, since the ratio is large enough.
    Service,
    /// A person, whatever the ratio.
    Person,
}

impl Proposer {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Person => "person",
        }
    }
}

/// Why a link no longer counts. It stays as evidence of what was proposed and decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupersededBy {
    /// A new analysis of the recording has no such voice any more.
    VoiceRemoved,
    /// A voice was described anew, and the pair was scored again.
    VoiceDescribedAnew,
}

impl SupersededBy {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VoiceRemoved => "voice_removed",
            Self::VoiceDescribedAnew => "voice_described_anew",
        }
    }
}

/// When and why a link ceased to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// Why.
    pub by: SupersededBy,
    /// When.
    pub at: Timestamp,
}

/// Something beside the voice that both calls have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum SharedFact {
    /// A phone number on either side of both calls.
    PhoneNumber(String),
    /// A subject that both voices are enrolled for.
    Subject(SubjectId),
}

/// Why a link was proposed, beside its ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkReasons {
    /// Least ratio to base 10 that was asked for; none where a person proposed the link.
    pub at_least_log10_lr: Option<f64>,
    /// Voices of other people that are expected to reach that ratio in the gallery of that time, at
    /// most; none where the gallery is so large that the bounds of the calibration support no such
    /// ratio, so that only ratios at the upper bound counted.
    pub allowed_false: Option<f64>,
    /// Voices of other people that are expected to reach the link's own ratio in that gallery.
    pub expected_false: Option<f64>,
    /// Voices searched.
    pub gallery_size: Option<u64>,
    /// Rank among the candidates, from 1.
    pub rank: Option<u32>,
    /// How much larger the LLR is than that of the next candidate.
    pub margin_llr: Option<f64>,
    /// How the candidate was found.
    pub method: Option<SearchMethod>,
    /// Whether both recordings have the same bytes: the same file in two cases says nothing new of
    /// the voice.
    pub same_bytes: bool,
    /// Whether both voices speak in one call.
    pub same_call: bool,
    /// What both calls have beside the voice.
    #[serde(default)]
    pub shared: Vec<SharedFact>,
}

/// Two voices proposed to be one speaker.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Id.
    pub id: LinkId,
    /// The voice with the smaller id, as it was when the link was proposed.
    pub left: VoiceFacts,
    /// The other.
    pub right: VoiceFacts,
    /// Cases of both recordings.
    pub case_ids: [Option<CaseId>; 2],
    /// The ratio.
    pub evidence: Evidence,
    /// Why it was proposed.
    pub reasons: LinkReasons,
    /// Embedding model.
    pub model: ModelId,
    /// Hash of its file.
    pub model_sha256: Sha256,
    /// Version of Voxtrace.
    pub software_version: String,
    /// What brought it up.
    pub proposer: Proposer,
    /// Who brought it up, as audit rows name people.
    pub proposed_by: String,
    /// What is held of it.
    pub state: LinkState,
    /// When and why it ceased to count.
    pub superseded: Option<Superseded>,
    /// Counts decisions up from 1.
    pub version: u32,
    /// When it was proposed.
    pub created_at: Timestamp,
}

/// A link as the grouping needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkEdge {
    /// Link.
    pub id: LinkId,
    /// The voice with the smaller id.
    pub left: VoiceId,
    /// The other.
    pub right: VoiceId,
    /// LLR when it was proposed.
    pub llr: Llr,
    /// Calibration that the LLR came from.
    pub calibration: String,
    /// Whether both voices are still those that were scored.
    pub is_current: bool,
    /// What is held of it.
    pub state: LinkState,
}

/// A voice as the grouping needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoicePlacement {
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Digest of its bytes: the call.
    pub sha256: Sha256,
    /// Case of the recording.
    pub case_id: Option<CaseId>,
    /// Channel index and label.
    pub place: (u16, u16),
}

/// A voice's place in its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupMember {
    /// Voice.
    pub voice_id: VoiceId,
    /// Voices of one group with one core are joined by what people confirmed; cores among themselves
    /// only by ratios.
    pub core: u32,
}

/// Voices held to be one speaker: by people where they share a core, else by ratios.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Id, which the largest part keeps when it splits or merges.
    pub id: GroupId,
    /// Two voices or more, by id.
    pub members: Vec<GroupMember>,
    /// Least LLR between any two of its cores; none where it is one core.
    pub worst_llr: Option<Llr>,
    /// When its members last changed.
    pub changed_at: Timestamp,
    /// When it was formed.
    pub created_at: Timestamp,
}

/// How cases came together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// By voices that people confirmed to be one speaker.
    Confirmed,
    /// By voices that only ratios put together: it stands if people confirm them.
    Proposed,
}

impl SeriesKind {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Proposed => "proposed",
        }
    }
}

/// Cases that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Id, which the largest part keeps when it splits or merges.
    pub id: SeriesId,
    /// How they came together.
    pub kind: SeriesKind,
    /// Two cases or more, by id.
    pub case_ids: Vec<CaseId>,
    /// When its cases last changed.
    pub changed_at: Timestamp,
    /// When it was formed.
    pub created_at: Timestamp,
}

/// What happened to a group or a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineageChange {
    /// It was formed, or came back as it had been.
    Formed,
    /// Members came or went.
    Changed,
    /// It took members that another, named beside it, had before.
    Merged,
    /// It has members that another, named beside it, had before and did not keep.
    Split,
    /// It is no more; where the most of its members went is named beside it.
    Ended,
}

impl LineageChange {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Formed => "formed",
            Self::Changed => "changed",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Ended => "ended",
        }
    }
}

/// One event in the life of a group (of voices) or a series (of cases).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageEvent {
    /// Group or series.
    pub id: Uuid,
    /// What happened.
    pub change: LineageChange,
    /// The other group or series of a merge, a split or an end.
    pub other: Option<Uuid>,
    /// Members after it.
    pub members: Vec<Uuid>,
}

/// An event with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedLineage {
    /// The event.
    pub event: LineageEvent,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_link_is_decided_and_only_a_decided_one_is_reopened() {
        use Decision::{Confirm, Reject, Reopen};
        use LinkState::{Confirmed, Proposed, Rejected};
        assert_eq!(Confirm.applied_to(Proposed), Some(Confirmed));
        assert_eq!(Reject.applied_to(Proposed), Some(Rejected));
        for decided in [Confirmed, Rejected] {
            assert_eq!(Confirm.applied_to(decided), None);
            assert_eq!(Reject.applied_to(decided), None);
            assert_eq!(Reopen.applied_to(decided), Some(Proposed));
        }
        assert_eq!(Reopen.applied_to(Proposed), None);
    }
}
