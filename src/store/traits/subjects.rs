//! Subjects and enrolments.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    Enrolment, EnrolmentId, Page, PageRequest, Subject, SubjectClass, SubjectId, Timestamp,
};

/// Narrows a list of subjects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectFilter {
    /// Of this class.
    pub class: Option<SubjectClass>,
    /// With exactly this name.
    pub name: Option<String>,
}

/// Looks at subjects and enrolments.
#[async_trait]
pub trait SubjectReader: Send {
    /// One subject.
    async fn subject(&mut self, id: SubjectId) -> Result<Option<Subject>, StoreError>;
    /// Subjects, newest first.
    async fn subjects(
        &mut self,
        filter: &SubjectFilter,
        page: PageRequest,
    ) -> Result<Page<Subject>, StoreError>;
    /// One enrolment.
    async fn enrolment(&mut self, id: EnrolmentId) -> Result<Option<Enrolment>, StoreError>;
    /// Enrolments of a subject, newest first.
    async fn enrolments_of(&mut self, id: SubjectId) -> Result<Vec<Enrolment>, StoreError>;
}

/// Changes subjects and enrolments.
#[async_trait]
pub trait SubjectWriter: Send {
    /// Adds a subject. `Conflict` when its id is taken.
    async fn insert_subject(&mut self, subject: &Subject) -> Result<(), StoreError>;
    /// Replaces name, class and note; see [`update_case`](crate::store::CaseWriter::update_case) on versions.
    async fn update_subject(&mut self, subject: &Subject) -> Result<Subject, StoreError>;
    /// Adds an enrolment with its voices. `Missing` when the subject or a voice is not there.
    async fn insert_enrolment(&mut self, enrolment: &Enrolment) -> Result<(), StoreError>;
    /// Withdraws an enrolment; the row stays. One that was withdrawn before keeps its time.
    /// `Missing` when there is no such enrolment.
    async fn withdraw_enrolment(
        &mut self,
        id: EnrolmentId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
