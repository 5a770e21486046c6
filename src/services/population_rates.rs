//! Searches and comparisons are measured on a population.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::comparing::{ComparedVoice, compensated};
use super::population_use::{CaseSides, LoadedPopulation, Own, Person, PopulationChoice};
use super::probes::{Probe, side_of};
use super::{ServiceError, Services};
use crate::domain::{
    Candidate, Llr, PopulationFindings, PopulationUse, SubjectCandidate, SubjectId, VoiceFacts,
    VoiceId,
};
use crate::scoring::{Calibration, Side};
use crate::store::Reader;

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
        (left, right): (Compared<'_>, Compared<'_>),
        llr: Llr,
    ) -> Result<PopulationFindings, ServiceError> {
        let mut reader = self.store.reader().await?;
        let loaded = self.chosen_population(reader.as_mut(), choice).await?;
        let enrolled: HashMap<VoiceId, SubjectId> = reader
            .enrolled_voices(self.clock.now())
            .await?
            .into_iter()
            .collect();
        drop(reader);
        let left = self.compared_person("left", left, &enrolled)?;
        let right = self.compared_person("right", right, &enrolled)?;
        let calibration = Arc::clone(calibration);
        super::off_executor(move || {
            let out = [&left, &right].map(|person| loaded.left_out(&person.own, &enrolled));
            findings_on(&loaded, &calibration, (left, right), llr, out)
        })
        .await?
    }

    /// Measures a comparison once more on the version that a report names, without the voices that it
    /// left out, whoever is enrolled now.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the version's members are not those of its digest, or it cannot be
    /// used.
    pub async fn measure_again(
        &self,
        reported: &PopulationFindings,
        calibration: &Arc<Calibration>,
        (left, right): (&[ComparedVoice], &[ComparedVoice]),
        llr: Llr,
    ) -> Result<PopulationFindings, ServiceError> {
        let (id, version) = (reported.used.id, Some(reported.used.version));
        let checked = self.check_population(id, version).await?;
        if !checked.is_whole {
            return Err(ServiceError::Invalid {
                field: "population",
                found: format!("{}, whose members were changed", reported.used.title()),
                expected: format!("members of the digest {}", checked.version.sha256),
            });
        }
        let mut reader = self.store.reader().await?;
        let choice = PopulationChoice { id, version };
        let loaded = self.chosen_population(reader.as_mut(), choice).await?;
        drop(reader);
        let nobody = HashMap::new();
        let left = self.compared_person("left", Compared::of(left), &nobody)?;
        let right = self.compared_person("right", Compared::of(right), &nobody)?;
        let calibration = Arc::clone(calibration);
        let [out_left, out_right] = &reported.left_out;
        let out = [loaded.marked(out_left), loaded.marked(out_right)];
        super::off_executor(move || findings_on(&loaded, &calibration, (left, right), llr, out))
            .await?
    }

    /// Voices of one side as one person.
    fn compared_person(
        &self,
        name: &'static str,
        compared: Compared<'_>,
        enrolled: &HashMap<VoiceId, SubjectId>,
    ) -> Result<Person, ServiceError> {
        let mut own = Own {
            subject: compared.subject,
            ..Own::default()
        };
        let mut voices = Vec::with_capacity(compared.voices.len());
        for voice in compared.voices {
            let embedding = compensated(self.analyser.compensator(), &voice.embedding)?;
            voices.push((embedding, side_of(&voice.facts)));
            own.voices.extend(voice.facts.voice_id);
            own.recordings.extend(voice.facts.recording_id);
            own.files.insert(voice.side.sha256);
            let enrolled = voice.facts.voice_id.and_then(|id| enrolled.get(&id));
            own.subject = own.subject.or(enrolled.copied());
        }
        Ok(Person { name, voices, own })
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

/// The voices of one side of a comparison.
#[derive(Clone, Copy)]
pub(super) struct Compared<'a> {
    pub(super) voices: &'a [ComparedVoice],
    /// Subject that the side is, where it is one.
    pub(super) subject: Option<SubjectId>,
}

impl<'a> Compared<'a> {
    /// A side that is no subject.
    pub(super) fn of(voices: &'a [ComparedVoice]) -> Self {
        Self {
            voices,
            subject: None,
        }
    }
}

/// A pair on a population, without the members that are marked for either side.
fn findings_on(
    loaded: &LoadedPopulation,
    calibration: &Calibration,
    (left, right): (Person, Person),
    llr: Llr,
    out: [Vec<bool>; 2],
) -> Result<PopulationFindings, ServiceError> {
    let (used, rates) =
        loaded.measure_without(calibration, (&left, &[(right, llr)]), &out, CaseSides::Both)?;
    let left_out = out.map(|marked| loaded.voices_of(&marked));
    Ok(loaded.findings(used, left_out, rates.into_iter().next()))
}
