//! Links and events of the archive, in the terms that rules speak about.

use std::collections::HashMap;

use super::raising::Raised;
use super::watching::heard_voice;
use super::{ServiceError, Services};
use crate::domain::{
    AlertEvidence, CaseEvent, CaseId, EntityId, EntityKind, EventKind, Group, GroupId, GroupMember,
    Happening, HeardVoice, KnownVoice, Link, LinkMade, LinkStage, Llr, NumberSeen, Role, Sha256,
    SpeakerGrouped, TransferReceived, VoiceId, VoicePlacement,
};
use crate::store::{Reader, UnitOfWork};

/// Most cases of a number that an alert names.
const MAX_CASES_OF_NUMBER: u32 = 100;
/// Most voices of an identity group that are held against the rules, the newest.
const MAX_VOICES_OF_GROUP: usize = 500;

/// A link that was proposed or confirmed; none of voices that are in no recording.
pub(super) fn link_made(link: &Link, stage: LinkStage) -> Option<Happening> {
    let evidence = &link.evidence;
    Some(Happening::LinkMade(LinkMade {
        link_id: link.id.0,
        stage,
        voices: [link.left.voice_id?, link.right.voice_id?],
        recordings: [link.left.recording_id?, link.right.recording_id?],
        cases: link.case_ids,
        evidence: AlertEvidence {
            score: evidence.score,
            llr: evidence.llr,
            log10_lr: evidence.log10_lr,
            expected_false: link.reasons.expected_false.unwrap_or(0.0),
            gallery_size: link.reasons.gallery_size.unwrap_or(0),
            calibration: evidence.calibration.name.clone(),
            outside: evidence.calibration.outside.clone(),
        },
    }))
}

impl Services {
    /// Holds events of a case, and the numbers that are new among `entities`, against the rules.
    ///
    /// # Errors
    /// The store could not do it.
    pub(super) async fn raise_alerts_of_events(
        &self,
        work: &mut dyn UnitOfWork,
        case_id: CaseId,
        events: &[CaseEvent],
        entities: &HashMap<(EntityKind, String), EntityId>,
    ) -> Result<Raised, ServiceError> {
        if work.active_rules().await?.is_empty() {
            return Ok(Raised::default());
        }
        let mut happenings: Vec<Happening> = events.iter().filter_map(transfer_received).collect();
        let mut numbers: Vec<(&String, EntityId)> = entities
            .iter()
            .filter(|((kind, _), _)| *kind == EntityKind::Phone)
            .map(|((_, number), id)| (number, *id))
            .collect();
        numbers.sort();
        for (number, id) in numbers {
            let known = work.cases_of_entity(id, MAX_CASES_OF_NUMBER).await?;
            let mut cases: Vec<CaseId> = known.into_iter().map(|(case, _)| case.id).collect();
            cases.extend(work.cases_of_number(number).await?);
            cases.push(case_id);
            cases.sort_unstable();
            cases.dedup();
            happenings.push(Happening::NumberSeen(NumberSeen {
                number: number.clone(),
                case_id,
                recording_id: None,
                cases,
            }));
        }
        self.raise_alerts(work, &happenings).await
    }
}

impl Services {
    /// Holds identity groups that were formed or changed against the rules that ask for speakers, in
    /// the unit of work that changed them.
    ///
    /// # Errors
    /// The store could not do it.
    pub(super) async fn raise_alerts_of_groups(
        &self,
        work: &mut dyn UnitOfWork,
        groups: &[Group],
    ) -> Result<Raised, ServiceError> {
        let rules = work.active_rules().await?;
        if !rules.iter().any(|rule| rule.condition.concerns_groups()) {
            return Ok(Raised::default());
        }
        let mut happenings = Vec::with_capacity(groups.len());
        for group in groups {
            happenings.push(Happening::SpeakerGrouped(SpeakerGrouped {
                group_id: group.id,
                members_digest: digest_of(&group.members),
                voices: heard_members(work, &group.members).await?,
                worst_log10_lr: group.worst_llr.map(Llr::log10),
            }));
        }
        self.raise_alerts(work, &happenings).await
    }

    /// The identity group of a voice, and its other voices.
    pub(super) async fn same_speaker(
        &self,
        reader: &mut dyn Reader,
        voice_id: VoiceId,
    ) -> Result<(Option<GroupId>, Vec<KnownVoice>), ServiceError> {
        let Some(group) = reader.groups_of_voices(&[voice_id]).await?.pop() else {
            return Ok((None, Vec::new()));
        };
        let is_own = |member: &&GroupMember| member.voice_id == voice_id;
        let own = group.members.iter().find(is_own).map(|member| member.core);
        let worst = group.worst_llr.map(Llr::log10);
        let known = heard_members(reader, &group.members)
            .await?
            .into_iter()
            .filter(|(_, voice)| voice.voice_id != voice_id)
            .map(|(core, voice)| KnownVoice {
                voice,
                by_ratios_log10_lr: worst.filter(|_| own != Some(core)),
            });
        Ok((Some(group.id), known.collect()))
    }
}

/// The newest members of a group as rules hear them, each with its core.
async fn heard_members<R: Reader + ?Sized>(
    reader: &mut R,
    members: &[GroupMember],
) -> Result<Vec<(u32, HeardVoice)>, ServiceError> {
    let members = newest(members);
    let ids: Vec<VoiceId> = members.iter().map(|member| member.voice_id).collect();
    let places = reader.voice_placements(&ids).await?;
    let mut voices = Vec::with_capacity(members.len());
    for member in members {
        let at = |place: &&VoicePlacement| place.voice_id == member.voice_id;
        let Some(place) = places.iter().find(at) else {
            continue;
        };
        if let Some(recording) = reader.recording(place.recording_id).await? {
            voices.push((member.core, heard_voice(&recording, member.voice_id)));
        }
    }
    Ok(voices)
}

/// The newest members of a group, whose members stand by id.
fn newest(members: &[GroupMember]) -> &[GroupMember] {
    // Ids hold the time at which they were given, so the last ones are the newest.
    let first = members.len().saturating_sub(MAX_VOICES_OF_GROUP);
    members.get(first..).unwrap_or_default()
}

/// Names the members of a group with their cores.
fn digest_of(members: &[GroupMember]) -> String {
    let mut bytes = Vec::with_capacity(members.len() * 20);
    for member in members {
        bytes.extend(member.voice_id.0.into_bytes());
        bytes.extend(member.core.to_be_bytes());
    }
    Sha256::of(&bytes).to_string()
}

/// A transfer to an account. Its name is its content, so the same row of another table is the same.
pub(super) fn transfer_received(event: &CaseEvent) -> Option<Happening> {
    let (amount, currency) = event.amount.as_ref()?;
    let to = event.party(Role::To)?;
    if event.kind != EventKind::Transfer || to.kind != EntityKind::Account {
        return None;
    }
    Some(Happening::TransferReceived(TransferReceived {
        transfer: hex::encode(event.content_key),
        account: to.normalised.clone(),
        amount_minor: amount.in_minor_units(currency),
        currency: currency.as_str().to_owned(),
        case_id: Some(event.case_id),
        at: event.at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_newest_voices_of_a_very_large_group_are_held_against_the_rules() {
        let member = |number: u128| GroupMember {
            voice_id: VoiceId(Uuid::from_u128(number)),
            core: 0,
        };
        let members: Vec<GroupMember> = (0..505).map(member).collect();
        assert_eq!(newest(&members), (5..505).map(member).collect::<Vec<_>>());
        assert_eq!(newest(&members[..500]), &members[..500]);
    }
}
