//! Which call record is the call of a recording: the same two numbers at the same time.

use super::{ServiceError, Services};
use crate::domain::{
    CaseEvent, CaseId, EntityId, EventId, EventKind, Page, PageRequest, Recording, RecordingId,
    Role, Timestamp,
};
use crate::store::{Reader, RecordingFilter};

/// Most calls or recordings that are looked at for one join: from two on it is ambiguous.
const MAX_CANDIDATES: u32 = 20;

/// What is known of a recording's call record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinOutcome {
    /// One call record has these numbers at this time, and one recording.
    Joined(EventId),
    /// Several call records may be it, or several recordings may be of it: nothing is guessed.
    Ambiguous {
        /// Call records that may be it.
        events: Vec<EventId>,
        /// Recordings that may be of it.
        recordings: Vec<RecordingId>,
    },
    /// No call record has these numbers at this time.
    NoCall,
    /// The recording does not say both numbers and when the call began.
    NotDescribed,
}

/// A recording and its call record.
#[derive(Debug, Clone, PartialEq)]
pub struct CallJoin {
    /// Recording.
    pub recording: Recording,
    /// What is known.
    pub outcome: JoinOutcome,
}

/// One call and one recording that each have no other candidate belong together.
fn decide(events: &[(EventId, Timestamp)], recordings: &[(RecordingId, Timestamp)]) -> JoinOutcome {
    match (events, recordings) {
        ([], _) => JoinOutcome::NoCall,
        ([(event, _)], [_]) => JoinOutcome::Joined(*event),
        _ => JoinOutcome::Ambiguous {
            events: events.iter().map(|(id, _)| *id).collect(),
            recordings: recordings.iter().map(|(id, _)| *id).collect(),
        },
    }
}

impl Services {
    /// The recordings of a case, newest first, each with its call record.
    ///
    /// # Errors
    /// `NotFound` when the case does not exist.
    pub async fn calls_of_case(
        &self,
        case_id: CaseId,
        page: PageRequest,
    ) -> Result<Page<CallJoin>, ServiceError> {
        let mut reader = self.store.reader().await?;
        if reader.case(case_id).await?.is_none() {
            return Err(ServiceError::not_found("case", case_id));
        }
        let filter = RecordingFilter {
            case_id: Some(case_id),
            ..RecordingFilter::default()
        };
        let recordings = reader.recordings(&filter, page).await?;
        let mut items = Vec::with_capacity(recordings.items.len());
        for recording in recordings.items {
            let outcome = self.join_of(reader.as_mut(), case_id, &recording).await?;
            items.push(CallJoin { recording, outcome });
        }
        Ok(Page {
            items,
            next: recordings.next,
        })
    }

    /// The recording of each call among these events, where it is clear which.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn recordings_of_events(
        &self,
        events: &[CaseEvent],
    ) -> Result<Vec<Option<RecordingId>>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let mut found = Vec::with_capacity(events.len());
        for event in events {
            found.push(self.recording_of_event(reader.as_mut(), event).await?);
        }
        Ok(found)
    }

    pub(super) async fn join_of(
        &self,
        reader: &mut dyn Reader,
        case_id: CaseId,
        recording: &Recording,
    ) -> Result<JoinOutcome, ServiceError> {
        let parties = reader.parties_of_recording(recording.id).await?;
        let number = |role| {
            let found = parties.iter().find(|(other, _)| *other == role);
            found.map(|(_, entity)| entity.id)
        };
        let described = (
            number(Role::From),
            number(Role::To),
            recording.call.started_at,
        );
        let (Some(from), Some(to), Some(at)) = described else {
            return Ok(JoinOutcome::NotDescribed);
        };
        let numbers = [from, to];
        let (begin, end) = self.window(at);
        let events = reader
            .calls_between(case_id, numbers, begin, end, MAX_CANDIDATES)
            .await?;
        let recordings = self
            .recordings_of_calls(reader, case_id, numbers, &events)
            .await?;
        Ok(decide(&events, &recordings))
    }

    /// Every recording that may be of one of these calls.
    async fn recordings_of_calls(
        &self,
        reader: &mut dyn Reader,
        case_id: CaseId,
        numbers: [EntityId; 2],
        events: &[(EventId, Timestamp)],
    ) -> Result<Vec<(RecordingId, Timestamp)>, ServiceError> {
        let times = events.iter().map(|(_, at)| *at);
        let Some((first, last)) = times.clone().min().zip(times.max()) else {
            return Ok(Vec::new());
        };
        let (begin, _) = self.window(first);
        let (_, end) = self.window(last);
        Ok(reader
            .recordings_between(case_id, numbers, begin, end, MAX_CANDIDATES)
            .await?)
    }

    async fn recording_of_event(
        &self,
        reader: &mut dyn Reader,
        event: &CaseEvent,
    ) -> Result<Option<RecordingId>, ServiceError> {
        let sides = event.party(Role::From).zip(event.party(Role::To));
        let (EventKind::Call, Some((from, to))) = (event.kind, sides) else {
            return Ok(None);
        };
        let numbers = [from.entity_id, to.entity_id];
        let (begin, end) = self.window(event.at);
        let recordings = reader
            .recordings_between(event.case_id, numbers, begin, end, MAX_CANDIDATES)
            .await?;
        let [(recording, at)] = recordings.as_slice() else {
            return Ok(None);
        };
        let (begin, end) = self.window(*at);
        let calls = reader
            .calls_between(event.case_id, numbers, begin, end, MAX_CANDIDATES)
            .await?;
        let joined =
            matches!(decide(&calls, &recordings), JoinOutcome::Joined(id) if id == event.id);
        Ok(joined.then_some(*recording))
    }

    fn window(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let tolerance = self.settings.entities.join_tolerance_ms;
        let tolerance = i64::try_from(tolerance).unwrap_or(i64::MAX);
        (at.plus_millis(-tolerance), at.plus_millis(tolerance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_a_pair_without_another_candidate_is_joined() {
        let at = Timestamp::from_millis(0);
        let event = |id| (EventId(Uuid::from_u128(id)), at);
        let recording = |id| (RecordingId(Uuid::from_u128(id)), at);
        assert_eq!(decide(&[], &[recording(1)]), JoinOutcome::NoCall);
        assert_eq!(
            decide(&[event(1)], &[recording(1)]),
            JoinOutcome::Joined(event(1).0)
        );
        assert!(matches!(
            decide(&[event(1), event(2)], &[recording(1)]),
            JoinOutcome::Ambiguous { .. }
        ));
        assert!(matches!(
            decide(&[event(1)], &[recording(1), recording(2)]),
            JoinOutcome::Ambiguous { .. }
        ));
    }
}
