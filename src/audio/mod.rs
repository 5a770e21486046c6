//! From the bytes of a recording to samples at the rate of the models, with quality measures.
//!
//! [`Decoder`] turns a seekable reader into planar `f32` blocks under [`DecodeLimits`], keeping the
//! channels apart; [`Resampler`] brings one channel to another rate; [`LevelMeter`] and
//! [`BandMeter`] measure what was recorded.
//!
//! Invariant: nothing here does I/O besides reading the source that it is given; there is no clock,
//! no thread and no randomness, so the same bytes give the same samples.

mod decode;
pub mod picture;
mod quality;
mod resample;
pub mod simulation;
mod spectrum;

pub use decode::{
    BLOCK_FRAMES, Block, DecodeError, DecodeLimits, DecodedBy, Decoder, FormatRow, Place, formats,
};
pub use quality::{
    BAND_METER_VERSION, BandMeter, CROSS_TALK_METER_VERSION, CrossTalkMeter, FLOOR_DBFS,
    LevelMeter, LevelReport, PauseMeter, SOUND_METER_VERSION, SoundMeter, TraceMeter,
    WIDEBAND_MINIMUM_DB, WadaMeter,
};
pub use resample::{RESAMPLER_VERSION, ResampleError, Resampler};
