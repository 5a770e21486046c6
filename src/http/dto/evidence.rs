//! Ratios as sent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{CalibrationFacts, Evidence};
use crate::services::enfsi_scale;

/// The calibration that a ratio came from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Calibration)]
pub struct CalibrationBody {
    /// Name.
    pub name: String,
    /// What it was trained on.
    pub data: String,
    /// Pair of bandwidth classes.
    pub condition: String,
    /// Cllr in bits on its own validation trials.
    pub cllr: f64,
    /// Speakers it was trained on.
    pub speakers: u32,
    /// Digest of the numbers that took the channels out of the embeddings; null where the score is the
    /// plain cosine.
    pub compensation_sha256: Option<String>,
    /// What lies outside its validity range.
    pub outside: Vec<String>,
    /// What the LLR was multiplied by, since a side is unlike the calibration's data; null where
    /// nothing was drawn toward 0.
    pub weight: Option<f64>,
}

impl From<CalibrationFacts> for CalibrationBody {
    fn from(facts: CalibrationFacts) -> Self {
        Self {
            name: facts.name,
            data: facts.data,
            condition: facts.condition,
            cllr: facts.cllr,
            speakers: facts.speakers,
            compensation_sha256: facts.compensation_sha256.map(|each| each.to_string()),
            outside: facts.outside,
            weight: facts.weight,
        }
    }
}

/// A strength of the verbal scale in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VerbalWords)]
pub struct VerbalWordsBody {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl VerbalWordsBody {
    /// The words that an answer was given with; an older one has those of the scale of its time.
    fn of(evidence: &Evidence) -> Option<Self> {
        let words = evidence.verbal_words.clone();
        let words = words.or_else(|| enfsi_scale().words(&evidence.verbal))?;
        Some(Self {
            en: words.en,
            zh: words.zh,
        })
    }
}

/// A ratio and where it comes from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceBody {
    /// Cosine of the embeddings, their channels compensated; says nothing by itself.
    pub score: f32,
    /// Natural-log likelihood ratio.
    pub llr: f64,
    /// The same to base 10.
    pub log10_lr: f64,
    /// Between which 95 % of the ratios lie that calibrations on speakers drawn anew give, for other
    /// recordings of the same people where the calibration says how far their scores stray; null
    /// where it says neither.
    pub log10_lr_interval: Option<[f64; 2]>,
    /// Code of the verbal scale.
    pub verbal: String,
    /// Words for the strength in the code; null without support.
    pub verbal_words: Option<VerbalWordsBody>,
    /// Where the ratio comes from.
    pub calibration: CalibrationBody,
}

impl From<Evidence> for EvidenceBody {
    fn from(evidence: Evidence) -> Self {
        Self {
            score: evidence.score.0,
            llr: evidence.llr.0,
            log10_lr: evidence.log10_lr,
            log10_lr_interval: evidence.log10_lr_interval,
            verbal_words: VerbalWordsBody::of(&evidence),
            verbal: evidence.verbal,
            calibration: evidence.calibration.into(),
        }
    }
}
