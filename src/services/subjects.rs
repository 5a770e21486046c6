//! Subjects are entered and edited.

use serde_json::json;

use super::cases::{MAX_TEXT_CHARS, check_name, check_text};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{Subject, SubjectClass, SubjectId};
use crate::store::{SubjectFilter, UnitOfWork};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 256;

/// A subject to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubject {
    /// Name.
    pub name: String,
    /// Capacity.
    pub class: SubjectClass,
    /// Note.
    pub note: Option<String>,
}

/// What changes in a subject; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectEdit {
    /// Name.
    pub name: Option<String>,
    /// Capacity.
    pub class: Option<SubjectClass>,
    /// Note, or none in its place.
    pub note: Option<Option<String>>,
}

impl Services {
    /// Enters a subject. Two subjects may share a name.
    ///
    /// # Errors
    /// `Invalid` when a text is empty or too long.
    pub async fn enter_subject(
        &self,
        actor: &Actor,
        new: NewSubject,
    ) -> Result<Subject, ServiceError> {
        let mut work = self.store.begin().await?;
        let subject = self.insert_subject(work.as_mut(), actor, new).await?;
        work.commit().await?;
        Ok(subject)
    }

    /// One subject.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn subject(&self, id: SubjectId) -> Result<Subject, ServiceError> {
        let mut reader = self.store.reader().await?;
        reader
            .subject(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("subject", id))
    }

    /// The subject with this name and class, entered if there is none.
    ///
    /// # Errors
    /// `Invalid` when the name is empty or too long; `Conflict` when several have it.
    pub async fn subject_by_name_or_enter(
        &self,
        actor: &Actor,
        new: NewSubject,
    ) -> Result<Subject, ServiceError> {
        let mut work = self.store.begin().await?;
        let filter = SubjectFilter {
            class: Some(new.class),
            name: Some(new.name.clone()),
        };
        let page = crate::domain::PageRequest {
            limit: 2,
            after: None,
        };
        let mut present = work.subjects(&filter, page).await?.items;
        if present.len() > 1 {
            return Err(ServiceError::Conflict {
                what: "subject name",
                value: new.name,
            });
        }
        if let Some(subject) = present.pop() {
            return Ok(subject);
        }
        let subject = self.insert_subject(work.as_mut(), actor, new).await?;
        work.commit().await?;
        Ok(subject)
    }

    /// Edits a subject whose version the caller knows.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, or `Stale` when somebody edited it meanwhile.
    pub async fn edit_subject(
        &self,
        actor: &Actor,
        id: SubjectId,
        version: u32,
        edit: SubjectEdit,
    ) -> Result<Subject, ServiceError> {
        let mut work = self.store.begin().await?;
        let present = work
            .subject(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("subject", id))?;
        let wanted = Subject {
            name: edit.name.unwrap_or(present.name),
            class: edit.class.unwrap_or(present.class),
            note: edit.note.unwrap_or(present.note),
            version,
            ..present
        };
        check_subject(&wanted.name, wanted.note.as_deref())?;
        let subject = work.update_subject(&wanted).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::SUBJECT_EDITED,
            &format!("subject/{id}"),
            json!({ "class": subject.class.as_str(), "version": subject.version }),
        )
        .await?;
        work.commit().await?;
        Ok(subject)
    }

    async fn insert_subject(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        new: NewSubject,
    ) -> Result<Subject, ServiceError> {
        check_subject(&new.name, new.note.as_deref())?;
        let subject = Subject {
            id: SubjectId::new(self.clock(), self.rng.as_ref()),
            name: new.name,
            class: new.class,
            note: new.note,
            version: 1,
            created_at: self.clock.now(),
        };
        work.insert_subject(&subject).await?;
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            audit::action::SUBJECT_ENTERED,
            &format!("subject/{}", subject.id),
            json!({ "class": subject.class.as_str() }),
        )
        .await?;
        Ok(subject)
    }
}

fn check_subject(name: &str, note: Option<&str>) -> Result<(), ServiceError> {
    check_name("name", name, MAX_NAME_CHARS)?;
    check_text("note", note, MAX_TEXT_CHARS)
}
