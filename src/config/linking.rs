//! Settings of links.

use serde::{Deserialize, Serialize};

use super::{ConfigError, out_of_range};
use crate::domain::Llr;
use crate::services::LinkingSettings;

/// Largest `linking.max_links`: each costs a look at a voice and its recording.
const MAX_LINKS: u32 = 200;

/// Links of voices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkingConfig {
    /// Voices of other people that are expected among the links of one voice, at most.
    pub expected_false: f64,
    /// Most links that one voice proposes.
    pub max_links: u32,
    /// Ratio to base 10 that the worst pair between two groups must have for them to merge.
    pub worst_log10_lr: f64,
}

impl LinkingConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !self.expected_false.is_finite() || self.expected_false <= 0.0 {
            return Err(out_of_range(
                "linking.expected_false",
                self.expected_false,
                "a number above 0",
            ));
        }
        if !(1..=MAX_LINKS).contains(&self.max_links) {
            return Err(out_of_range(
                "linking.max_links",
                self.max_links,
                "1 to 200",
            ));
        }
        // Below 0 the worst pair would speak against one speaker.
        if !(0.0..=20.0).contains(&self.worst_log10_lr) {
            return Err(out_of_range(
                "linking.worst_log10_lr",
                self.worst_log10_lr,
                "0 to 20",
            ));
        }
        Ok(())
    }

    /// As the use cases need them.
    pub fn settings(&self) -> LinkingSettings {
        LinkingSettings {
            expected_false: self.expected_false,
            max_links: self.max_links,
            worst_llr: Llr(self.worst_log10_lr * std::f64::consts::LN_10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn settings_that_link_nobody_or_anybody_are_refused() {
        let Config { linking, .. } = Config::defaults().unwrap();
        assert!(linking.check().is_ok());
        let refused = |linking: LinkingConfig| linking.check().unwrap_err().to_string();
        let nobody = LinkingConfig {
            expected_false: 0.0,
            ..linking.clone()
        };
        assert_eq!(
            refused(nobody),
            "setting linking.expected_false is 0, expected a number above 0"
        );
        for worst_log10_lr in [-0.1, f64::NAN, f64::INFINITY] {
            let worst = LinkingConfig {
                worst_log10_lr,
                ..linking.clone()
            };
            assert!(refused(worst).contains("worst_log10_lr"));
        }
        let none = LinkingConfig {
            max_links: 0,
            ..linking.clone()
        };
        assert!(refused(none).contains("max_links is 0"));
    }
}
