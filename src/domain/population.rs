//! A named set of voices that answers are measured on.

use serde::{Deserialize, Serialize};

use super::analysis::Bandwidth;
use super::embedding::Embedding;
use super::ids::{CaseId, PopulationId, RecordingId, SubjectId, VoiceId, VoiceprintId};
use super::subject::SubjectClass;
use super::time::Timestamp;
use super::units::{ModelId, NetSpeech, Sha256};

/// What the digest of members begins with.
const DIGEST_DOMAIN: &[u8] = b"voxtrace population 1\n";

/// Whether voices of subjects are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolledChoice {
    /// Whether enrolled or not.
    #[default]
    Any,
    /// Voices tied to a subject by an enrolment in force.
    Enrolled,
    /// Voices tied to nobody.
    NotEnrolled,
}

/// Which voices make a version: those that every condition allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationSelection {
    /// Whether voices of subjects are chosen.
    #[serde(default)]
    pub enrolled: EnrolledChoice,
    /// Of subjects of this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_class: Option<SubjectClass>,
    /// Of recordings of this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<CaseId>,
    /// Of this measured bandwidth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
    /// With so much net speech at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_net_speech: Option<NetSpeech>,
    /// With so much at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_net_speech: Option<NetSpeech>,
    /// Of calls from this time on; where the call's time is not known, of uploads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Of calls before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// These voices; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voice_ids: Vec<VoiceId>,
}

/// Who and what is in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationFacts {
    /// Voices.
    pub voices: u32,
    /// Different files in which they speak.
    pub recordings: u32,
    /// Narrowband voices; the others are wideband.
    pub narrowband: u32,
    /// Voices tied to a subject when it was made.
    pub enrolled: u32,
    /// Shortest, median and longest net speech.
    pub net_speech: [NetSpeech; 3],
}

impl PopulationFacts {
    /// What these members are; none when there is nobody.
    pub fn of(members: &[PopulationMember]) -> Option<Self> {
        let mut speech: Vec<NetSpeech> = members.iter().map(|member| member.net_speech).collect();
        speech.sort_unstable();
        let median = *speech.get(speech.len() / 2)?;
        let mut files: Vec<Sha256> = members.iter().map(|one| one.recording_sha256).collect();
        files.sort_unstable_by_key(|digest| digest.0);
        files.dedup();
        let count = |is: fn(&PopulationMember) -> bool| {
            members.iter().filter(|member| is(member)).count() as u32
        };
        Some(Self {
            voices: members.len() as u32,
            recordings: files.len() as u32,
            narrowband: count(|member| member.bandwidth == Bandwidth::Narrowband),
            enrolled: count(|member| member.subject_id.is_some()),
            net_speech: [*speech.first()?, median, *speech.last()?],
        })
    }
}

/// A named set of voices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// Id.
    pub id: PopulationId,
    /// Name; no two have the same.
    pub name: String,
    /// Whom it stands for, in words.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One version of a population. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationVersion {
    /// Of which population.
    pub population_id: PopulationId,
    /// From 1.
    pub version: u32,
    /// How its voices were chosen.
    pub selection: PopulationSelection,
    /// What came of it.
    pub facts: PopulationFacts,
    /// Digest of its members.
    pub sha256: Sha256,
    /// Model of their embeddings.
    pub model: ModelId,
    /// Who made it, as audit rows name people.
    pub actor: String,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A voice as it was when a version was made.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationMember {
    /// Its voiceprint.
    pub voiceprint_id: VoiceprintId,
    /// Voice.
    pub voice_id: VoiceId,
    /// Recording in which it speaks.
    pub recording_id: RecordingId,
    /// Digest of that recording.
    pub recording_sha256: Sha256,
    /// Subject that it was tied to.
    pub subject_id: Option<SubjectId>,
    /// Measured bandwidth.
    pub bandwidth: Bandwidth,
    /// Net speech.
    pub net_speech: NetSpeech,
    /// Unit-norm vector and model, its channel not taken out.
    pub embedding: Embedding,
    /// When the voiceprint was made.
    pub created_at: Timestamp,
}

/// Digest of members in the order of their voiceprints' ids: of each its ids, its recording's digest,
/// its band, its net speech and its embedding to the last bit.
pub fn digest_of_members(model: &ModelId, members: &[PopulationMember]) -> Sha256 {
    let mut ordered: Vec<&PopulationMember> = members.iter().collect();
    ordered.sort_unstable_by_key(|member| member.voiceprint_id);
    let mut bytes = DIGEST_DOMAIN.to_vec();
    bytes.extend_from_slice(model.as_str().as_bytes());
    bytes.push(b'\n');
    for member in ordered {
        bytes.extend_from_slice(member.voiceprint_id.0.as_bytes());
        bytes.extend_from_slice(member.voice_id.0.as_bytes());
        bytes.extend_from_slice(&member.recording_sha256.0);
        bytes.extend_from_slice(member.bandwidth.as_str().as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(&member.net_speech.as_millis().to_le_bytes());
        for value in member.embedding.values() {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
    Sha256::of(&bytes)
}

/// How many voices of a population reach a ratio with a voice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Voices that were counted: those of the population without the ones that may be one of the
    /// two people.
    pub voices: u32,
    /// Voices whose ratio is at least that of the answer.
    pub reached: u32,
    /// Upper bound of their share at 95 %.
    pub upper: f64,
}

/// The false match rate of one case, measured on a population.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PopulationRates {
    /// Against the probe: how typical it is.
    pub probe: Reach,
    /// Against the candidate.
    pub candidate: Reach,
}

/// In what a population does not resemble a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PopulationMismatch {
    /// Most of its voices are of the other bandwidth.
    Bandwidth,
    /// The voice has less or more net speech than nearly all of it.
    NetSpeech,
    /// The voice is less, or more, like the population than its own voices are.
    Unlike,
}

/// A point in which a population does not resemble a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopulationWarning {
    /// Which point.
    pub kind: PopulationMismatch,
    /// Which side of the case.
    pub side: String,
    /// What that side is.
    pub found: String,
    /// What the population has.
    pub population: String,
}

/// The population that an answer was measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PopulationUse {
    /// Id.
    pub id: PopulationId,
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Digest of its members.
    pub sha256: Sha256,
    /// Its voices.
    pub voices: u32,
    /// In what it does not resemble the case; empty where it does.
    pub warnings: Vec<PopulationWarning>,
}

impl PopulationUse {
    /// Name and version in words.
    pub fn title(&self) -> String {
        format!("{}, version {}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn member(number: u128, value: f32) -> PopulationMember {
        let model = ModelId::new("m");
        PopulationMember {
            voiceprint_id: VoiceprintId(Uuid::from_u128(number)),
            voice_id: VoiceId(Uuid::from_u128(number)),
            recording_id: RecordingId(Uuid::from_u128(number)),
            recording_sha256: Sha256::of(b"same file"),
            subject_id: (number == 2).then_some(SubjectId(Uuid::from_u128(9))),
            bandwidth: Bandwidth::Narrowband,
            net_speech: NetSpeech::from_millis(1000 * number as u64),
            embedding: Embedding::from_raw(model, vec![1.0, value]).unwrap(),
            created_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn the_digest_follows_the_members_and_not_their_order() {
        let model = ModelId::new("m");
        let members = [member(1, 0.1), member(2, 0.2), member(3, 0.3)];
        let digest = digest_of_members(&model, &members);
        let mut turned = members.to_vec();
        turned.reverse();
        assert_eq!(digest_of_members(&model, &turned), digest);
        let mut other = members.to_vec();
        other[1] = member(2, 0.200_001);
        assert_ne!(digest_of_members(&model, &other), digest);
        assert_ne!(digest_of_members(&model, &members[..2]), digest);
        assert_ne!(digest_of_members(&ModelId::new("n"), &members), digest);
    }

    #[test]
    fn facts_count_files_once_and_nobody_has_none() {
        let facts = PopulationFacts::of(&[member(3, 0.3), member(1, 0.1), member(2, 0.2)]).unwrap();
        assert_eq!((facts.voices, facts.recordings), (3, 1));
        assert_eq!((facts.narrowband, facts.enrolled), (3, 1));
        assert_eq!(
            facts.net_speech.map(NetSpeech::as_millis),
            [1000, 2000, 3000]
        );
        assert_eq!(PopulationFacts::of(&[]), None);
    }
}
