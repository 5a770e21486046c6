//! Cases are opened and edited.

use serde_json::json;

use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{Case, CaseId};
use crate::store::UnitOfWork;

/// Longest case number, in characters.
const MAX_CASE_NO_CHARS: usize = 128;
/// Longest free text, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 10_000;

/// A case to be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCase {
    /// Number.
    pub case_no: String,
    /// Title.
    pub title: Option<String>,
    /// Note.
    pub note: Option<String>,
}

/// What changes in a case; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseEdit {
    /// Title, or none in its place.
    pub title: Option<Option<String>>,
    /// Note, or none in its place.
    pub note: Option<Option<String>>,
}

impl Services {
    /// Opens a case.
    ///
    /// # Errors
    /// `Invalid` when the number is empty or too long, `Conflict` when it is taken.
    pub async fn open_case(&self, actor: &Actor, new: NewCase) -> Result<Case, ServiceError> {
        let case = self.checked_case(new)?;
        let mut work = self.store.begin().await?;
        self.insert_case(work.as_mut(), actor, &case).await?;
        work.commit().await?;
        Ok(case)
    }

    /// One case.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn case(&self, id: CaseId) -> Result<Case, ServiceError> {
        let mut reader = self.store.reader().await?;
        reader
            .case(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("case", id))
    }

    /// Edits a case whose version the caller knows.
    ///
    /// # Errors
    /// `NotFound`, or `Stale` when somebody edited it meanwhile.
    pub async fn edit_case(
        &self,
        actor: &Actor,
        id: CaseId,
        version: u32,
        edit: CaseEdit,
    ) -> Result<Case, ServiceError> {
        let mut work = self.store.begin().await?;
        let present = work
            .case(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("case", id))?;
        let wanted = Case {
            title: edit.title.unwrap_or(present.title),
            note: edit.note.unwrap_or(present.note),
            version,
            ..present
        };
        check_text("title", wanted.title.as_deref(), MAX_TEXT_CHARS)?;
        check_text("note", wanted.note.as_deref(), MAX_TEXT_CHARS)?;
        let case = work.update_case(&wanted).await?;
        audit::record(
            work.as_mut(),
            self.clock(),
            actor.as_str(),
            audit::action::CASE_EDITED,
            &format!("case/{id}"),
            json!({ "version": case.version }),
        )
        .await?;
        work.commit().await?;
        Ok(case)
    }

    /// The case with this number, opened if it is new, inside the caller's unit of work.
    pub(super) async fn case_by_no_or_open(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        case_no: &str,
    ) -> Result<Case, ServiceError> {
        let case = self.checked_case(NewCase {
            case_no: case_no.to_owned(),
            ..NewCase::default()
        })?;
        if let Some(present) = work.case_by_no(&case.case_no).await? {
            return Ok(present);
        }
        self.insert_case(work, actor, &case).await?;
        Ok(case)
    }

    fn checked_case(&self, new: NewCase) -> Result<Case, ServiceError> {
        let case_no = new.case_no.trim().to_owned();
        check_name("case_no", &case_no, MAX_CASE_NO_CHARS)?;
        check_text("title", new.title.as_deref(), MAX_TEXT_CHARS)?;
        check_text("note", new.note.as_deref(), MAX_TEXT_CHARS)?;
        Ok(Case {
            id: CaseId::new(self.clock(), self.rng.as_ref()),
            case_no,
            title: new.title,
            note: new.note,
            version: 1,
            created_at: self.clock.now(),
        })
    }

    async fn insert_case(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        case: &Case,
    ) -> Result<(), ServiceError> {
        work.insert_case(case).await?;
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            audit::action::CASE_OPENED,
            &format!("case/{}", case.id),
            json!({ "case_no": case.case_no }),
        )
        .await?;
        Ok(())
    }
}

/// A required short text: not empty, not too long, no control characters.
pub(super) fn check_name(
    field: &'static str,
    text: &str,
    max_chars: usize,
) -> Result<(), ServiceError> {
    let invalid = |found: String| ServiceError::Invalid {
        field,
        found,
        expected: format!("1 to {max_chars} characters without control characters"),
    };
    if text.trim().is_empty() {
        return Err(invalid("empty".to_owned()));
    }
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(invalid(format!("{chars} characters long")));
    }
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(invalid(format!(
            "a text with control character U+{:04X}",
            control as u32
        )));
    }
    Ok(())
}

/// An optional text that may hold line breaks but not be too long.
pub(super) fn check_text(
    field: &'static str,
    text: Option<&str>,
    max_chars: usize,
) -> Result<(), ServiceError> {
    let chars = text.map_or(0, |text| text.chars().count());
    if chars > max_chars {
        return Err(ServiceError::Invalid {
            field,
            found: format!("{chars} characters long"),
            expected: format!("at most {max_chars} characters"),
        });
    }
    Ok(())
}
