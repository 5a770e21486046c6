//! Populations, their versions and members.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    ModelId, Page, PageRequest, Population, PopulationId, PopulationMember, PopulationSelection,
    PopulationVersion, Timestamp,
};

/// Looks at populations, and at the voices that one could be made of.
#[async_trait]
pub trait PopulationReader: Send {
    /// One population.
    async fn population(&mut self, id: PopulationId) -> Result<Option<Population>, StoreError>;
    /// Populations, newest first.
    async fn populations(&mut self, page: PageRequest) -> Result<Page<Population>, StoreError>;
    /// Versions of a population, newest first. They are few: each is a decision of people.
    async fn population_versions(
        &mut self,
        id: PopulationId,
    ) -> Result<Vec<PopulationVersion>, StoreError>;
    /// One version, or the newest one.
    async fn population_version(
        &mut self,
        id: PopulationId,
        version: Option<u32>,
    ) -> Result<Option<PopulationVersion>, StoreError>;
    /// Members of a version, those with the newest voiceprints first.
    async fn population_members(
        &mut self,
        version: &PopulationVersion,
        page: PageRequest,
    ) -> Result<Page<PopulationMember>, StoreError>;
    /// Every member of a version, by voiceprint.
    async fn whole_population(
        &mut self,
        version: &PopulationVersion,
    ) -> Result<Vec<PopulationMember>, StoreError>;
    /// Voices with a voiceprint under `model` that a selection takes, by voiceprint, at most
    /// `limit`; `subject_id` is that of an enrolment in force at `now`.
    async fn selected_voices(
        &mut self,
        selection: &PopulationSelection,
        model: &ModelId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<PopulationMember>, StoreError>;
}

/// Adds populations and versions. There is no way to change or remove one.
#[async_trait]
pub trait PopulationWriter: Send {
    /// Adds a population without a version. `Conflict` when its name is taken.
    async fn insert_population(&mut self, population: &Population) -> Result<(), StoreError>;
    /// Adds a version with its members. `Conflict` when it is there already, `Missing` when the
    /// population is not.
    async fn insert_population_version(
        &mut self,
        version: &PopulationVersion,
        members: &[PopulationMember],
    ) -> Result<(), StoreError>;
}
