//! People propose and decide links. Each decision is one more event; none is ever changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Decision, LinkDecision, LinkId, LinkReasons, LinkState, Proposer, VoiceId};
use crate::linking::{Contradiction, contradictions};
use crate::services::cases::check_name;
use crate::services::comparing::evidence_between;
use crate::services::voices::{VoiceRef, voice_facts};
use crate::services::{Actor, ServiceError, Services};
use crate::store::{Reader, UnitOfWork};

use super::news::LinkNews;
use super::proposals::{named, shared_facts};
use super::reading::LinkDetail;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1000;

/// What a person decides about a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRequest {
    /// The decision.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Version that the person saw; any where none is given.
    pub version: Option<u32>,
    /// Whether it is to stand even if it contradicts other decisions, for people to settle later.
    pub despite_contradictions: bool,
}

impl Services {
    /// Proposes a link of two voices, whatever their ratio.
    ///
    /// # Errors
    /// As [`Services::compare`]; `Conflict` when the pair has a link.
    pub async fn propose_link(
        &self,
        actor: &Actor,
        left: VoiceId,
        right: VoiceId,
    ) -> Result<LinkDetail, ServiceError> {
        if left == right {
            return Err(ServiceError::Invalid {
                field: "right",
                found: "the same voice as on the left".to_owned(),
                expected: "another voice".to_owned(),
            });
        }
        let calibration = self.calibration().await?;
        let mut work = self.store.begin().await?;
        let mut sides = Vec::new();
        let mut prints = Vec::new();
        for (side, id) in [("left", left), ("right", right)] {
            let (recording, voice) = self
                .referred_voice(work.as_mut(), VoiceRef::Voice(id))
                .await?;
            let print = self
                .voiceprint_of(work.as_mut(), &voice, side, "linking")
                .await?;
            prints.push((voice_facts(&recording, &voice), print.embedding));
            sides.push(super::proposals::LinkSide { recording, voice });
        }
        let (Ok(sides), Ok([one, other])) = (<[_; 2]>::try_from(sides), <[_; 2]>::try_from(prints))
        else {
            return Err(ServiceError::Interrupted {
                detail: "a link has two sides".to_owned(),
            });
        };
        let evidence = evidence_between(
            (self.analyser.compensator(), &calibration),
            self.settings.minimum_speech.search(),
            (&one.0, &one.1),
            (&other.0, &other.1),
        )?;
        let edges = work.link_edges(&[left]).await?;
        let known = edges
            .iter()
            .find(|edge| [edge.left, edge.right].contains(&right));
        if let Some(known) = known {
            return Err(ServiceError::Conflict {
                what: "link",
                value: known.id.to_string(),
            });
        }
        let same_bytes = sides[0].recording.sha256 == sides[1].recording.sha256;
        let reasons = LinkReasons {
            at_least_log10_lr: None,
            allowed_false: None,
            expected_false: None,
            gallery_size: None,
            rank: None,
            margin_llr: None,
            method: None,
            same_bytes: same_bytes && sides[0].recording.id != sides[1].recording.id,
            same_call: same_bytes,
            shared: shared_facts(&sides[0], &sides[1]),
        };
        let link = self.new_link(sides, evidence, reasons, Proposer::Person, actor);
        work.insert_link(&link).await?;
        let news = LinkNews::ProposedByPerson(&link);
        let mut events = self.on_link_news(work.as_mut(), actor, &news).await?;
        let (_, changed) = self
            .regroup(work.as_mut(), actor, &[left, right], &[])
            .await?;
        events.extend(changed);
        let detail = self.link_detail_in(work.as_mut(), link.id).await?;
        work.commit().await?;
        events.into_iter().for_each(|event| self.tell(event));
        Ok(detail)
    }

    /// Decides about a link, and brings groups and series in step with it.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` without a reason; `Stale` when somebody decided meanwhile; `LinkState`
    /// when the link's state does not allow the decision, or it was superseded;
    /// `ContradictoryDecision` when it would set another decision aside, unless that was accepted.
    pub async fn decide_link(
        &self,
        actor: &Actor,
        id: LinkId,
        request: DecisionRequest,
    ) -> Result<LinkDetail, ServiceError> {
        check_name("reason", &request.reason, MAX_REASON_CHARS)?;
        let mut work = self.store.begin().await?;
        let link = work
            .link(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("link", id))?;
        let version = request.version.unwrap_or(link.version);
        if version != link.version {
            return Err(ServiceError::Stale {
                what: "link",
                expected: version,
                found: link.version,
            });
        }
        if link.superseded.is_some() {
            return Err(ServiceError::State {
                what: "link",
                found: "superseded",
                expected: "a link that counts",
            });
        }
        let state = request
            .decision
            .applied_to(link.state)
            .ok_or_else(|| ServiceError::State {
                what: "link",
                found: link.state.as_str(),
                expected: match request.decision {
                    Decision::Confirm | Decision::Reject => "proposed: reopen it first",
                    Decision::Reopen => "confirmed or rejected",
                },
            })?;
        let voices: Vec<VoiceId> = [link.left.voice_id, link.right.voice_id]
            .into_iter()
            .flatten()
            .collect();
        let before = self.contradictions_around(work.as_mut(), &voices).await?;
        let decision = LinkDecision {
            decision: request.decision,
            author: actor.as_str().to_owned(),
            reason: request.reason,
            at: self.clock.now(),
        };
        work.decide_link(id, version, state, &decision).await?;
        let (region, changed) = self.regroup(work.as_mut(), actor, &voices, &[]).await?;
        let new: Vec<Contradiction> = contradictions(&region.graph)
            .into_iter()
            .filter(|found| found.is_conflict() && !before.contains(found))
            .collect();
        let words = self.contradictions_in_words(work.as_mut(), &new).await?;
        // A reopened link takes a decision back; what it leaves was there before.
        let takes_back = state == LinkState::Proposed;
        if !words.is_empty() && !request.despite_contradictions && !takes_back {
            return Err(ServiceError::ContradictoryDecision {
                contradictions: words,
            });
        }
        let detail = self.link_detail_in(work.as_mut(), id).await?;
        let news = LinkNews::Decided {
            link: &detail.link,
            decision: &decision,
            accepted: &words,
        };
        let mut events = self.on_link_news(work.as_mut(), actor, &news).await?;
        events.extend(changed);
        work.commit().await?;
        events.into_iter().for_each(|event| self.tell(event));
        Ok(detail)
    }

    async fn contradictions_around(
        &self,
        work: &mut dyn UnitOfWork,
        voices: &[VoiceId],
    ) -> Result<BTreeSet<Contradiction>, ServiceError> {
        let region = self.region(work, voices).await?;
        Ok(contradictions(&region.graph).into_iter().collect())
    }

    /// Contradictions as people read them, with files and voices by name.
    pub(super) async fn contradictions_in_words(
        &self,
        reader: &mut dyn Reader,
        found: &[Contradiction],
    ) -> Result<Vec<String>, ServiceError> {
        let voices: BTreeSet<VoiceId> = found
            .iter()
            .flat_map(Contradiction::path)
            .copied()
            .collect();
        let mut names: BTreeMap<VoiceId, String> = BTreeMap::new();
        for voice in voices {
            if let Ok(side) = self.link_side(reader, voice).await {
                let (channel, label) = (side.voice.channel, side.voice.label);
                let name = format!("{} voice {channel}.{label}", side.recording.filename);
                names.insert(voice, name);
            }
        }
        let words = found.iter().map(|found| {
            let path = named(found.path(), &names);
            match found {
                Contradiction::RejectedAndConfirmed { .. } => {
                    format!("{path} by confirmed links, and its ends were rejected as one speaker")
                }
                Contradiction::TwoInOneCall { .. } => {
                    format!("{path} by confirmed links, and its ends speak in one call")
                }
                Contradiction::ConfirmedInOneCall { .. } => {
                    format!("{path} was confirmed, and both speak in one call")
                }
            }
        });
        Ok(words.collect())
    }
}
