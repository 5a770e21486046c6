//! Steps as they are written.

use std::str::FromStr;

use super::SimulationError;
use crate::domain::SampleRate;

/// One thing that a channel does to speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Another sample rate: `rate:8000`.
    Rate(SampleRate),
    /// A band alone: `band:300-3400`.
    Band {
        /// Lower edge, in Hz.
        low_hz: f32,
        /// Upper edge, in Hz.
        high_hz: f32,
    },
    /// Coded and decoded by G.711 A-law: `alaw`.
    ALaw,
    /// Coded and decoded by G.711 mu-law: `mulaw`.
    MuLaw,
    /// Louder or softer: `gain:-12`.
    Gain {
        /// In dB.
        db: f32,
    },
    /// Cut off above a level: `clip:-6`.
    Clip {
        /// In dB relative to full scale.
        dbfs: f32,
    },
    /// White noise: `white:10`.
    White {
        /// How far below the speech, in dB. Frames of 20 ms within 30 dB of the loudest are speech.
        snr_db: f32,
    },
    /// Packets of 20 ms that are lost and stay silent: `loss:5`.
    Loss {
        /// Share of the packets, in percent.
        percent: f32,
    },
}

/// What a step may be.
const EXPECTED: &str = "rate:HZ, band:LOW-HIGH, alaw, mulaw, gain:DB, clip:DBFS (at most 0), \
    white:DB or loss:PERCENT (0 to 100)";

impl FromStr for Step {
    type Err = SimulationError;

    fn from_str(text: &str) -> Result<Self, SimulationError> {
        Self::read(text).ok_or_else(|| SimulationError::Step {
            found: text.to_owned(),
            expected: EXPECTED,
        })
    }
}

impl Step {
    fn read(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let number = |text: &str| {
            text.parse::<f32>()
                .ok()
                .filter(|number| number.is_finite() && number.abs() <= 1e5)
        };
        match (name, value) {
            ("alaw", "") => Some(Self::ALaw),
            ("mulaw", "") => Some(Self::MuLaw),
            ("rate", hz) => SampleRate::new(hz.parse().ok()?).map(Self::Rate),
            ("band", edges) => {
                let (low, high) = edges.split_once('-')?;
                let (low_hz, high_hz) = (number(low)?, number(high)?);
                (0.0 <= low_hz && low_hz < high_hz).then_some(Self::Band { low_hz, high_hz })
            }
            ("gain", db) => number(db).map(|db| Self::Gain { db }),
            ("clip", dbfs) => number(dbfs)
                .filter(|dbfs| *dbfs <= 0.0)
                .map(|dbfs| Self::Clip { dbfs }),
            ("white", db) => number(db).map(|snr_db| Self::White { snr_db }),
            ("loss", percent) => number(percent)
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(|percent| Self::Loss { percent }),
            _ => None,
        }
    }
}
