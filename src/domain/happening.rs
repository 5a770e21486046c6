//! What happens in the archive that a rule may speak about. Whoever makes something happen says so
//! in these terms; the rules know nothing of how it came about.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alert::AlertEvidence;
use super::ids::{CaseId, GroupId, RecordingId, SubjectId, VoiceId};
use super::time::Timestamp;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// A voice of a new recording was held against the archive.
    VoiceHeard(VoiceHeard),
    /// Two voices were linked.
    LinkMade(LinkMade),
    /// A number was seen in a case.
    NumberSeen(NumberSeen),
    /// An account received money.
    TransferReceived(TransferReceived),
    /// Voices were put together as one speaker's, by people or by ratios.
    SpeakerGrouped(SpeakerGrouped),
}

impl Happening {
    /// Names it, so that hearing of it twice counts once.
    pub fn key(&self) -> String {
        match self {
            Self::VoiceHeard(heard) => format!("voice/{}", heard.voice.voice_id),
            Self::LinkMade(link) => format!("link/{}/{}", link.link_id, link.stage.as_str()),
            Self::NumberSeen(seen) => format!("number/{}/case/{}", seen.number, seen.case_id),
            Self::TransferReceived(transfer) => format!("transfer/{}", transfer.transfer),
            Self::SpeakerGrouped(speaker) => {
                format!("group/{}/{}", speaker.group_id, speaker.members_digest)
            }
        }
    }
}

/// A voice, and what is known of its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardVoice {
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Case of the recording.
    pub case_id: Option<CaseId>,
    /// Number that called, normalised.
    pub caller: Option<String>,
    /// Number that was called, normalised.
    pub callee: Option<String>,
    /// When the call began; when the recording came in, where that is not known.
    pub heard_at: Timestamp,
}

/// A voice of the archive that is like the one heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// That voice.
    pub voice: HeardVoice,
    /// Subject that an enrolment in force ties it to.
    pub subject_id: Option<SubjectId>,
    /// How much the comparison speaks for one speaker.
    pub evidence: AlertEvidence,
}

/// A voice was held against the archive.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceHeard {
    /// The voice.
    pub voice: HeardVoice,
    /// The voices most like it, of other recordings.
    pub likenesses: Vec<Likeness>,
    /// Its identity group, where it belongs to one.
    pub group_id: Option<GroupId>,
    /// The other voices of that group.
    pub same_speaker: Vec<KnownVoice>,
}

/// A voice that an identity group holds to be the same speaker's as another.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownVoice {
    /// The voice.
    pub voice: HeardVoice,
    /// None where people confirmed that it is one speaker; where ratios alone put it there, the log10
    /// LR of the worst pair of the group.
    pub by_ratios_log10_lr: Option<f64>,
}

/// The voices of an identity group that was formed or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeakerGrouped {
    /// Group.
    pub group_id: GroupId,
    /// Names its members and which of them people confirmed, so that the same group is the same
    /// happening.
    pub members_digest: String,
    /// The voices, each with its core: those of one core are one speaker by what people confirmed.
    pub voices: Vec<(u32, HeardVoice)>,
    /// Log10 LR of the worst pair among the cores; none where there is one core.
    pub worst_log10_lr: Option<f64>,
}

/// How far a link has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStage {
    /// The ratio proposes it.
    Proposed,
    /// A person confirmed it.
    Confirmed,
}

impl LinkStage {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Two voices were linked.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkMade {
    /// Link.
    pub link_id: Uuid,
    /// How far it has come.
    pub stage: LinkStage,
    /// The voices.
    pub voices: [VoiceId; 2],
    /// Their recordings.
    pub recordings: [RecordingId; 2],
    /// Their cases.
    pub cases: [Option<CaseId>; 2],
    /// How much the comparison speaks for one speaker.
    pub evidence: AlertEvidence,
}

/// A number was seen in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberSeen {
    /// Number, normalised.
    pub number: String,
    /// Case in which it is seen now.
    pub case_id: CaseId,
    /// Recording that it belongs to, where it is one.
    pub recording_id: Option<RecordingId>,
    /// Every case in which it was seen, this one included.
    pub cases: Vec<CaseId>,
}

/// An account received money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferReceived {
    /// Names the transfer: the bank's number, or the id of the event.
    pub transfer: String,
    /// Account that received, normalised.
    pub account: String,
    /// Amount in the smallest unit of the currency, such as fen or cents.
    pub amount_minor: i64,
    /// Currency, ISO 4217.
    pub currency: String,
    /// Case, where it belongs to one.
    pub case_id: Option<CaseId>,
    /// When.
    pub at: Timestamp,
}
