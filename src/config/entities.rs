//! Settings of entities and of tables of events.

use serde::{Deserialize, Serialize};

use super::{ConfigError, out_of_range};
use crate::domain::Currency;
use crate::entities::Region;
use crate::services::EntitySettings;
use crate::tables::TableDefaults;

/// Longest tolerance: an hour. Beyond it the next call of the same two numbers is taken for this one.
const MAX_TOLERANCE_MS: u64 = 3_600_000;

/// Entities, and tables of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitiesConfig {
    /// Country whose numbers are written without a country code.
    pub default_region: String,
    /// Where the clocks of tables hung, as an IANA name.
    pub default_time_zone: String,
    /// Currency of amounts.
    pub default_currency: Currency,
    /// How far the clocks of a recording and of a call record may be apart, in milliseconds.
    pub join_tolerance_ms: u64,
    /// Largest table, in bytes.
    pub max_import_bytes: u64,
}

impl EntitiesConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.region()?;
        if !self.tables().knows_time_zone() {
            return Err(out_of_range(
                "entities.default_time_zone",
                &self.default_time_zone,
                "the IANA name of a time zone such as Asia/Shanghai",
            ));
        }
        if self.join_tolerance_ms > MAX_TOLERANCE_MS {
            return Err(out_of_range(
                "entities.join_tolerance_ms",
                self.join_tolerance_ms,
                "at most 3600000",
            ));
        }
        if self.max_import_bytes == 0 {
            return Err(out_of_range("entities.max_import_bytes", 0, "at least 1"));
        }
        Ok(())
    }

    /// As the use cases take them.
    ///
    /// # Errors
    /// The region is none.
    pub fn settings(&self) -> Result<EntitySettings, ConfigError> {
        Ok(EntitySettings {
            region: self.region()?,
            tables: self.tables(),
            join_tolerance_ms: self.join_tolerance_ms,
            max_import_bytes: self.max_import_bytes,
        })
    }

    fn region(&self) -> Result<Region, ConfigError> {
        self.default_region.parse().map_err(|_| {
            out_of_range(
                "entities.default_region",
                &self.default_region,
                "two letters of a country such as CN",
            )
        })
    }

    fn tables(&self) -> TableDefaults {
        TableDefaults {
            region: self.default_region.clone(),
            time_zone: self.default_time_zone.clone(),
            currency: self.default_currency.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_region_or_time_zone_that_does_not_exist_is_refused_by_name() {
        let refused = |field: &str, value: &str| {
            let mut config = Config::defaults().unwrap();
            match field {
                "region" => config.entities.default_region = value.to_owned(),
                _ => config.entities.default_time_zone = value.to_owned(),
            }
            config.entities.check().unwrap_err().to_string()
        };
        assert!(refused("region", "China").starts_with("setting entities.default_region is China"));
        assert!(refused("zone", "Mars").starts_with("setting entities.default_time_zone is Mars"));
    }
}
