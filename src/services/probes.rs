//! The voice that a search or a comparison asks about.

use super::voices::{VoiceRef, voice_facts};
use super::{ServiceError, Services};
use crate::domain::{Embedding, Sha256, VoiceFacts};
use crate::scoring::Side;
use crate::store::Reader;

/// Which voice is the probe.
#[derive(Debug, Clone, PartialEq)]
pub enum ProbeRequest {
    /// A voice of the archive.
    Archive(VoiceRef),
    /// A voice that is not in the archive.
    Outside(Box<Probe>),
}

/// A probe with everything that scoring needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// What the answer says of it.
    pub facts: VoiceFacts,
    /// Digest of its recording.
    pub sha256: Sha256,
    /// Its embedding.
    pub embedding: Embedding,
}

impl Services {
    /// The probe that a request names, with enough speech to be searched.
    pub(super) async fn probe(
        &self,
        reader: &mut dyn Reader,
        request: ProbeRequest,
    ) -> Result<Probe, ServiceError> {
        let (recording, voice) = match request {
            ProbeRequest::Outside(probe) => {
                self.check_search_speech(&probe.facts)?;
                return Ok(*probe);
            }
            ProbeRequest::Archive(voice) => self.referred_voice(reader, voice).await?,
        };
        let facts = voice_facts(&recording, &voice);
        let print = self
            .voiceprint_of(reader, &voice, "the probe", "searching")
            .await?;
        self.check_search_speech(&facts)?;
        Ok(Probe {
            facts,
            sha256: recording.sha256,
            embedding: print.embedding,
        })
    }

    fn check_search_speech(&self, facts: &VoiceFacts) -> Result<(), ServiceError> {
        let minimum = self.settings.minimum_speech.search();
        if facts.net_speech < minimum {
            return Err(ServiceError::TooLittleSpeech {
                side: "the probe".to_owned(),
                purpose: "searching",
                found: facts.net_speech,
                minimum,
            });
        }
        Ok(())
    }
}

/// What scoring needs to know of one side.
pub(super) fn side_of(facts: &VoiceFacts) -> Side {
    Side::of(facts.net_speech, &facts.quality)
}
