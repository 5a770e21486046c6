//! Where the data of a calibration end.

use crate::evaluation::trials::ScoredTrial;
use crate::scoring::{DrawFile, ValidityFile};

/// Share of the sides of the trials beyond each bound.
const BEYOND: f64 = 0.01;
/// How fast ratios are drawn toward 0 beyond the bounds.
///
/// # Source
/// `scripts/measure_unlike_cases.py`, fitted on speakers of the training sets.
const DRAW: DrawFile = DrawFile {
    net_speech: 4.5,
    wada_snr: 2.3,
    clipping: 1.1,
};

/// Bounds that all but [`BEYOND`] of the sides keep; none where a fact was measured on none of them.
pub(super) fn validity_of(trials: &[ScoredTrial]) -> Option<ValidityFile> {
    let sides = || trials.iter().flat_map(|trial| trial.sides);
    let speech = sides().map(|side| side.net_speech.as_millis() as f64);
    let snr = sides().filter_map(|side| side.wada_snr_db).map(f64::from);
    let clipping = sides().filter_map(|side| side.clipping_ratio);
    Some(ValidityFile {
        net_speech_ms: quantile(speech, BEYOND)? as u64,
        wada_snr_db: quantile(snr, BEYOND)?,
        clipping_ratio: quantile(clipping.map(f64::from), 1.0 - BEYOND)?,
        draw: DRAW,
    })
}

/// The value that a share of all lies at or below.
fn quantile(values: impl Iterator<Item = f64>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    values.get((share * last as f64).round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bandwidth, NetSpeech};
    use crate::evaluation::trials::Trial;
    use crate::scoring::Side;

    fn trial(ms: u64, snr: Option<f32>) -> ScoredTrial {
        let side = Side {
            bandwidth: Bandwidth::Wideband,
            net_speech: NetSpeech::from_millis(ms),
            wada_snr_db: snr,
            clipping_ratio: Some(ms as f32 / 1e6),
        };
        ScoredTrial {
            trial: Trial {
                llr: 0.0,
                speakers: [0, 1],
            },
            score: 0.0,
            condition: String::new(),
            sides: [side; 2],
            set: 0,
        }
    }

    #[test]
    fn one_in_a_hundred_lies_beyond_each_bound() {
        let trials: Vec<_> = (1..=1000)
            .map(|n| trial(n, Some(n as f32 / 10.0)))
            .collect();
        let validity = validity_of(&trials).unwrap();
        assert_eq!(validity.net_speech_ms, 11);
        assert!((validity.wada_snr_db - 1.1).abs() < 1e-6);
        assert!((validity.clipping_ratio - 990e-6).abs() < 1e-9);
    }

    #[test]
    fn what_was_never_measured_has_no_bound() {
        assert_eq!(validity_of(&[trial(5, None)]), None);
        assert_eq!(validity_of(&[]), None);
    }
}
