//! Links are looked for: each new voice is searched, and what clears the bar is proposed.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    CaseId, Evidence, JobId, Link, LinkId, LinkReasons, LinkState, Proposer, Recording,
    RecordingId, SearchAnswer, SharedFact, SupersededBy, Voice, VoiceId, VoiceprintId,
};
use crate::linking::{Bar, LinkedVoice, Pair, shared_numbers};
use crate::scoring::GallerySize;
use crate::services::probes::ProbeRequest;
use crate::services::searching::SearchOptions;
use crate::services::voices::{VoiceRef, voice_facts};
use crate::services::{Actor, Event, ServiceError, Services};
use crate::store::{Reader, UnitOfWork};

use super::news::LinkNews;

/// One side of a link with everything that is known of it.
pub(super) struct LinkSide {
    pub(super) recording: Recording,
    pub(super) voice: Voice,
}

impl LinkSide {
    fn linked(&self) -> LinkedVoice {
        LinkedVoice {
            id: self.voice.id,
            call: self.recording.sha256,
            place: (self.voice.channel, self.voice.label),
        }
    }
}

/// What a search proposes.
struct Proposal {
    sides: [LinkSide; 2],
    evidence: Evidence,
    reasons: LinkReasons,
}

impl Services {
    /// Runs the link job that `owner` has leased, and finishes it in the same unit of work. Running it
    /// twice leaves what running it once leaves.
    ///
    /// # Errors
    /// `Stale` when the voices were described anew while they were searched: the next try searches the
    /// new ones. Store and index errors, after which another try may succeed.
    pub async fn run_link_job(
        &self,
        job_id: JobId,
        owner: &str,
        recording_id: RecordingId,
    ) -> Result<(), ServiceError> {
        self.link_recording(recording_id, Some((job_id, owner)))
            .await
            .map(|_| ())
    }

    /// Looks for links of the voices of a recording for which nobody did, and answers how many were
    /// proposed.
    pub(super) async fn link_recording(
        &self,
        recording_id: RecordingId,
        job: Option<(JobId, &str)>,
    ) -> Result<usize, ServiceError> {
        let model = self.analyser.model_id();
        let mut reader = self.store.reader().await?;
        let wanted = reader.voices_to_link(recording_id, model).await?;
        drop(reader);
        let mut proposals = Vec::new();
        for (voice_id, _) in &wanted {
            proposals.extend(self.proposals_of(*voice_id).await?);
        }
        let actor = Actor::worker();
        let mut work = self.store.begin().await?;
        let present = work.voices_to_link(recording_id, model).await?;
        if present != wanted {
            return Err(ServiceError::Stale {
                what: "voices",
                expected: wanted.len() as u32,
                found: present.len() as u32,
            });
        }
        let (count, events) = self
            .write_proposals(work.as_mut(), &actor, recording_id, &wanted, proposals)
            .await?;
        if let Some((job_id, owner)) = job {
            work.finish_job(job_id, owner, self.clock.now()).await?;
        }
        work.commit().await?;
        events.into_iter().for_each(|event| self.tell(event));
        Ok(count)
    }

    async fn write_proposals(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        recording_id: RecordingId,
        wanted: &[(VoiceId, VoiceprintId)],
        proposals: Vec<Proposal>,
    ) -> Result<(usize, Vec<Event>), ServiceError> {
        let now = self.clock.now();
        let voices: Vec<VoiceId> = wanted.iter().map(|(voice, _)| *voice).collect();
        // Open proposals about voices that were described anew are made again below, if they are.
        let edges = work.link_edges(&voices).await?;
        let mut outdated: Vec<LinkId> = Vec::new();
        let mut standing: BTreeSet<(VoiceId, VoiceId)> = BTreeSet::new();
        for edge in edges {
            let open = edge.state == LinkState::Proposed && !edge.is_current;
            if open && self.is_of_service(work, edge.id).await? {
                outdated.push(edge.id);
            } else {
                standing.insert((edge.left, edge.right));
            }
        }
        work.supersede_links(&outdated, SupersededBy::VoiceDescribedAnew, now)
            .await?;
        let mut links = Vec::new();
        for proposal in proposals {
            let [left, right] = &proposal.sides;
            let pair = (left.voice.id, right.voice.id);
            if standing.insert((pair.0.min(pair.1), pair.0.max(pair.1))) {
                let link = self.link_of(proposal, Proposer::Service, actor);
                work.insert_link(&link).await?;
                links.push(link);
            }
        }
        for (voice, voiceprint) in wanted {
            work.note_link_search(*voice, *voiceprint, now).await?;
        }
        let news = LinkNews::Proposed {
            recording_id,
            links: &links,
            superseded: &outdated,
        };
        let mut events = self.on_link_news(work, actor, &news).await?;
        if !links.is_empty() || !outdated.is_empty() {
            let (_, changed) = self.regroup(work, actor, &voices, &[]).await?;
            events.extend(changed);
        }
        Ok((links.len(), events))
    }

    async fn is_of_service(
        &self,
        reader: &mut dyn Reader,
        id: LinkId,
    ) -> Result<bool, ServiceError> {
        let link = reader.link(id).await?;
        Ok(link.is_some_and(|link| link.proposer == Proposer::Service))
    }

    /// Searches a voice, and judges its best candidates.
    async fn proposals_of(&self, id: VoiceId) -> Result<Vec<Proposal>, ServiceError> {
        let rules = self.proposal_rules();
        let mut reader = self.store.reader().await?;
        let probe = self.link_side(reader.as_mut(), id).await?;
        let linking = probe.voice.suitability.as_ref().map(|fit| &fit.linking);
        if rules.admit(probe.voice.net_speech, linking).is_err() {
            return Ok(Vec::new());
        }
        let request = ProbeRequest::Archive(VoiceRef::Voice(id));
        let searched = self.probe(reader.as_mut(), request).await?;
        drop(reader);
        // Some of the best may be voices of the same call in another case, or unfit.
        let most = rules
            .max_links
            .saturating_mul(2)
            .min(self.settings.max_top_k);
        let (answer, gallery) = self
            .answer_in_gallery(&searched, &SearchOptions::default(), most.max(1))
            .await?;
        self.judged(&probe, answer, gallery).await
    }

    async fn judged(
        &self,
        probe: &LinkSide,
        answer: SearchAnswer,
        gallery: GallerySize,
    ) -> Result<Vec<Proposal>, ServiceError> {
        let rules = self.proposal_rules();
        let calibration = self.calibration().await?;
        let allowed = self.settings.linking.expected_false;
        let at_point = calibration.threshold(allowed, probe.voice.quality.bandwidth, gallery);
        let mut reader = self.store.reader().await?;
        let mut proposals = Vec::new();
        for candidate in answer.candidates {
            if proposals.len() >= rules.max_links as usize {
                break;
            }
            let Some(other_id) = candidate.voice.voice_id else {
                continue;
            };
            let [left, right] =
                [&probe.voice.quality, &candidate.voice.quality].map(|quality| quality.bandwidth);
            let [_, upper] = calibration.bounds(left, right);
            let bar = Bar::of(at_point, upper);
            if !bar.is_cleared_by(candidate.evidence.llr) {
                // Most are; what else is known of them need not be read.
                continue;
            }
            let other = match self.link_side(reader.as_mut(), other_id).await {
                Ok(other) => other,
                // A voice that went since the search is no candidate.
                Err(ServiceError::NotFound { .. }) => continue,
                Err(error) => return Err(error),
            };
            let fit = |side: &'_ LinkSide| {
                side.voice
                    .suitability
                    .as_ref()
                    .map(|fit| fit.linking.clone())
            };
            let fits = [fit(probe), fit(&other)];
            let pair = Pair {
                probe: &probe.linked(),
                candidate: &other.linked(),
                net_speech: [probe.voice.net_speech, other.voice.net_speech],
                linking: [fits[0].as_ref(), fits[1].as_ref()],
                llr: candidate.evidence.llr,
            };
            if rules.judge(&pair, &bar).is_err() {
                continue;
            }
            let reasons = LinkReasons {
                at_least_log10_lr: Some(bar.llr.log10()),
                allowed_false: bar.reaches_point.then_some(allowed),
                expected_false: Some(candidate.expected_false),
                gallery_size: Some(answer.gallery_size),
                rank: Some(candidate.rank),
                margin_llr: candidate.margin_llr,
                method: Some(answer.method),
                same_bytes: candidate.same_bytes,
                same_call: false,
                shared: shared_facts(probe, &other),
            };
            let sides = [self.copied(probe), other];
            proposals.push(Proposal {
                sides,
                evidence: candidate.evidence,
                reasons,
            });
        }
        Ok(proposals)
    }

    fn copied(&self, side: &LinkSide) -> LinkSide {
        LinkSide {
            recording: side.recording.clone(),
            voice: side.voice.clone(),
        }
    }

    pub(super) async fn link_side(
        &self,
        reader: &mut dyn Reader,
        id: VoiceId,
    ) -> Result<LinkSide, ServiceError> {
        let (recording, voice) = self.recorded_voice(reader, id).await?;
        Ok(LinkSide { recording, voice })
    }

    fn link_of(&self, proposal: Proposal, proposer: Proposer, actor: &Actor) -> Link {
        let Proposal {
            sides,
            evidence,
            reasons,
        } = proposal;
        self.new_link(sides, evidence, reasons, proposer, actor)
    }

    /// A link of two voices, the lesser id first.
    pub(super) fn new_link(
        &self,
        mut sides: [LinkSide; 2],
        evidence: Evidence,
        reasons: LinkReasons,
        proposer: Proposer,
        actor: &Actor,
    ) -> Link {
        sides.sort_by_key(|side| side.voice.id);
        let case_ids: [Option<CaseId>; 2] = [0, 1].map(|at| {
            let side: Option<&LinkSide> = sides.get(at);
            side.and_then(|side| side.recording.case_id)
        });
        let [left, right] = sides.map(|side| voice_facts(&side.recording, &side.voice));
        Link {
            id: LinkId::new(self.clock(), self.rng.as_ref()),
            left,
            right,
            case_ids,
            evidence,
            reasons,
            model: self.analyser.model_id().clone(),
            model_sha256: self.analyser.model_sha256(),
            software_version: crate::domain::VERSION.to_owned(),
            proposer,
            proposed_by: actor.as_str().to_owned(),
            state: LinkState::Proposed,
            superseded: None,
            version: 1,
            created_at: self.clock.now(),
        }
    }

    /// Links of voices that are gone count no more, in the unit of work that removes the voices.
    pub(in crate::services) async fn forget_voices(
        &self,
        work: &mut dyn UnitOfWork,
        case_id: Option<CaseId>,
        removed: &[VoiceId],
    ) -> Result<Vec<Event>, ServiceError> {
        if removed.is_empty() {
            return Ok(Vec::new());
        }
        let edges = work.link_edges(removed).await?;
        let grouped = !work.groups_of_voices(removed).await?.is_empty();
        if edges.is_empty() && !grouped {
            return Ok(Vec::new());
        }
        let by = SupersededBy::VoiceRemoved;
        let links: Vec<LinkId> = edges.iter().map(|edge| edge.id).collect();
        work.supersede_links(&links, by, self.clock.now()).await?;
        let actor = Actor::worker();
        let news = LinkNews::Superseded { links: &links, by };
        let mut events = self.on_link_news(work, &actor, &news).await?;
        let cases: Vec<CaseId> = case_id.into_iter().collect();
        let (_, changed) = self.regroup(work, &actor, removed, &cases).await?;
        events.extend(changed);
        Ok(events)
    }
}

/// What both calls have beside the voice.
pub(super) fn shared_facts(left: &LinkSide, right: &LinkSide) -> Vec<SharedFact> {
    let numbers = shared_numbers(&left.recording.call, &right.recording.call);
    let subject = left
        .voice
        .subject_id
        .filter(|id| right.voice.subject_id == Some(*id));
    let subject = subject.map(SharedFact::Subject);
    numbers.into_iter().chain(subject).collect()
}

/// Names of voices, for words that people read.
pub(super) fn named(voices: &[VoiceId], names: &BTreeMap<VoiceId, String>) -> String {
    let name = |voice: &VoiceId| {
        names
            .get(voice)
            .cloned()
            .unwrap_or_else(|| voice.to_string())
    };
    voices.iter().map(name).collect::<Vec<_>>().join(" = ")
}
