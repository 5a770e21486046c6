//! Populations are made, and get new versions; none is ever changed or removed.

use std::collections::HashSet;

use serde_json::json;

use super::cases::{check_name, check_text};
use super::{Actor, ServiceError, Services};
use crate::audit;
use crate::domain::{
    EnrolledChoice, Page, PageRequest, Population, PopulationFacts, PopulationId, PopulationMember,
    PopulationSelection, PopulationVersion, VoiceId, digest_of_members,
};
use crate::store::{Reader, UnitOfWork};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 256;
/// Longest description and reason, in characters.
const MAX_TEXT_CHARS: usize = 2000;
/// Most voices that are named one by one.
const MAX_NAMED: usize = 10_000;

/// How large populations may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PopulationSettings {
    /// Voices below which nothing is measured on one.
    pub min_voices: u32,
    /// Most voices of one.
    pub max_voices: u32,
}

/// A population to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPopulation {
    /// Name.
    pub name: String,
    /// Whom it stands for.
    pub description: Option<String>,
    /// Which voices.
    pub selection: PopulationSelection,
}

/// A version to be made of a population that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPopulationVersion {
    /// Which voices.
    pub selection: PopulationSelection,
    /// Why.
    pub reason: Option<String>,
}

/// A population with its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationEntry {
    /// The population.
    pub population: Population,
    /// Its versions, newest first.
    pub versions: Vec<PopulationVersion>,
}

/// Whether a version is still what its digest says.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedPopulation {
    /// The version.
    pub version: PopulationVersion,
    /// Whether its members have its digest.
    pub is_whole: bool,
}

impl Services {
    /// Makes a population from the voices that a selection takes now.
    ///
    /// # Errors
    /// `Invalid` name, text or selection, or no voice or too many; `NotFound` for a case or a voice
    /// that is named; `Conflict` when the name is taken.
    pub async fn create_population(
        &self,
        actor: &Actor,
        new: NewPopulation,
    ) -> Result<PopulationEntry, ServiceError> {
        check_name("name", &new.name, MAX_NAME_CHARS)?;
        check_text("description", new.description.as_deref(), MAX_TEXT_CHARS)?;
        let population = Population {
            id: PopulationId::new(self.clock(), self.rng.as_ref()),
            name: new.name,
            description: new.description,
            created_at: self.clock.now(),
        };
        let mut work = self.store.begin().await?;
        work.insert_population(&population).await?;
        let wanted = NewPopulationVersion {
            selection: new.selection,
            reason: None,
        };
        let version = self
            .insert_version(work.as_mut(), actor, (&population, 1), wanted)
            .await?;
        work.commit().await?;
        Ok(PopulationEntry {
            population,
            versions: vec![version],
        })
    }

    /// Makes a new version of a population. Answers that name an earlier one keep it.
    ///
    /// # Errors
    /// As [`Services::create_population`]; `NotFound` when there is no such population.
    pub async fn add_population_version(
        &self,
        actor: &Actor,
        id: PopulationId,
        new: NewPopulationVersion,
    ) -> Result<PopulationEntry, ServiceError> {
        check_text("reason", new.reason.as_deref(), MAX_TEXT_CHARS)?;
        let mut work = self.store.begin().await?;
        let mut entry = entry(work.as_mut(), id).await?;
        let newest = entry.versions.first().map_or(0, |newest| newest.version);
        let version = self
            .insert_version(work.as_mut(), actor, (&entry.population, newest + 1), new)
            .await?;
        work.commit().await?;
        entry.versions.insert(0, version);
        Ok(entry)
    }

    /// Populations, newest first.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn populations(
        &self,
        page: PageRequest,
    ) -> Result<Page<PopulationEntry>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let found = reader.populations(page).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for population in found.items {
            let versions = reader.population_versions(population.id).await?;
            items.push(PopulationEntry {
                population,
                versions,
            });
        }
        Ok(Page {
            items,
            next: found.next,
        })
    }

    /// One population.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn population(&self, id: PopulationId) -> Result<PopulationEntry, ServiceError> {
        let mut reader = self.store.reader().await?;
        let population = reader.population(id).await?;
        Ok(PopulationEntry {
            population: population.ok_or_else(|| ServiceError::not_found("population", id))?,
            versions: reader.population_versions(id).await?,
        })
    }

    /// Members of a version, those with the newest voiceprints first.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn population_members(
        &self,
        id: PopulationId,
        version: u32,
        page: PageRequest,
    ) -> Result<Page<PopulationMember>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let version = found_version(reader.as_mut(), id, Some(version)).await?;
        Ok(reader.population_members(&version, page).await?)
    }

    /// Computes the digest of a version's members anew.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn check_population(
        &self,
        id: PopulationId,
        version: Option<u32>,
    ) -> Result<CheckedPopulation, ServiceError> {
        let mut reader = self.store.reader().await?;
        let version = found_version(reader.as_mut(), id, version).await?;
        let members = reader.whole_population(&version).await?;
        let model = version.model.clone();
        let digest = super::off_executor(move || digest_of_members(&model, &members)).await?;
        Ok(CheckedPopulation {
            is_whole: digest == version.sha256,
            version,
        })
    }

    async fn insert_version(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        (population, number): (&Population, u32),
        new: NewPopulationVersion,
    ) -> Result<PopulationVersion, ServiceError> {
        let selection = self.checked_selection(work, new.selection).await?;
        let members = self.selected(work, &selection).await?;
        let facts = PopulationFacts::of(&members).ok_or_else(|| ServiceError::Invalid {
            field: "selection",
            found: "one that takes no voice".to_owned(),
            expected: "one that takes a voice with a voiceprint".to_owned(),
        })?;
        let version = PopulationVersion {
            population_id: population.id,
            version: number,
            selection,
            facts,
            sha256: digest_of_members(self.analyser.model_id(), &members),
            model: self.analyser.model_id().clone(),
            actor: actor.as_str().to_owned(),
            reason: new.reason,
            created_at: self.clock.now(),
        };
        work.insert_population_version(&version, &members).await?;
        audit::record(
            work,
            self.clock(),
            actor.as_str(),
            audit::action::POPULATION_MADE,
            &format!("population/{}", population.id),
            json!({
                "name": population.name,
                "version": version.version,
                "voices": version.facts.voices,
                "sha256": version.sha256,
                "model": version.model,
                "selection": version.selection,
                "reason": version.reason,
            }),
        )
        .await?;
        Ok(version)
    }

    async fn selected(
        &self,
        work: &mut dyn UnitOfWork,
        selection: &PopulationSelection,
    ) -> Result<Vec<PopulationMember>, ServiceError> {
        let most = self.settings.populations.max_voices;
        let members = work
            .selected_voices(
                selection,
                self.analyser.model_id(),
                self.clock.now(),
                most.saturating_add(1),
            )
            .await?;
        if members.len() > most as usize {
            return Err(ServiceError::Invalid {
                field: "selection",
                found: format!("one that takes more than {most} voices"),
                expected: format!("at most {most} (setting populations.max_voices)"),
            });
        }
        Ok(members)
    }

    async fn checked_selection(
        &self,
        work: &mut dyn UnitOfWork,
        mut selection: PopulationSelection,
    ) -> Result<PopulationSelection, ServiceError> {
        let invalid = |field, found: String, expected: &str| ServiceError::Invalid {
            field,
            found,
            expected: expected.to_owned(),
        };
        if let (Some(least), Some(most)) = (selection.min_net_speech, selection.max_net_speech)
            && least > most
        {
            let found = format!("from {least} to {most}");
            return Err(invalid("net_speech_ms", found, "the least before the most"));
        }
        if let (Some(from), Some(until)) = (selection.from, selection.until)
            && from >= until
        {
            let found = format!("{from} to {until}");
            return Err(invalid("until", found, "a time after from"));
        }
        if selection.subject_class.is_some() && selection.enrolled == EnrolledChoice::NotEnrolled {
            let found = "not_enrolled beside subject_class".to_owned();
            return Err(invalid("enrolled", found, "any or enrolled beside a class"));
        }
        if let Some(case_id) = selection.case_id
            && work.case(case_id).await?.is_none()
        {
            return Err(ServiceError::not_found("case", case_id));
        }
        if selection.voice_ids.len() > MAX_NAMED {
            return Err(ServiceError::Invalid {
                field: "voice_ids",
                found: format!("{} voices", selection.voice_ids.len()),
                expected: format!("at most {MAX_NAMED}"),
            });
        }
        selection.voice_ids.sort_unstable();
        selection.voice_ids.dedup();
        self.check_named(work, &selection.voice_ids).await?;
        Ok(selection)
    }

    /// Voices that are named one by one must be there, and be fit to be compared.
    async fn check_named(
        &self,
        work: &mut dyn UnitOfWork,
        ids: &[VoiceId],
    ) -> Result<(), ServiceError> {
        let voices = work.voices(ids, self.clock.now()).await?;
        let known: HashSet<VoiceId> = voices.iter().map(|voice| voice.id).collect();
        if let Some(unknown) = ids.iter().find(|id| !known.contains(id)) {
            return Err(ServiceError::not_found("voice", unknown));
        }
        let without = voices
            .iter()
            .find(|voice| voice.too_little_speech_minimum.is_some());
        match without {
            None => Ok(()),
            Some(voice) => Err(ServiceError::Invalid {
                field: "voice_ids",
                found: format!("voice {} without a voiceprint", voice.id),
                expected: "voices with enough speech for one".to_owned(),
            }),
        }
    }
}

async fn entry(
    work: &mut dyn UnitOfWork,
    id: PopulationId,
) -> Result<PopulationEntry, ServiceError> {
    let population = work.population(id).await?;
    Ok(PopulationEntry {
        population: population.ok_or_else(|| ServiceError::not_found("population", id))?,
        versions: work.population_versions(id).await?,
    })
}

/// A version, or the newest one.
pub(super) async fn found_version(
    reader: &mut dyn Reader,
    id: PopulationId,
    version: Option<u32>,
) -> Result<PopulationVersion, ServiceError> {
    let found = reader.population_version(id, version).await?;
    found.ok_or_else(|| match version {
        None => ServiceError::not_found("population", id),
        Some(version) => ServiceError::NotFound {
            what: "population version",
            id: format!("{id}/{version}"),
        },
    })
}
