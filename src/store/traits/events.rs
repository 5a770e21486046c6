//! Events between entities, and the imports that they came with.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    CaseEvent, CaseId, EntityId, EventId, EventKind, EventTie, Failure, Import, ImportCounts,
    ImportId, ImportState, Page, PageRequest, RowError, Sha256, Timestamp,
};

/// Narrows a list of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this case.
    pub case_id: Option<CaseId>,
    /// With this entity in any role.
    pub entity_id: Option<EntityId>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// That began at this time or later.
    pub from: Option<Timestamp>,
    /// That began before this time.
    pub to: Option<Timestamp>,
}

/// Looks at events.
#[async_trait]
pub trait EventReader: Send {
    /// One event.
    async fn event(&mut self, id: EventId) -> Result<Option<CaseEvent>, StoreError>;
    /// Events, the latest first. A cursor holds the time that an event began.
    async fn events(
        &mut self,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<CaseEvent>, StoreError>;
    /// Which of these contents a case has, each being the time of an event and its content key.
    async fn known_contents(
        &mut self,
        case_id: CaseId,
        contents: &[(Timestamp, [u8; 16])],
    ) -> Result<HashSet<[u8; 16]>, StoreError>;
    /// Number of events of a case by kind; kinds without any are left out.
    async fn event_counts(&mut self, case_id: CaseId) -> Result<Vec<(EventKind, u64)>, StoreError>;
    /// Calls of a case between two numbers, whichever called, that began from `from` to `to`, at
    /// most `limit`.
    async fn calls_between(
        &mut self,
        case_id: CaseId,
        numbers: [EntityId; 2],
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(EventId, Timestamp)>, StoreError>;
    /// Events of a case added up by kind and sides, those with the most events first, at most
    /// `limit`.
    async fn ties_of_case(
        &mut self,
        case_id: CaseId,
        limit: u32,
    ) -> Result<Vec<EventTie>, StoreError>;
    /// Number of such sums of a case.
    async fn tie_count(&mut self, case_id: CaseId) -> Result<u64, StoreError>;
    /// Entities with which an entity has events in any case, at most `limit`.
    async fn tied_entities(
        &mut self,
        id: EntityId,
        limit: u32,
    ) -> Result<Vec<EntityId>, StoreError>;
}

/// Events to be added to a case.
#[derive(Debug, Clone, Copy)]
pub struct AddedEvents<'a> {
    /// Case of all of them.
    pub case_id: CaseId,
    /// The events; every entity that takes part is in the store.
    pub events: &'a [CaseEvent],
    /// How their entities are written here.
    pub written: &'a HashMap<EntityId, String>,
    /// When they are added.
    pub at: Timestamp,
}

/// Adds events.
#[async_trait]
pub trait EventWriter: Send {
    /// Adds those events that the case does not have by their content, with their entities and
    /// sums. Returns how many were new. `Missing` when the case, the import or an entity is not
    /// there.
    async fn add_events(&mut self, added: &AddedEvents<'_>) -> Result<u64, StoreError>;
}

/// Looks at imports.
#[async_trait]
pub trait ImportReader: Send {
    /// One import.
    async fn import(&mut self, id: ImportId) -> Result<Option<Import>, StoreError>;
    /// Imports of a case, or of all, newest first.
    async fn imports(
        &mut self,
        case_id: Option<CaseId>,
        page: PageRequest,
    ) -> Result<Page<Import>, StoreError>;
    /// Imports of these bytes, newest first; into one case where it is named. They are few.
    async fn imports_of_bytes(
        &mut self,
        sha256: Sha256,
        case_id: Option<CaseId>,
    ) -> Result<Vec<Import>, StoreError>;
    /// Rows that are no events, from position `after` on, at most `limit`.
    async fn import_errors(
        &mut self,
        id: ImportId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<RowError>, StoreError>;
}

/// Adds imports and says how far they have come.
#[async_trait]
pub trait ImportWriter: Send {
    /// Adds an import. `Missing` when its case is not there.
    async fn insert_import(&mut self, import: &Import) -> Result<(), StoreError>;
    /// Says how far an import has come, and keeps further errors behind those that it has.
    /// `Missing` when there is no such import.
    async fn advance_import(
        &mut self,
        id: ImportId,
        counts: ImportCounts,
        errors: &[RowError],
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Gives an import a state. `Missing` when there is no such import.
    async fn set_import_state(
        &mut self,
        id: ImportId,
        state: ImportState,
        failure: Option<&Failure>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
