//! Where a calibration's data end, and how a ratio is drawn toward 0 beyond.

use super::error::ScoringError;
use super::file::ValidityFile;
use crate::domain::{Bandwidth, NetSpeech, VoiceQuality};

/// What scoring needs to know of one side of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// Measured bandwidth.
    pub bandwidth: Bandwidth,
    /// Net speech.
    pub net_speech: NetSpeech,
    /// SNR by WADA, in dB; none where it was not measured.
    pub wada_snr_db: Option<f32>,
    /// Fraction of the voice's samples at or beyond full scale; none where it was not measured.
    pub clipping_ratio: Option<f32>,
}

impl Side {
    /// Side of a voice.
    pub fn of(net_speech: NetSpeech, quality: &VoiceQuality) -> Self {
        Self {
            bandwidth: quality.bandwidth,
            net_speech,
            wada_snr_db: quality.wada_snr_db,
            clipping_ratio: quality.clipping_ratio,
        }
    }
}

/// Decibels of SNR, and fraction of clipped samples, that count as one in the exponent.
const SNR_UNIT_DB: f64 = 10.0;
const CLIPPING_UNIT: f64 = 0.1;

/// Where 99 % of the voices lie that a calibration was trained on, and how fast a ratio is drawn
/// toward 0 beyond.
///
/// Of each side, with `t` its net speech below the bound `T`, `s` its SNR in dB below `S` and `c` its
/// clipped fraction above `C`, the LLR is multiplied by
/// `exp(-a ln(T / t) - b (S - s) / 10 - d (c - C) / 0.1)`: a voice unlike those that the ratio was
/// learned from says less, whatever its score.
///
/// # Source
/// `scripts/measure_unlike_cases.py`, which measures what ratios beyond are worth and fits a, b and d.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Validity(ValidityFile);

impl Validity {
    pub(super) fn new(file: ValidityFile) -> Result<Self, ScoringError> {
        let checks = [
            (
                "wada_snr_db",
                file.wada_snr_db,
                true,
                "a number of decibels",
            ),
            (
                "clipping_ratio",
                file.clipping_ratio,
                (0.0..=1.0).contains(&file.clipping_ratio),
                "a fraction",
            ),
            (
                "draw.net_speech",
                file.draw.net_speech,
                file.draw.net_speech >= 0.0,
                "0 or more",
            ),
            (
                "draw.wada_snr",
                file.draw.wada_snr,
                file.draw.wada_snr >= 0.0,
                "0 or more",
            ),
            (
                "draw.clipping",
                file.draw.clipping,
                file.draw.clipping >= 0.0,
                "0 or more",
            ),
        ];
        for (field, found, sound, expected) in checks {
            if !found.is_finite() || !sound {
                return Err(ScoringError::Value {
                    condition: "validity".to_owned(),
                    field,
                    found,
                    expected,
                });
            }
        }
        Ok(Self(file))
    }

    /// What the LLR of two sides is multiplied by, from 0 to 1; 1 within.
    pub(super) fn weight(&self, left: Side, right: Side) -> f64 {
        let beyond: f64 = [left, right]
            .into_iter()
            .map(|side| self.beyond(side))
            .sum();
        (-beyond).exp()
    }

    fn beyond(&self, side: Side) -> f64 {
        let Self(file) = self;
        let short = shortness(file.net_speech_ms, side.net_speech);
        let noise = side
            .wada_snr_db
            .map_or(0.0, |found| file.wada_snr_db - f64::from(found));
        let clipped = side
            .clipping_ratio
            .map_or(0.0, |found| f64::from(found) - file.clipping_ratio);
        file.draw.net_speech * short
            + file.draw.wada_snr * (noise / SNR_UNIT_DB).max(0.0)
            + file.draw.clipping * (clipped / CLIPPING_UNIT).max(0.0)
    }

    /// What lies beyond on one side, in words; net speech is spoken of elsewhere.
    pub(super) fn notes(&self, side: Side) -> Vec<String> {
        let Self(file) = self;
        let mut notes = Vec::new();
        if let Some(found) = side.wada_snr_db
            && f64::from(found) < file.wada_snr_db
        {
            notes.push(format!(
                "SNR {found:.1} dB is below the {:.1} dB that nearly all of the calibration's voices have",
                file.wada_snr_db
            ));
        }
        if let Some(found) = side.clipping_ratio
            && f64::from(found) > file.clipping_ratio
        {
            notes.push(format!(
                "{:.2} % of the samples are clipped, more than the {:.2} % of nearly all of the \
                 calibration's voices",
                100.0 * found,
                100.0 * file.clipping_ratio
            ));
        }
        notes
    }
}

/// How far net speech falls short of a bound, as a natural logarithm.
fn shortness(bound_ms: u64, found: NetSpeech) -> f64 {
    let found_ms = found.as_millis().max(1);
    if found_ms >= bound_ms {
        return 0.0;
    }
    (bound_ms as f64 / found_ms as f64).ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::file::DrawFile;
    use super::*;

    fn validity() -> Validity {
        Validity::new(ValidityFile {
            net_speech_ms: 2_000,
            wada_snr_db: 10.0,
            clipping_ratio: 0.01,
            draw: DrawFile {
                net_speech: 4.0,
                wada_snr: 2.5,
                clipping: 0.7,
            },
        })
        .unwrap()
    }

    fn side(net_speech_ms: u64, snr_db: f32, clipping: f32) -> Side {
        Side {
            bandwidth: Bandwidth::Narrowband,
            net_speech: NetSpeech::from_millis(net_speech_ms),
            wada_snr_db: Some(snr_db),
            clipping_ratio: Some(clipping),
        }
    }

    const USUAL: (u64, f32, f32) = (9_000, 25.0, 0.0);

    #[test]
    fn within_the_data_nothing_is_drawn() {
        let usual = side(USUAL.0, USUAL.1, USUAL.2);
        assert_eq!(validity().weight(usual, usual), 1.0);
        assert!(validity().notes(usual).is_empty());
        let unmeasured = Side {
            wada_snr_db: None,
            clipping_ratio: None,
            ..usual
        };
        assert_eq!(validity().weight(unmeasured, usual), 1.0);
    }

    #[test]
    fn each_fact_draws_as_its_formula_says() {
        let usual = side(USUAL.0, USUAL.1, USUAL.2);
        let of = |other| validity().weight(usual, other);
        assert!((of(side(1_000, 25.0, 0.0)) - 2f64.powf(-4.0)).abs() < 1e-9);
        assert!((of(side(9_000, 4.0, 0.0)) - (-1.5f64).exp()).abs() < 1e-6);
        assert!((of(side(9_000, 25.0, 0.21)) - (-1.4f64).exp()).abs() < 1e-6);
        assert_eq!(validity().notes(side(9_000, 4.0, 0.21)).len(), 2);
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        let Validity(mut file) = validity();
        file.draw.wada_snr = -1.0;
        assert!(matches!(
            Validity::new(file),
            Err(ScoringError::Value {
                field: "draw.wada_snr",
                ..
            })
        ));
        file.draw.wada_snr = 1.0;
        file.clipping_ratio = f64::NAN;
        assert!(Validity::new(file).is_err());
    }

    proptest! {
        #[test]
        fn a_worse_voice_never_says_more(
            speech in 1u64..60_000, snr in -30f32..60.0, clipping in 0f32..1.0,
            less in 0u64..30_000, worse in 0f32..30.0, more in 0f32..0.5,
        ) {
            let better = side(speech, snr, clipping);
            let worse = side(speech.saturating_sub(less), snr - worse, (clipping + more).min(1.0));
            let usual = side(USUAL.0, USUAL.1, USUAL.2);
            let (one, other) = (validity().weight(better, usual), validity().weight(usual, worse));
            prop_assert!((0.0..=1.0).contains(&one) && (0.0..=1.0).contains(&other));
            prop_assert!(other <= one);
        }
    }
}
