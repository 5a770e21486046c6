//! Everything that is known of one entity.

use super::{ServiceError, Services};
use crate::domain::{
    Case, CaseEntity, CaseEvent, Entity, EntityId, PageRequest, Recording, Role, Subject, Voice,
};
use crate::store::EventFilter;

/// Most cases, recordings and events that a detail lists; the lists of each say more.
pub(super) const MAX_LISTED: u32 = 100;

/// A recording of a number, with who speaks in it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingOfEntity {
    /// Whether the number called or was called.
    pub role: Role,
    /// Recording.
    pub recording: Recording,
    /// Voices.
    pub voices: Vec<Voice>,
}

/// What is known of an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityDetail {
    /// Entity.
    pub entity: Entity,
    /// Cases in which it occurs, newest first, at most 100.
    pub cases: Vec<(Case, CaseEntity)>,
    /// Recordings of it, newest first, at most 100.
    pub recordings: Vec<RecordingOfEntity>,
    /// Subjects who are enrolled from voices of those recordings.
    pub subjects: Vec<Subject>,
    /// Its latest events, at most 100.
    pub events: Vec<CaseEvent>,
    /// Entities that it has events with, at most 100.
    pub tied: Vec<Entity>,
}

impl Services {
    /// What is known of an entity.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn entity_detail(&self, id: EntityId) -> Result<EntityDetail, ServiceError> {
        let now = self.clock.now();
        let mut reader = self.store.reader().await?;
        let entity = reader
            .entity(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("entity", id))?;
        let cases = reader.cases_of_entity(id, MAX_LISTED).await?;
        let mut recordings = Vec::new();
        let mut subjects: Vec<Subject> = Vec::new();
        for party in reader.recordings_of_entity(id, MAX_LISTED).await? {
            let Some(recording) = reader.recording(party.recording_id).await? else {
                continue;
            };
            let voices = reader.voices_of_recording(recording.id, now).await?;
            for subject_id in voices.iter().filter_map(|voice| voice.subject_id) {
                let known = subjects.iter().any(|subject| subject.id == subject_id);
                if !known && let Some(subject) = reader.subject(subject_id).await? {
                    subjects.push(subject);
                }
            }
            recordings.push(RecordingOfEntity {
                role: party.role,
                recording,
                voices,
            });
        }
        let filter = EventFilter {
            entity_id: Some(id),
            ..EventFilter::default()
        };
        let page = PageRequest {
            limit: MAX_LISTED,
            after: None,
        };
        let events = reader.events(&filter, page).await?.items;
        let tied = reader.tied_entities(id, MAX_LISTED).await?;
        let tied = reader.entities(&tied).await?;
        Ok(EntityDetail {
            entity,
            cases,
            recordings,
            subjects,
            events,
            tied,
        })
    }

    /// One entity.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn entity(&self, id: EntityId) -> Result<Entity, ServiceError> {
        let found = self.store.reader().await?.entity(id).await?;
        found.ok_or_else(|| ServiceError::not_found("entity", id))
    }
}
