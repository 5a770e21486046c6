//! Ratios of pairs that no link holds, made when they are asked for.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::domain::{Embedding, LinkEdge, Llr, VoiceId};
use crate::linking::{LinkedVoice, PairRatios, Tie};
use crate::pipeline::Analyser;
use crate::scoring::{Calibration, Side};
use crate::services::comparing::compensated;
use crate::store::ScoredVoice;

struct Scored {
    side: Side,
    embedding: Embedding,
    /// Made once it is needed: most pairs are never asked for.
    compensated: OnceLock<Option<Embedding>>,
}

/// Voiceprints with what makes ratios of them.
pub(super) struct Ratios {
    analyser: Arc<Analyser>,
    calibration: Arc<Calibration>,
    voices: HashMap<VoiceId, Scored>,
}

impl Ratios {
    pub(super) fn new(
        analyser: Arc<Analyser>,
        calibration: Arc<Calibration>,
        voices: Vec<ScoredVoice>,
    ) -> Self {
        let voices = voices.into_iter().map(|voice| {
            let scored = Scored {
                side: Side::of(voice.net_speech, &voice.quality),
                embedding: voice.embedding,
                compensated: OnceLock::new(),
            };
            (voice.voice_id, scored)
        });
        Self {
            analyser,
            calibration,
            voices: voices.collect(),
        }
    }

    /// A link for the graph. Its ratio is the one that it was proposed with, unless a voice was
    /// described anew or another calibration is in use: then both are scored again, so that all
    /// ratios of a partition mean the same.
    pub(super) fn tie(&self, edge: &LinkEdge) -> Tie {
        let stands = edge.is_current && edge.calibration == self.calibration.name();
        let again = if stands {
            None
        } else {
            self.between(edge.left, edge.right)
        };
        Tie {
            left: edge.left,
            right: edge.right,
            llr: again.unwrap_or(edge.llr),
            state: edge.state,
        }
    }

    fn between(&self, left: VoiceId, right: VoiceId) -> Option<Llr> {
        let [left, right] = [self.voices.get(&left)?, self.voices.get(&right)?];
        let score = self.compensated(left)?.cosine(self.compensated(right)?);
        let score = score.ok().filter(|score| score.0.is_finite())?;
        Some(self.calibration.llr(score, left.side, right.side))
    }

    fn compensated<'a>(&self, voice: &'a Scored) -> Option<&'a Embedding> {
        let make = || compensated(self.analyser.compensator(), &voice.embedding).ok();
        voice.compensated.get_or_init(make).as_ref()
    }
}

impl PairRatios for Ratios {
    fn llr(&self, left: &LinkedVoice, right: &LinkedVoice) -> Option<Llr> {
        self.between(left.id, right.id)
    }
}
