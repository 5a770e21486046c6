//! Entities come into cases: by hand, and with the numbers of recordings.

use serde_json::json;

use super::cases::{MAX_TEXT_CHARS, check_text};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    CaseEntity, CaseId, Entity, EntityId, EntityKind, Recording, RecordingId, Role,
};
use crate::entities::{NormalForm, Region, normal_form};
use crate::store::UnitOfWork;

/// Recordings whose numbers are read in one unit of work.
const RECORDINGS_A_TIME: u32 = 500;

/// An entity that a person adds to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntity {
    /// What it is.
    pub kind: EntityKind,
    /// Its value, as it is written.
    pub value: String,
    /// What the person says of it.
    pub note: Option<String>,
    /// Country of a number without a country code, where it is not the setting's.
    pub region: Option<String>,
}

impl Services {
    /// Adds an entity to a case; where it is there, the note takes the place of the one before.
    ///
    /// # Errors
    /// `Invalid` when the value is none of its kind or a text is too long, `NotFound` when the case
    /// does not exist.
    pub async fn add_case_entity(
        &self,
        actor: &Actor,
        case_id: CaseId,
        new: NewEntity,
    ) -> Result<CaseEntity, ServiceError> {
        check_text("note", new.note.as_deref(), MAX_TEXT_CHARS)?;
        let region = match &new.region {
            None => self.settings.entities.region,
            Some(text) => text.parse::<Region>().map_err(|_| ServiceError::Invalid {
                field: "region",
                found: format!("{text:?}"),
                expected: "two letters of a country such as CN".to_owned(),
            })?,
        };
        let form =
            normal_form(new.kind, &new.value, region).map_err(|error| ServiceError::Invalid {
                field: "value",
                found: error.found,
                expected: error.expected.to_owned(),
            })?;
        let mut work = self.store.begin().await?;
        if work.case(case_id).await?.is_none() {
            return Err(ServiceError::not_found("case", case_id));
        }
        let entity = self.put_form(work.as_mut(), &form, &new.value).await?;
        let place = CaseEntity {
            case_id,
            written: new.value.trim().to_owned(),
            note: new.note,
            added_by: Some(actor.as_str().to_owned()),
            events: 0,
            created_at: self.clock.now(),
            entity,
        };
        work.put_case_entity(&place).await?;
        let id = place.entity.id;
        let stands = work.case_entity(case_id, id).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::ENTITY_ADDED,
            &format!("case/{case_id}"),
            json!({ "entity_id": id, "kind": place.entity.kind, "has_note": place.note.is_some() }),
        )
        .await?;
        work.commit().await?;
        stands.ok_or_else(|| ServiceError::not_found("entity", id))
    }

    /// The entity of a normal form, added if it is new, in the caller's unit of work.
    pub(super) async fn put_form(
        &self,
        work: &mut dyn UnitOfWork,
        form: &NormalForm,
        written: &str,
    ) -> Result<Entity, ServiceError> {
        let new = self.new_entity(form, written);
        let ids = work.put_entities(std::slice::from_ref(&new)).await?;
        let id = ids.first().copied().unwrap_or(new.id);
        match work.entity(id).await? {
            Some(entity) => Ok(entity),
            None => Err(ServiceError::not_found("entity", id)),
        }
    }

    pub(super) fn new_entity(&self, form: &NormalForm, written: &str) -> Entity {
        Entity {
            id: EntityId::new(self.clock(), self.rng.as_ref()),
            kind: form.kind,
            normalised: form.value.clone(),
            written: written.trim().to_owned(),
            warnings: form.warnings.clone(),
            created_at: self.clock.now(),
        }
    }

    /// Makes entities of a recording's numbers, in the caller's unit of work. What is no number,
    /// such as `unknown`, stays what is said of the call and becomes no entity.
    pub(super) async fn read_parties(
        &self,
        work: &mut dyn UnitOfWork,
        recording: &Recording,
    ) -> Result<(), ServiceError> {
        let call = &recording.call;
        let region = self.settings.entities.region;
        let mut parties = Vec::new();
        for (role, number) in [(Role::From, &call.caller), (Role::To, &call.callee)] {
            let Some(written) = number.as_deref() else {
                continue;
            };
            let Ok(form) = normal_form(EntityKind::Phone, written, region) else {
                continue;
            };
            let entity = self.put_form(work, &form, written).await?;
            parties.push((role, entity.id));
            if let Some(case_id) = recording.case_id {
                let place = CaseEntity {
                    case_id,
                    written: written.trim().to_owned(),
                    note: None,
                    added_by: None,
                    events: 0,
                    created_at: self.clock.now(),
                    entity,
                };
                work.put_case_entity(&place).await?;
            }
        }
        work.put_parties(recording.id, call.started_at, &parties)
            .await?;
        Ok(())
    }

    /// Makes entities of the numbers of recordings that came in before there were entities.
    /// Returns how many recordings there were.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn read_older_parties(&self) -> Result<u64, ServiceError> {
        let mut read = 0;
        loop {
            // Most starts find nothing, and should not wait for a turn to write.
            let unread = self.store.reader().await?.unread_parties(1).await?;
            if unread.is_empty() {
                return Ok(read);
            }
            let mut work = self.store.begin().await?;
            let recordings = work.unread_parties(RECORDINGS_A_TIME).await?;
            for recording in &recordings {
                self.read_parties(work.as_mut(), recording).await?;
            }
            let ids: Vec<RecordingId> = recordings.iter().map(|recording| recording.id).collect();
            audit::record(
                work.as_mut(),
                self.clock(),
                Actor::service().as_str(),
                audit::action::PARTIES_READ,
                "recordings",
                json!({ "recording_ids": ids }),
            )
            .await?;
            work.commit().await?;
            read += recordings.len() as u64;
        }
    }
}
