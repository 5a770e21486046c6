//! Who is left out, and what is warned of.

use super::*;
use crate::domain::{Bandwidth, ModelId, PopulationFacts, PopulationSelection};
use crate::domain::{Timestamp, VoiceprintId};
use uuid::Uuid;

fn side(bandwidth: Bandwidth, seconds: u64) -> Side {
    Side {
        bandwidth,
        net_speech: NetSpeech::from_millis(1000 * seconds),
        wada_snr_db: None,
        clipping_ratio: None,
    }
}

fn embedding(angle: f32) -> Embedding {
    Embedding::from_raw(ModelId::new("m"), vec![angle.cos(), angle.sin()]).unwrap()
}

/// Twenty narrowband voices of 5 to 24 s, spread around one direction.
fn loaded() -> LoadedPopulation {
    let members: Vec<PopulationMember> = (0..20u8)
        .map(|number| {
            let id = Uuid::from_u128(u128::from(number));
            PopulationMember {
                voiceprint_id: VoiceprintId(id),
                voice_id: VoiceId(id),
                recording_id: RecordingId(id),
                recording_sha256: Sha256::of(&[number / 2]),
                subject_id: (number == 19).then_some(SubjectId(Uuid::nil())),
                bandwidth: Bandwidth::Narrowband,
                net_speech: NetSpeech::from_millis(5000 + 1000 * u64::from(number)),
                embedding: embedding(0.02 * f32::from(number)),
                created_at: Timestamp::from_millis(0),
            }
        })
        .collect();
    let voices: Vec<_> = members
        .iter()
        .map(|one| (one.embedding.clone(), side(one.bandwidth, 10)))
        .collect();
    let facts = PopulationFacts::of(&members).unwrap();
    let id = PopulationId(Uuid::nil());
    LoadedPopulation {
        population: Population {
            id,
            name: "callers".to_owned(),
            description: None,
            created_at: Timestamp::from_millis(0),
        },
        version: PopulationVersion {
            population_id: id,
            version: 3,
            selection: PopulationSelection::default(),
            facts,
            sha256: Sha256::of(b"members"),
            model: ModelId::new("m"),
            actor: "test".to_owned(),
            reason: None,
            created_at: Timestamp::from_millis(0),
        },
        members: members.iter().map(Known::of).collect(),
        matrix: PopulationMatrix::new(&voices).unwrap(),
    }
}

fn out(own: &Own, enrolled: &[(u128, u128)]) -> Vec<usize> {
    let enrolled = enrolled.iter().map(|(voice, subject)| {
        let subject = SubjectId(Uuid::from_u128(*subject));
        (VoiceId(Uuid::from_u128(*voice)), subject)
    });
    let left_out = loaded().left_out(own, &enrolled.collect());
    let rows = left_out.iter().enumerate();
    rows.filter_map(|(row, out)| out.then_some(row)).collect()
}

#[test]
fn whoever_may_be_the_person_is_left_out() {
    let nobody = Own::default();
    assert_eq!(out(&nobody, &[]), Vec::<usize>::new());
    let recording = Own {
        recordings: HashSet::from([RecordingId(Uuid::from_u128(4))]),
        ..Own::default()
    };
    assert_eq!(out(&recording, &[]), [4]);
    // Two recordings of the same bytes.
    let file = Own {
        files: HashSet::from([Sha256::of(&[3])]),
        ..Own::default()
    };
    assert_eq!(out(&file, &[]), [6, 7]);
    let subject = Own {
        subject: Some(SubjectId(Uuid::nil())),
        ..Own::default()
    };
    // Enrolled when the version was made, and enrolled since.
    assert_eq!(out(&subject, &[(2, 0), (3, 8)]), [2, 19]);
}

fn warned(angle: f32, side: Side) -> Vec<(PopulationMismatch, String, String)> {
    let population = loaded();
    let voice = embedding(angle);
    let scores = population.matrix.scores(&[&voice]).unwrap();
    let mut warnings = Vec::new();
    let nobody = vec![false; 20];
    let of_voice = (scores.row(0), side);
    population.warn("probe", of_voice, &nobody, &mut warnings);
    warnings
        .into_iter()
        .map(|one| (one.kind, one.found, one.population))
        .collect()
}

#[test]
fn a_population_like_the_case_is_not_warned_of() {
    assert_eq!(warned(0.1, side(Bandwidth::Narrowband, 10)), []);
}

#[test]
fn each_warning_names_what_was_found_and_what_the_population_has() {
    let found = warned(1.8, side(Bandwidth::Wideband, 2));
    let kinds: Vec<_> = found.iter().map(|(kind, ..)| *kind).collect();
    use PopulationMismatch::{Bandwidth as Band, NetSpeech as Speech, Unlike};
    assert_eq!(kinds, [Band, Speech, Unlike]);
    assert_eq!(
        (found[0].1.as_str(), found[0].2.as_str()),
        ("wideband", "0/20")
    );
    assert_eq!(found[1].1, "2.0 s");
    assert!(found[2].2.contains(" - "), "{found:?}");
}
