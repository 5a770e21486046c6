//! Links and events of the archive, in the terms that rules speak about.

use std::collections::HashMap;

use super::raising::Raised;
use super::{ServiceError, Services};
use crate::domain::{
    AlertEvidence, CaseEvent, CaseId, EntityId, EntityKind, EventKind, Happening, Link, LinkMade,
    LinkStage, NumberSeen, Role, TransferReceived,
};
use crate::store::UnitOfWork;

/// Most cases of a number that an alert names.
const MAX_CASES_OF_NUMBER: u32 = 100;
/// The smallest unit of the currencies that are counted in hundredths.
const MINOR_PER_UNIT: i64 = 100;
const NANOS_PER_MINOR: u32 = 10_000_000;

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

/// A transfer to an account. Its name is its content, so the same row of another table is the same.
fn transfer_received(event: &CaseEvent) -> Option<Happening> {
    let (amount, currency) = event.amount.as_ref()?;
    let to = event.party(Role::To)?;
    if event.kind != EventKind::Transfer || to.kind != EntityKind::Account {
        return None;
    }
    let whole = i64::try_from(amount.whole()).unwrap_or(i64::MAX);
    let minor = i64::from(amount.nanos() / NANOS_PER_MINOR);
    Some(Happening::TransferReceived(TransferReceived {
        transfer: hex::encode(event.content_key),
        account: to.normalised.clone(),
        amount_minor: whole.saturating_mul(MINOR_PER_UNIT).saturating_add(minor),
        currency: currency.as_str().to_owned(),
        case_id: Some(event.case_id),
        at: event.at,
    }))
}
