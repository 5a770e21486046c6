//! What a recording is worth: level, clipping, band and noise.

mod band;
mod level;

pub use band::{BAND_METER_VERSION, BandMeter, WIDEBAND_MINIMUM_DB};
pub use level::{FLOOR_DBFS, LevelMeter, LevelReport};

/// Decibels of a power relative to that of full scale; never below [`FLOOR_DBFS`].
fn power_dbfs(power: f64) -> f32 {
    (10.0 * power.max(1e-30).log10()).max(f64::from(FLOOR_DBFS)) as f32
}
