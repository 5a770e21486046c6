//! What a search answer says of its gallery: how many look-alikes to expect, and the base rate.

use serde::{Deserialize, Serialize};

/// A named number of voices of other people that somebody is ready to look at in vain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatingPoint {
    /// Name, of `a` to `z` and `_`.
    pub name: String,
    /// Voices of other people that are expected among the candidates, above 0.
    pub expected_false: f64,
}

/// An operating point in one gallery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatingThreshold {
    /// Name of the point.
    pub name: String,
    /// Its number of voices of other people.
    pub expected_false: f64,
    /// Ratio from which on no more of them are expected; none where the bounds of the calibration
    /// support no such ratio in a gallery of this size.
    pub log10_lr: Option<f64>,
    /// Whether the false match rates behind it lie beyond what was measured; false in older answers.
    #[serde(default)]
    pub extrapolated: bool,
}

/// What is known of a voice of a gallery before it is compared, if the speaker is surely one of them
/// and each is as likely as the other. No probability of identity follows from it alone: whether the
/// speaker is in the gallery at all is not known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BaseRate {
    /// Voices searched.
    pub voices: u64,
    /// Prior odds of one voice are 1 to so many.
    pub odds_against: u64,
    /// The prior odds to base 10.
    pub log10_prior_odds: f64,
}

impl BaseRate {
    /// Of a gallery; none below two voices, where there is nothing to choose between.
    pub fn of(voices: u64) -> Option<Self> {
        let odds_against = voices.checked_sub(1).filter(|others| *others > 0)?;
        Some(Self {
            voices,
            odds_against,
            log10_prior_odds: 0.0 - (odds_against as f64).log10(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prior_odds_fall_with_the_gallery() {
        assert_eq!(BaseRate::of(0), None);
        assert_eq!(BaseRate::of(1), None);
        let rate = BaseRate::of(1001).unwrap();
        assert_eq!(rate.odds_against, 1000);
        assert!((rate.log10_prior_odds + 3.0).abs() < 1e-12);
        assert_eq!(BaseRate::of(2).unwrap().log10_prior_odds.to_string(), "0");
    }
}
