//! Searches and comparisons are measured on a population.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::population_use::{CaseSides, LoadedPopulation, Own, Person, PopulationChoice};
use super::probes::{Probe, side_of};
use super::{ServiceError, Services};
use crate::domain::{
    Candidate, Llr, PopulationRates, PopulationUse, SubjectCandidate, SubjectId, VoiceFacts,
    VoiceId,
};
use crate::scoring::{Calibration, Side};
use crate::store::Reader;

/// What stands on the right of a comparison.
pub(super) enum PairRight<'a> {
    /// A voice.
    Voice(&'a Probe),
    /// A subject by these voices.
    Subject(SubjectId, &'a [VoiceId]),
}

impl Services {
    /// Measures the candidates and subjects of a search on a population.
    pub(super) async fn measure_search(
        &self,
        reader: &mut dyn Reader,
        loaded: Arc<LoadedPopulation>,
        (calibration, probe): (Arc<Calibration>, &Probe),
        enrolled: Arc<HashMap<VoiceId, SubjectId>>,
        candidates: &mut [Candidate],
        subjects: &mut [(SubjectCandidate, Vec<VoiceId>)],
    ) -> Result<PopulationUse, ServiceError> {
        let asking = self.probe_person("probe", probe, &enrolled)?;
        let mut people = Vec::new();
        // Where each one's rates go: a voice that left the gallery meanwhile has none.
        let mut places = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let subject = candidate.subject.as_ref().map(|subject| subject.id);
            let ids: Vec<VoiceId> = candidate.voice.voice_id.into_iter().collect();
            if let Some(person) = self.person(reader, &ids, subject).await? {
                people.push((person, candidate.evidence.llr));
                places.push(at);
            }
        }
        let of_candidates = places.len();
        for (at, (subject, ids)) in subjects.iter().enumerate() {
            if let Some(person) = self
                .person(reader, ids, Some(subject.side.subject.id))
                .await?
            {
                people.push((person, subject.evidence.llr));
                places.push(at);
            }
        }
        let (used, rates) = super::off_executor(move || {
            let case = CaseSides::Probe;
            loaded.measure(&calibration, &enrolled, &asking, &people, case)
        })
        .await??;
        for (number, (at, rates)) in places.into_iter().zip(rates).enumerate() {
            let place = if number < of_candidates {
                candidates.get_mut(at).map(|one| &mut one.population)
            } else {
                subjects.get_mut(at).map(|(one, _)| &mut one.population)
            };
            if let Some(place) = place {
                *place = Some(rates);
            }
        }
        Ok(used)
    }

    /// Measures a comparison on a population.
    pub(super) async fn measure_pair(
        &self,
        choice: PopulationChoice,
        calibration: &Arc<Calibration>,
        (left, right): (&Probe, PairRight<'_>),
        llr: Llr,
    ) -> Result<(PopulationUse, Option<PopulationRates>), ServiceError> {
        let mut reader = self.store.reader().await?;
        let loaded = self.chosen_population(reader.as_mut(), choice).await?;
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .collect();
        let left = self.probe_person("left", left, &enrolled)?;
        let right = match right {
            PairRight::Voice(probe) => Some(self.probe_person("right", probe, &enrolled)?),
            PairRight::Subject(id, voices) => {
                self.person(reader.as_mut(), voices, Some(id)).await?
            }
        };
        drop(reader);
        let people: Vec<(Person, Llr)> = right.into_iter().map(|right| (right, llr)).collect();
        let calibration = Arc::clone(calibration);
        let (used, rates) = super::off_executor(move || {
            loaded.measure(&calibration, &enrolled, &left, &people, CaseSides::Both)
        })
        .await??;
        Ok((used, rates.into_iter().next()))
    }

    /// A probe as one person.
    pub(super) fn probe_person(
        &self,
        name: &'static str,
        probe: &Probe,
        enrolled: &HashMap<VoiceId, SubjectId>,
    ) -> Result<Person, ServiceError> {
        let compensated = self.analyser.compensator().apply(&probe.embedding);
        let compensated = compensated.map_err(|error| ServiceError::Interrupted {
            detail: format!("the probe cannot be compensated: {error}"),
        })?;
        let subject = |facts: &VoiceFacts| enrolled.get(&facts.voice_id?).copied();
        Ok(Person {
            name,
            voices: vec![(compensated, side_of(&probe.facts))],
            own: Own {
                voices: probe.facts.voice_id.into_iter().collect(),
                recordings: probe.facts.recording_id.into_iter().collect(),
                files: HashSet::from([probe.sha256]),
                subject: subject(&probe.facts),
            },
        })
    }

    /// Voices of the gallery as one person; none when one of them has left it.
    pub(super) async fn person(
        &self,
        reader: &mut dyn Reader,
        ids: &[VoiceId],
        subject: Option<SubjectId>,
    ) -> Result<Option<Person>, ServiceError> {
        let embeddings = self.gallery.compensated_of(ids)?;
        let voices = reader.voices(ids, self.clock.now()).await?;
        let mut own = Own {
            voices: ids.iter().copied().collect(),
            subject,
            ..Own::default()
        };
        let by_id: HashMap<VoiceId, Side> = voices
            .iter()
            .map(|voice| {
                let side = Side::of(voice.net_speech, &voice.quality);
                (voice.id, side)
            })
            .collect();
        for voice in &voices {
            if own.recordings.insert(voice.recording_id)
                && let Some(recording) = reader.recording(voice.recording_id).await?
            {
                own.files.insert(recording.sha256);
            }
        }
        let sides = ids.iter().map(|id| by_id.get(id).copied());
        let whole: Option<Vec<_>> = embeddings
            .into_iter()
            .zip(sides)
            .map(|(embedding, side)| Some((embedding?, side?)))
            .collect();
        Ok(whole
            .filter(|voices| !voices.is_empty())
            .map(|voices| Person {
                name: "right",
                voices,
                own,
            }))
    }
}
