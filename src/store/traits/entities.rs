//! Entities, and where they occur.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    Case, CaseEntity, CaseId, Entity, EntityId, EntityKind, Page, PageRequest, Recording,
    RecordingId, Role, SubjectId, Timestamp, VoiceId,
};

/// Where in a text a search word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextMatch {
    /// It is the whole text.
    Whole,
    /// The text begins with it.
    Prefix,
    /// It stands anywhere. Reads the whole table.
    Anywhere,
}

/// An entity that occurs in a case, and how rare it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedEntity {
    /// Entity.
    pub entity: Entity,
    /// Another case in which it occurs.
    pub other: CaseId,
    /// Number of all cases in which it occurs.
    pub cases: u64,
}

/// A number of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingParty {
    /// Recording.
    pub recording_id: RecordingId,
    /// Whether it called or was called.
    pub role: Role,
    /// When the call began.
    pub started_at: Option<Timestamp>,
}

/// A voice that is enrolled for a subject, and where it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardSubject {
    /// Subject.
    pub subject_id: SubjectId,
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Case of that recording.
    pub case_id: CaseId,
}

/// Looks at entities.
#[async_trait]
pub trait EntityReader: Send {
    /// One entity.
    async fn entity(&mut self, id: EntityId) -> Result<Option<Entity>, StoreError>;
    /// Several entities in one go; those that do not exist are left out.
    async fn entities(&mut self, ids: &[EntityId]) -> Result<Vec<Entity>, StoreError>;
    /// The entity with this normal form.
    async fn entity_by_value(
        &mut self,
        kind: EntityKind,
        normalised: &str,
    ) -> Result<Option<Entity>, StoreError>;
    /// Entities whose normal form begins with or holds `text`, at most `limit`, in the order of
    /// their normal forms.
    async fn entities_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Entity>, StoreError>;
    /// That an entity occurs in a case.
    async fn case_entity(
        &mut self,
        case_id: CaseId,
        entity_id: EntityId,
    ) -> Result<Option<CaseEntity>, StoreError>;
    /// Entities of a case, newest first.
    async fn entities_of_case(
        &mut self,
        case_id: CaseId,
        kind: Option<EntityKind>,
        page: PageRequest,
    ) -> Result<Page<CaseEntity>, StoreError>;
    /// Entities of a case with the most events, at most `limit`.
    async fn busiest_entities(
        &mut self,
        case_id: CaseId,
        limit: u32,
    ) -> Result<Vec<CaseEntity>, StoreError>;
    /// Number of entities of a case.
    async fn entity_count(&mut self, case_id: CaseId) -> Result<u64, StoreError>;
    /// Cases in which an entity occurs, newest first, at most `limit`.
    async fn cases_of_entity(
        &mut self,
        id: EntityId,
        limit: u32,
    ) -> Result<Vec<(Case, CaseEntity)>, StoreError>;
    /// Number of cases in which each of these entities occurs; those that occur in none are left
    /// out.
    async fn entity_case_counts(
        &mut self,
        ids: &[EntityId],
    ) -> Result<Vec<(EntityId, u64)>, StoreError>;
    /// Entities that a case shares with others, the rarest first, at most `limit`; with one case
    /// where it is named.
    async fn shared_entities(
        &mut self,
        case_id: CaseId,
        with: Option<CaseId>,
        limit: u32,
    ) -> Result<Vec<SharedEntity>, StoreError>;
    /// Recordings of a number, newest first, at most `limit`.
    async fn recordings_of_entity(
        &mut self,
        id: EntityId,
        limit: u32,
    ) -> Result<Vec<RecordingParty>, StoreError>;
    /// Numbers of a recording.
    async fn parties_of_recording(
        &mut self,
        id: RecordingId,
    ) -> Result<Vec<(Role, Entity)>, StoreError>;
    /// Recordings of a case between two numbers, whichever called, that began from `from` to `to`,
    /// at most `limit`.
    async fn recordings_between(
        &mut self,
        case_id: CaseId,
        numbers: [EntityId; 2],
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(RecordingId, Timestamp)>, StoreError>;
    /// Recordings with numbers that were not read yet, the oldest first, at most `limit`.
    async fn unread_parties(&mut self, limit: u32) -> Result<Vec<Recording>, StoreError>;
    /// Where voices of subjects are heard whose enrolment is in force at `now`: in one case, or in
    /// all.
    async fn heard_subjects(
        &mut self,
        case_id: Option<CaseId>,
        now: Timestamp,
    ) -> Result<Vec<HeardSubject>, StoreError>;
    /// Number of cases.
    async fn case_count(&mut self) -> Result<u64, StoreError>;
    /// Cases whose number, or title, holds `text`, newest first, at most `limit`.
    async fn cases_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Case>, StoreError>;
    /// Subjects whose name holds `text`, newest first, at most `limit`.
    async fn subjects_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<crate::domain::Subject>, StoreError>;
    /// Recordings whose file name holds `text`, newest first, at most `limit`.
    async fn recordings_like(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Recording>, StoreError>;
}

/// Adds entities.
#[async_trait]
pub trait EntityWriter: Send {
    /// Adds those entities whose normal forms are new, and returns the id of each, in order: its
    /// own, or that of the entity that was there.
    async fn put_entities(&mut self, entities: &[Entity]) -> Result<Vec<EntityId>, StoreError>;
    /// Says that an entity occurs in a case; where that is known, a note and its author take the
    /// place of those before, and the rest stays. `Missing` when either is not there.
    async fn put_case_entity(&mut self, entity: &CaseEntity) -> Result<(), StoreError>;
    /// Keeps the numbers of a recording in place of those before, and that they were read.
    /// `Missing` when there is no such recording.
    async fn put_parties(
        &mut self,
        id: RecordingId,
        started_at: Option<Timestamp>,
        parties: &[(Role, EntityId)],
    ) -> Result<(), StoreError>;
}
