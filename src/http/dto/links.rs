//! Links, groups and series as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::evidence::EvidenceBody;
use super::link_shared::LinkSharedBody;
use super::searches::{SearchMethodBody, VoiceFactsBody};
use crate::domain::{
    DatedLineage, Decision, Link, LinkDecision, LinkEdge, LinkReasons, LinkState, SharedFact,
};
use crate::http::paging::PageBody;
use crate::services::{LinkDetail, LinkSummary};

/// What is held of a link.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LinkState)]
pub enum LinkStateBody {
    /// Nobody has decided.
    Proposed,
    /// A person says that it is one speaker.
    Confirmed,
    /// A person says that it is two.
    Rejected,
}

impl From<LinkState> for LinkStateBody {
    fn from(state: LinkState) -> Self {
        match state {
            LinkState::Proposed => Self::Proposed,
            LinkState::Confirmed => Self::Confirmed,
            LinkState::Rejected => Self::Rejected,
        }
    }
}

impl From<LinkStateBody> for LinkState {
    fn from(state: LinkStateBody) -> Self {
        match state {
            LinkStateBody::Proposed => Self::Proposed,
            LinkStateBody::Confirmed => Self::Confirmed,
            LinkStateBody::Rejected => Self::Rejected,
        }
    }
}

/// What a person decides.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Decision)]
pub enum DecisionBody {
    /// One speaker.
    Confirm,
    /// Two speakers.
    Reject,
    /// The decision before is taken back.
    Reopen,
}

impl From<Decision> for DecisionBody {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Confirm => Self::Confirm,
            Decision::Reject => Self::Reject,
            Decision::Reopen => Self::Reopen,
        }
    }
}

impl From<DecisionBody> for Decision {
    fn from(decision: DecisionBody) -> Self {
        match decision {
            DecisionBody::Confirm => Self::Confirm,
            DecisionBody::Reject => Self::Reject,
            DecisionBody::Reopen => Self::Reopen,
        }
    }
}

/// Something beside the voice that both calls have.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SharedFact)]
pub struct SharedFactBody {
    /// `phone_number` or `subject`.
    pub kind: String,
    /// The number, or the id of the subject.
    pub value: String,
}

impl From<SharedFact> for SharedFactBody {
    fn from(fact: SharedFact) -> Self {
        let (kind, value) = match fact {
            SharedFact::PhoneNumber(number) => ("phone_number", number),
            SharedFact::Subject(id) => ("subject", id.to_string()),
        };
        Self {
            kind: kind.to_owned(),
            value,
        }
    }
}

/// Why a link was proposed, beside its ratio.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LinkReasons)]
pub struct LinkReasonsBody {
    /// Least ratio to base 10 that was asked for; like what follows null where a person proposed it.
    pub at_least_log10_lr: Option<f64>,
    /// Voices of other people that are expected to reach that in the gallery, at most; null too where
    /// the gallery was so large that only ratios at the calibration's upper bound counted.
    pub allowed_false: Option<f64>,
    /// Voices of other people that are expected to reach the link's own ratio.
    pub expected_false: Option<f64>,
    /// Voices searched.
    pub gallery_size: Option<u64>,
    /// Rank among the candidates.
    pub rank: Option<u32>,
    /// How much larger the LLR is than that of the next candidate.
    pub margin_llr: Option<f64>,
    /// How the candidate was found.
    pub method: Option<SearchMethodBody>,
    /// Whether both recordings have the same bytes, in two cases.
    pub same_bytes: bool,
    /// Whether both voices speak in one call.
    pub same_call: bool,
    /// What both calls have beside the voice.
    pub shared: Vec<SharedFactBody>,
}

impl From<LinkReasons> for LinkReasonsBody {
    fn from(reasons: LinkReasons) -> Self {
        Self {
            at_least_log10_lr: reasons.at_least_log10_lr,
            allowed_false: reasons.allowed_false,
            expected_false: reasons.expected_false,
            gallery_size: reasons.gallery_size,
            rank: reasons.rank,
            margin_llr: reasons.margin_llr,
            method: reasons.method.map(Into::into),
            same_bytes: reasons.same_bytes,
            same_call: reasons.same_call,
            shared: reasons.shared.into_iter().map(Into::into).collect(),
        }
    }
}

/// When and why a link ceased to count.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Superseded)]
pub struct SupersededBody {
    /// `voice_removed` or `voice_described_anew`.
    pub by: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

/// Two voices proposed to be one speaker.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkBody {
    /// Id.
    pub id: uuid::Uuid,
    /// State.
    pub state: LinkStateBody,
    /// One voice, as it was when the link was proposed.
    pub left: VoiceFactsBody,
    /// The other.
    pub right: VoiceFactsBody,
    /// Case of the left recording.
    pub left_case_id: Option<uuid::Uuid>,
    /// Case of the right recording.
    pub right_case_id: Option<uuid::Uuid>,
    /// The ratio.
    #[serde(flatten)]
    pub evidence: EvidenceBody,
    /// Why it was proposed.
    pub reasons: LinkReasonsBody,
    /// `service`, or `person` whatever the ratio.
    pub proposer: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// Embedding model.
    pub model_id: String,
    /// Hash of its file.
    pub model_sha256: String,
    /// Version of Voxtrace.
    pub software_version: String,
    /// When and why it ceased to count; null while it counts.
    pub superseded: Option<SupersededBody>,
    /// Counts decisions; the ETag.
    pub version: u32,
    /// When it was proposed.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Link> for LinkBody {
    fn from(link: Link) -> Self {
        let [left_case_id, right_case_id] = link.case_ids.map(|id| id.map(|id| id.0));
        Self {
            id: link.id.0,
            state: link.state.into(),
            left: link.left.into(),
            right: link.right.into(),
            left_case_id,
            right_case_id,
            evidence: link.evidence.into(),
            reasons: link.reasons.into(),
            proposer: link.proposer.as_str().to_owned(),
            proposed_by: link.proposed_by,
            model_id: link.model.to_string(),
            model_sha256: link.model_sha256.to_string(),
            software_version: link.software_version,
            superseded: link.superseded.map(|superseded| SupersededBody {
                by: superseded.by.as_str().to_owned(),
                at: superseded.at.to_string(),
            }),
            version: link.version,
            created_at: link.created_at.to_string(),
        }
    }
}

/// Links, newest first.
pub type LinkPage = PageBody<LinkBody>;

/// A decision as it is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LinkDecision)]
pub struct LinkDecisionBody {
    /// What was decided.
    pub decision: DecisionBody,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<LinkDecision> for LinkDecisionBody {
    fn from(decision: LinkDecision) -> Self {
        Self {
            decision: decision.decision.into(),
            author: decision.author,
            reason: decision.reason,
            at: decision.at.to_string(),
        }
    }
}

/// A link with its decisions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LinkDetail)]
pub struct LinkDetailBody {
    /// The link.
    #[serde(flatten)]
    pub link: LinkBody,
    /// Decisions, oldest first.
    pub decisions: Vec<LinkDecisionBody>,
    /// Revision of the segments that the left voice is made from now; null when it is gone. It was
    /// scored as it was on `left.revision`.
    pub left_revision: Option<u32>,
    /// The same of the right voice.
    pub right_revision: Option<u32>,
    /// What both sides have beside the voices, as the archive knows it now: it may be more than was
    /// known when the link was proposed, which `reasons.shared` keeps.
    pub shared_now: LinkSharedBody,
}

impl From<LinkDetail> for LinkDetailBody {
    fn from(detail: LinkDetail) -> Self {
        let [left_revision, right_revision] =
            detail.voices.map(|voice| voice.map(|voice| voice.revision));
        Self {
            link: detail.link.into(),
            decisions: detail.decisions.into_iter().map(Into::into).collect(),
            left_revision,
            right_revision,
            shared_now: detail.shared.into(),
        }
    }
}

/// A link between two voices, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LinkSummary)]
pub struct LinkSummaryBody {
    /// Link.
    pub id: uuid::Uuid,
    /// One voice.
    pub left_voice_id: uuid::Uuid,
    /// The other.
    pub right_voice_id: uuid::Uuid,
    /// Ratio to base 10 when it was proposed.
    pub log10_lr: f64,
    /// State.
    pub state: LinkStateBody,
}

impl From<LinkEdge> for LinkSummaryBody {
    fn from(edge: LinkEdge) -> Self {
        Self {
            id: edge.id.0,
            left_voice_id: edge.left.0,
            right_voice_id: edge.right.0,
            log10_lr: edge.llr.log10(),
            state: edge.state.into(),
        }
    }
}

/// A link of a voice, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceLink)]
pub struct VoiceLinkBody {
    /// Link.
    pub id: uuid::Uuid,
    /// The other voice.
    pub voice_id: uuid::Uuid,
    /// Ratio to base 10 when it was proposed.
    pub log10_lr: f64,
    /// State.
    pub state: LinkStateBody,
}

impl From<LinkSummary> for VoiceLinkBody {
    fn from(link: LinkSummary) -> Self {
        Self {
            id: link.id.0,
            voice_id: link.voice_id.0,
            log10_lr: link.llr.log10(),
            state: link.state.into(),
        }
    }
}

/// Two voices that a person proposes to be one speaker.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLink)]
pub struct NewLinkBody {
    /// One voice.
    pub left_voice_id: uuid::Uuid,
    /// The other.
    pub right_voice_id: uuid::Uuid,
}

/// A decision about a link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLinkDecision)]
pub struct NewLinkDecisionBody {
    /// The decision.
    pub decision: DecisionBody,
    /// Why.
    pub reason: String,
    /// Whether it is to stand even if it contradicts other decisions, for people to settle later.
    #[serde(default)]
    pub despite_contradictions: bool,
}

/// What became of a group or series.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LineageEvent)]
pub struct LineageEventBody {
    /// Group or series.
    pub id: uuid::Uuid,
    /// `formed`, `changed`, `merged`, `split` or `ended`.
    pub change: String,
    /// The other group or series of a merge, a split or an end.
    pub other: Option<uuid::Uuid>,
    /// Members after it: voices of a group, cases of a series.
    pub members: Vec<uuid::Uuid>,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<DatedLineage> for LineageEventBody {
    fn from(dated: DatedLineage) -> Self {
        let DatedLineage { event, at } = dated;
        Self {
            id: event.id,
            change: event.change.as_str().to_owned(),
            other: event.other,
            members: event.members,
            at: at.to_string(),
        }
    }
}
