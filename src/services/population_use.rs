//! Answers are measured on a population: how many of its voices would look as good.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::populations::found_version;
use super::{ServiceError, Services};
use crate::domain::{
    Embedding, Llr, NetSpeech, Population, PopulationFindings, PopulationId, PopulationMember,
    PopulationMismatch, PopulationRates, PopulationUse, PopulationVersion, PopulationWarning,
    RecordingId, Sha256, SubjectId, VoiceId,
};
use crate::scoring::{Calibration, PopulationMatrix, Side};
use crate::store::Reader;

/// Populations that stay in memory: one of 20,000 voices takes 16 MB.
const KEPT: usize = 4;

/// Which population an answer is to be measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PopulationChoice {
    /// Population.
    pub id: PopulationId,
    /// Version; none for the newest.
    pub version: Option<u32>,
}

/// A version with its compensated embeddings.
pub(super) struct LoadedPopulation {
    population: Population,
    version: PopulationVersion,
    /// In the order of the matrix's rows, without embeddings.
    members: Vec<Known>,
    matrix: PopulationMatrix,
}

/// What is known of a member besides its embedding.
struct Known {
    voice_id: VoiceId,
    recording_id: RecordingId,
    recording_sha256: Sha256,
    subject_id: Option<SubjectId>,
}

/// The versions that were used last.
#[derive(Default)]
pub(super) struct PopulationsInUse(Mutex<Vec<Arc<LoadedPopulation>>>);

impl PopulationsInUse {
    fn found(&self, id: PopulationId, version: u32) -> Option<Arc<LoadedPopulation>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept
            .iter()
            .position(|one| one.population.id == id && one.version.version == version)?;
        let found = kept.remove(at);
        kept.insert(0, Arc::clone(&found));
        Some(found)
    }

    fn keep(&self, loaded: &Arc<LoadedPopulation>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, Arc::clone(loaded));
        kept.truncate(KEPT);
    }
}

/// One of the two people of a pair, by one voice or several.
pub(super) struct Person {
    /// What warnings call it.
    pub(super) name: &'static str,
    /// Voices, their channels compensated.
    pub(super) voices: Vec<(Embedding, Side)>,
    /// What the members that may be this person are known by.
    pub(super) own: Own,
}

/// What members that may be one person are known by.
#[derive(Debug, Clone, Default)]
pub(super) struct Own {
    pub(super) voices: HashSet<VoiceId>,
    pub(super) recordings: HashSet<RecordingId>,
    pub(super) files: HashSet<Sha256>,
    pub(super) subject: Option<SubjectId>,
}

/// Whose conditions are the case's, which the population should resemble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaseSides {
    /// The probe's: a search has many candidates.
    Probe,
    /// Those of both sides of a comparison.
    Both,
}

impl LoadedPopulation {
    /// Which members may be this person, whoever enrolled them since.
    pub(super) fn left_out(&self, own: &Own, enrolled: &HashMap<VoiceId, SubjectId>) -> Vec<bool> {
        self.members
            .iter()
            .map(|member| {
                let now = enrolled.get(&member.voice_id).copied();
                own.voices.contains(&member.voice_id)
                    || own.recordings.contains(&member.recording_id)
                    || own.files.contains(&member.recording_sha256)
                    || own
                        .subject
                        .is_some_and(|own| Some(own) == now || Some(own) == member.subject_id)
            })
            .collect()
    }

    /// How many members reach the ratio of each candidate, with the probe and with the candidate;
    /// and what the answer says of the population.
    pub(super) fn measure(
        &self,
        calibration: &Calibration,
        enrolled: &HashMap<VoiceId, SubjectId>,
        probe: &Person,
        candidates: &[(Person, Llr)],
        case: CaseSides,
    ) -> Result<(PopulationUse, Vec<PopulationRates>), ServiceError> {
        let people = std::iter::once(probe).chain(candidates.iter().map(|(one, _)| one));
        let out: Vec<Vec<bool>> = people
            .map(|person| self.left_out(&person.own, enrolled))
            .collect();
        self.measure_without(calibration, (probe, candidates), &out, case)
    }

    /// The same, where it is known which members are not counted as the probe, and as each candidate.
    pub(super) fn measure_without(
        &self,
        calibration: &Calibration,
        (probe, candidates): (&Person, &[(Person, Llr)]),
        left_out: &[Vec<bool>],
        case: CaseSides,
    ) -> Result<(PopulationUse, Vec<PopulationRates>), ServiceError> {
        let people = || std::iter::once(probe).chain(candidates.iter().map(|(one, _)| one));
        let voices: Vec<&Embedding> = people()
            .flat_map(|person| person.voices.iter().map(|(embedding, _)| embedding))
            .collect();
        let scores = self.matrix.scores(&voices).map_err(|error| {
            let detail = format!("a voice cannot be measured on the population: {error}");
            ServiceError::Interrupted { detail }
        })?;
        let mut rows = scores.rows().into_iter();
        let mut scored: Vec<Vec<_>> = Vec::with_capacity(candidates.len() + 1);
        for person in people() {
            let sides = person.voices.iter().map(|(_, side)| *side);
            scored.push(
                sides
                    .zip(&mut rows)
                    .map(|(side, row)| (row, side))
                    .collect(),
            );
        }
        let nobody = Vec::new();
        let out_probe = left_out.first().unwrap_or(&nobody);
        let no_rows = Vec::new();
        let of_probe = scored.first().unwrap_or(&no_rows);
        let mut rates = Vec::with_capacity(candidates.len());
        let outs = left_out.iter().skip(1);
        for (((_, llr), of_candidate), out) in
            candidates.iter().zip(scored.iter().skip(1)).zip(outs)
        {
            let either = out.iter().zip(out_probe);
            let out: Vec<bool> = either.map(|(one, other)| *one || *other).collect();
            let reach = |voices: &Vec<_>| match voices.as_slice() {
                [(row, side)] => {
                    let row: &ndarray::ArrayView1<'_, f32> = row;
                    self.matrix.reach(calibration, (*row, *side), *llr, &out)
                }
                several => self.matrix.reach_jointly(calibration, several, *llr, &out),
            };
            rates.push(PopulationRates {
                probe: reach(of_probe),
                candidate: reach(of_candidate),
            });
        }
        let mut warnings = Vec::new();
        let judged = match case {
            CaseSides::Probe => 1,
            CaseSides::Both => 2,
        };
        for ((person, rows), out) in people().zip(&scored).zip(left_out).take(judged) {
            for (row, side) in rows {
                self.warn(person.name, (*row, *side), out, &mut warnings);
            }
        }
        Ok((self.used(warnings), rates))
    }

    /// Voices of the members that are marked.
    pub(super) fn voices_of(&self, marked: &[bool]) -> Vec<VoiceId> {
        let members = self.members.iter().zip(marked);
        members
            .filter(|(_, is_marked)| **is_marked)
            .map(|(member, _)| member.voice_id)
            .collect()
    }

    /// Marks the members with these voices.
    pub(super) fn marked(&self, voices: &[VoiceId]) -> Vec<bool> {
        let voices: HashSet<&VoiceId> = voices.iter().collect();
        let members = self.members.iter();
        members
            .map(|member| voices.contains(&member.voice_id))
            .collect()
    }

    /// What findings say of it, once it is known what came of it.
    pub(super) fn findings(
        &self,
        used: PopulationUse,
        left_out: [Vec<VoiceId>; 2],
        rates: Option<PopulationRates>,
    ) -> PopulationFindings {
        PopulationFindings {
            used,
            description: self.population.description.clone(),
            selection: self.version.selection.clone(),
            facts: self.version.facts,
            model: self.version.model.clone(),
            made_at: self.version.created_at,
            left_out,
            rates,
        }
    }

    /// In what a voice does not resemble the population.
    fn warn(
        &self,
        name: &str,
        (scores, side): (ndarray::ArrayView1<'_, f32>, Side),
        left_out: &[bool],
        warnings: &mut Vec<PopulationWarning>,
    ) {
        let mut warn = |kind, found: String, population: String| {
            let known = |one: &PopulationWarning| one.kind == kind && one.side == name;
            if !warnings.iter().any(known) {
                warnings.push(PopulationWarning {
                    kind,
                    side: name.to_owned(),
                    found,
                    population,
                });
            }
        };
        let (alike, all) = (self.matrix.of_bandwidth(side.bandwidth), self.matrix.len());
        if 2 * alike < all {
            let found = side.bandwidth.as_str().to_owned();
            warn(
                PopulationMismatch::Bandwidth,
                found,
                format!("{alike}/{all}"),
            );
        }
        let [shortest, longest] = self.matrix.ordinary_speech();
        if !(shortest..=longest).contains(&side.net_speech) {
            let [found, shortest, longest] = [side.net_speech, shortest, longest].map(seconds);
            let range = format!("{shortest} - {longest}");
            warn(PopulationMismatch::NetSpeech, found, range);
        }
        let [least, most] = self.matrix.ordinary_likeness();
        if let Some(likeness) = self.matrix.likeness_of(scores, left_out)
            && !(least..=most).contains(&likeness)
        {
            let range = format!("{least:.3} - {most:.3}");
            warn(PopulationMismatch::Unlike, format!("{likeness:.3}"), range);
        }
    }

    fn used(&self, warnings: Vec<PopulationWarning>) -> PopulationUse {
        PopulationUse {
            id: self.population.id,
            name: self.population.name.clone(),
            version: self.version.version,
            sha256: self.version.sha256,
            voices: self.version.facts.voices,
            warnings,
        }
    }
}

impl Services {
    /// The population that was chosen, ready to be measured on.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when it has too few voices, or is of another model.
    pub(super) async fn chosen_population(
        &self,
        reader: &mut dyn Reader,
        choice: PopulationChoice,
    ) -> Result<Arc<LoadedPopulation>, ServiceError> {
        let version = found_version(reader, choice.id, choice.version).await?;
        self.check_usable(&version)?;
        if let Some(found) = self.populations_in_use.found(choice.id, version.version) {
            return Ok(found);
        }
        let population = reader.population(choice.id).await?;
        let population =
            population.ok_or_else(|| ServiceError::not_found("population", choice.id))?;
        let members = reader.whole_population(&version).await?;
        let compensator = Arc::clone(self.analyser.compensator());
        let loaded = super::off_executor(move || -> Result<_, ServiceError> {
            let damaged = |error: String| ServiceError::Interrupted {
                detail: format!("population {} cannot be used: {error}", population.id),
            };
            let mut voices = Vec::with_capacity(members.len());
            for member in &members {
                let compensated = compensator.apply(&member.embedding);
                // Noise and clipping are not kept of a member, so its ratios are drawn toward 0 only
                // for the other side's: it reaches a ratio rather more often than less.
                let side = Side {
                    bandwidth: member.bandwidth,
                    net_speech: member.net_speech,
                    wada_snr_db: None,
                    clipping_ratio: None,
                };
                voices.push((
                    compensated.map_err(|error| damaged(error.to_string()))?,
                    side,
                ));
            }
            let matrix = PopulationMatrix::new(&voices);
            Ok(LoadedPopulation {
                matrix: matrix.map_err(|error| damaged(error.to_string()))?,
                members: members.iter().map(Known::of).collect(),
                population,
                version,
            })
        })
        .await??;
        let loaded = Arc::new(loaded);
        self.populations_in_use.keep(&loaded);
        Ok(loaded)
    }

    fn check_usable(&self, version: &PopulationVersion) -> Result<(), ServiceError> {
        let least = self.settings.populations.min_voices;
        if version.facts.voices < least {
            return Err(ServiceError::Invalid {
                field: "population_id",
                found: format!("a population of {} voices", version.facts.voices),
                expected: format!("at least {least} (setting populations.min_voices)"),
            });
        }
        let model = self.analyser.model_id();
        if version.model != *model {
            return Err(ServiceError::Invalid {
                field: "population_id",
                found: format!(
                    "version {}, with voiceprints of model {}",
                    version.version, version.model
                ),
                expected: format!("a version with voiceprints of model {model}: make a new one"),
            });
        }
        Ok(())
    }
}

/// To a tenth, which is what people compare.
fn seconds(speech: NetSpeech) -> String {
    format!("{:.1} s", speech.as_millis() as f64 / 1000.0)
}

impl Known {
    fn of(member: &PopulationMember) -> Self {
        Self {
            voice_id: member.voice_id,
            recording_id: member.recording_id,
            recording_sha256: member.recording_sha256,
            subject_id: member.subject_id,
        }
    }
}

#[cfg(test)]
mod tests;
