//! Plots as SVG: the same trials give the same bytes.

mod calibrated;
mod chart;
mod distribution;
mod rates;
mod zoo;

pub use calibrated::{calibration, cross_entropy};
pub use distribution::{DistributionWords, distribution};
pub use rates::{detection, tippett};
pub use zoo::zoo;

use thiserror::Error;

use crate::evaluation::Trials;

/// Why there is no plot.
#[derive(Debug, Error)]
pub enum PlotError {
    /// The drawing failed.
    #[error("plot {plot:?} cannot be drawn: {reason}")]
    Drawing {
        /// Its title.
        plot: &'static str,
        /// What the library says.
        reason: String,
    },
}

/// Trials under a name, drawn as one curve.
#[derive(Debug)]
pub struct Curve<'a> {
    /// As the legend says it.
    pub name: &'a str,
    /// The trials.
    pub trials: &'a Trials,
}

#[cfg(test)]
mod tests;
