//! Speech through a coder and back, for conditions that are made on purpose.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

use super::{INPUT_OPTIONS, TranscodeError, Transcoder, facts, run};

/// Why speech cannot be put through a coder.
#[derive(Debug, Error)]
pub enum CoderError {
    /// There is no such coder.
    #[error("coder {found:?}, expected {expected}")]
    Unknown {
        /// The coder as it was written.
        found: String,
        /// What would be one.
        expected: &'static str,
    },
    /// This ffmpeg was built without the coder, or the coder does not take the speech.
    #[error("ffmpeg does not code it: {reason}")]
    Refused {
        /// What ffmpeg says, in one line.
        reason: String,
    },
    /// What was coded cannot be decoded.
    #[error(transparent)]
    Transcode(#[from] TranscodeError),
}

/// What a coder may be.
const EXPECTED: &str = "gsm, amr-nb:KBPS (4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2 or 12.2), opus:KBPS \
    (6 to 128) or mp3:KBPS (8 to 320)";

/// A coder of ffmpeg's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coder {
    /// GSM 06.10 full rate, at 8 kHz: `gsm`.
    Gsm,
    /// AMR narrowband at so many bits a second: `amr-nb:4.75`.
    AmrNb(u32),
    /// Opus, voice mode, at so many bits a second: `opus:8`.
    Opus(u32),
    /// MP3 at so many bits a second: `mp3:16`.
    Mp3(u32),
}

/// Rates of AMR narrowband, in bits a second.
///
/// # Source
/// 3GPP TS 26.071, clause 4.
const AMR_NB_RATES: [u32; 8] = [4_750, 5_150, 5_900, 6_700, 7_400, 7_950, 10_200, 12_200];

impl FromStr for Coder {
    type Err = CoderError;

    fn from_str(text: &str) -> Result<Self, CoderError> {
        Self::read(text).ok_or_else(|| CoderError::Unknown {
            found: text.to_owned(),
            expected: EXPECTED,
        })
    }
}

impl Coder {
    fn read(text: &str) -> Option<Self> {
        if text == "gsm" {
            return Some(Self::Gsm);
        }
        let (name, kbps) = text.split_once(':')?;
        let kbps: f64 = kbps
            .parse()
            .ok()
            .filter(|kbps| (0.0..=1_000.0).contains(kbps))?;
        let bps = (kbps * 1000.0).round() as u32;
        match name {
            "amr-nb" => AMR_NB_RATES.contains(&bps).then_some(Self::AmrNb(bps)),
            "opus" => (6_000..=128_000).contains(&bps).then_some(Self::Opus(bps)),
            "mp3" => (8_000..=320_000).contains(&bps).then_some(Self::Mp3(bps)),
            _ => None,
        }
    }

    /// Options of the output, without its rate in bits.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Gsm => &["-ar", "8000", "-c:a", "libgsm_ms", "-f", "wav"],
            Self::AmrNb(_) => &["-ar", "8000", "-c:a", "libopencore_amrnb", "-f", "amr"],
            Self::Opus(_) => &[
                "-c:a",
                "libopus",
                "-application",
                "voip",
                "-vbr",
                "off",
                "-f",
                "ogg",
            ],
            Self::Mp3(_) => &["-c:a", "libmp3lame", "-f", "mp3"],
        }
    }

    fn bits_per_second(self) -> Option<u32> {
        match self {
            Self::Gsm => None,
            Self::AmrNb(bps) | Self::Opus(bps) | Self::Mp3(bps) => Some(bps),
        }
    }
}

impl Transcoder {
    /// What comes out of `coder` when `wav`, of one channel, goes in: WAVE, 16-bit PCM, rewound.
    ///
    /// # Errors
    /// `Refused` where this ffmpeg has no such coder; otherwise as [`Transcoder::to_wav`].
    pub fn through(&self, coder: Coder, wav: &File, out_folder: &Path) -> Result<File, CoderError> {
        let rate = coder.bits_per_second().map(|bps| bps.to_string());
        let rate: Vec<&str> = rate.iter().flat_map(|bps| ["-b:a", bps.as_str()]).collect();
        let whole = [
            "-map",
            "0:a:0",
            "-map_metadata",
            "-1",
            "-ac",
            "1",
            "-threads",
            "1",
            "-bitexact",
        ];
        let arguments = [INPUT_OPTIONS, &whole, coder.options(), &rate, &["pipe:1"]].concat();
        let mut coded = tempfile::tempfile_in(out_folder).map_err(TranscodeError::Io)?;
        let ended = run(
            &self.ffmpeg,
            &arguments,
            wav,
            coded.try_clone().map_err(TranscodeError::Io)?,
            &self.settings,
        )?;
        if !ended.is_success {
            let reason = facts::reason(&ended.stderr);
            return Err(CoderError::Refused { reason });
        }
        coded.seek(SeekFrom::Start(0)).map_err(TranscodeError::Io)?;
        let (decoded, _) = self.decode(&coded, out_folder, &[])?;
        Ok(decoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coders_are_read_as_they_are_written() {
        assert_eq!("gsm".parse::<Coder>().unwrap(), Coder::Gsm);
        assert_eq!("amr-nb:4.75".parse::<Coder>().unwrap(), Coder::AmrNb(4_750));
        for text in ["amr-nb:5", "opus", "opus:1", "mp3:-3", "silk:8", "opus:nan"] {
            let error = text.parse::<Coder>().unwrap_err().to_string();
            assert!(error.contains("expected gsm"), "{error}");
        }
    }
}
