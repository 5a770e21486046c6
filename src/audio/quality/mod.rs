//! What a recording is worth: level, clipping, band, noise and traces of coders.

mod band;
mod cross_talk;
mod level;
mod sound;
mod trace;
mod wada;

pub use band::{BAND_METER_VERSION, BandMeter, PauseMeter, WIDEBAND_MINIMUM_DB};
pub use cross_talk::{CROSS_TALK_METER_VERSION, CrossTalkMeter};
pub use level::{FLOOR_DBFS, LevelMeter, LevelReport};
pub use sound::{SOUND_METER_VERSION, SoundMeter};
pub use trace::TraceMeter;
pub use wada::WadaMeter;

/// Decibels of a power relative to that of full scale; never below [`FLOOR_DBFS`].
fn power_dbfs(power: f64) -> f32 {
    (10.0 * power.max(1e-30).log10()).max(f64::from(FLOOR_DBFS)) as f32
}
