//! Bytes to samples, under limits, with the damage named.
//!
//! What a file is comes from its content. WAVE files are walked by our own reader, because their
//! headers lie most; every other container, and every codec but Opus, is Symphonia's. Files that
//! only ffmpeg reads are recognised and named: see [`DecodeError::NeedsTranscoder`].
//!
//! Rules of damage:
//! - A file that ends before its container promised is accepted up to there.
//! - A packet that does not decode is replaced by silence: of the length that it states itself
//!   where it is Opus, of the length of the packet before it elsewhere; and frames that FLAC and Ogg show to be missing by silence of their length, so that later
//!   times stay true; more than `MAX_BAD_PACKETS` bad ones in a row end the recording. Bare MP3
//!   and AAC streams do not number their frames: there, a damaged frame is passed over.
//! - A sample that is no number (NaN or infinite) is read as silence; more than one in
//!   `MAX_NON_FINITE_ONE_IN` make the file malformed.
//! - Samples beyond full scale are clipped to it, which the clipping ratio shows.

mod codec;
mod demux;
mod error;
mod feed;
mod foreign;
mod formats;
mod frames;
mod limits;
mod opus;
mod pending;
mod sniff;
mod source;
mod survey;
#[cfg(test)]
mod tests;
mod wav;
mod wav_format;

use std::io::{Read, Seek};

use crate::domain::{MediaFacts, SampleRate};

pub use error::{DecodeError, Place};
pub use formats::{DecodedBy, FormatRow, formats};
pub use limits::DecodeLimits;

use demux::Demuxer;
use feed::{Feed, Spec};
use source::Source;

/// Most frames in one [`Block`].
pub const BLOCK_FRAMES: usize = 8192;

/// Some consecutive frames, planar: `[C][N]`, `f32` from -1 to 1, `N` at most [`BLOCK_FRAMES`].
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    channels: Vec<Vec<f32>>,
}

impl Block {
    /// Frames in the block; not zero.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Samples of every channel, in order; all of the same length.
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// The samples themselves.
    pub fn into_channels(self) -> Vec<Vec<f32>> {
        self.channels
    }
}

/// A recording that is being decoded.
pub struct Decoder {
    feed: Feed,
    channels: u16,
    sample_rate: SampleRate,
}

impl Decoder {
    /// Finds out what `source` is and decodes up to its first samples.
    ///
    /// # Errors
    /// When the source cannot be read, is no audio that is known here, or breaks `limits`.
    pub fn open<R>(source: R, limits: &DecodeLimits) -> Result<Self, DecodeError>
    where
        R: Read + Seek + Send + Sync + 'static,
    {
        let mut source = Source::new(source)?;
        if source.length() > limits.max_bytes {
            let (found, maximum) = (source.length(), limits.max_bytes);
            return Err(DecodeError::TooLarge { found, maximum });
        }
        let file_bytes = source.length();
        let sniffed = sniff::sniff(&mut source)?;
        let mut feed = Feed::new(Demuxer::open(source, sniffed, limits)?, limits, file_bytes)?;
        feed.refill()?;
        let container = feed.demuxer.container.name();
        let Some(Spec {
            channels,
            sample_rate,
        }) = feed.spec
        else {
            return Err(match feed.flaws.first() {
                Some((_, reason)) => DecodeError::Malformed {
                    container,
                    reason: reason.clone(),
                },
                None => DecodeError::NoAudio {
                    container,
                    reason: "it ends before its first sample".to_owned(),
                },
            });
        };
        Ok(Self {
            feed,
            channels,
            sample_rate,
        })
    }

    /// Number of channels.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// Rate of the recording itself.
    pub fn sample_rate(&self) -> SampleRate {
        self.sample_rate
    }

    /// Largest absolute sample that the codec can express, at most 1.
    ///
    /// A-law, mu-law and 8-bit samples end short of 1, and a clipped recording shows there.
    pub fn full_scale(&self) -> f32 {
        match self.feed.codec_name {
            // G.711, tables 1a and 2a: the outermost values are 4032/4096 and 8031/8192.
            "pcm_alaw" => 4032.0 / 4096.0,
            "pcm_mulaw" => 8031.0 / 8192.0,
            "pcm_u8" | "pcm_s8" => 127.0 / 128.0,
            _ => 32767.0 / 32768.0,
        }
    }

    /// The next frames; none at the end of what can be read.
    ///
    /// # Errors
    /// `Io` when the reader fails; `TooLong`, `TooManyPackets`, `TooManySamples` or `ExpandsTooFar`
    /// when a limit is met; `Malformed` at the end of a file with too many samples that are no numbers.
    pub fn next_block(&mut self) -> Result<Option<Block>, DecodeError> {
        if self.feed.pending.is_empty() {
            self.feed.refill()?;
        }
        Ok(self
            .feed
            .pending
            .take(BLOCK_FRAMES)
            .map(|channels| Block { channels }))
    }

    /// What is known of the recording so far; complete once `next_block` gave none.
    pub fn facts(&self) -> MediaFacts {
        let to_ms = |frames: u64| {
            let ms = u128::from(frames) * 1000 / u128::from(self.sample_rate.hz());
            u64::try_from(ms).unwrap_or(u64::MAX)
        };
        MediaFacts {
            container: self.feed.demuxer.container.name().to_owned(),
            codec: self.feed.codec_name.to_owned(),
            sample_rate: self.sample_rate,
            channels: self.channels,
            bits_per_sample: self.feed.demuxer.bits_per_sample,
            decoder: Some("in_process".to_owned()),
            bit_rate_bps: None,
            duration_ms: to_ms(self.feed.pending.frames_in()),
            damage: self.feed.damage(to_ms),
        }
    }

    /// What was found, after the end.
    pub fn finish(self) -> MediaFacts {
        self.facts()
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("facts", &self.facts())
            .finish_non_exhaustive()
    }
}
