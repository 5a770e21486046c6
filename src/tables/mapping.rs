//! What a person says of a table: a file of TOML or JSON, all of it optional.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::TableError;
use super::date::DateFormat;
use super::decoded::TextEncoding;
use super::field::Field;
use super::plan::DurationUnit;
use crate::domain::{Currency, EntityKind};

/// Largest mapping, in bytes.
const MAX_MAPPING_BYTES: usize = 64 * 1024;

/// What a table is read with where neither it nor its mapping says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefaults {
    /// Country whose numbers are written without a country code.
    pub region: String,
    /// Where the clocks hung, as an IANA name.
    pub time_zone: String,
    /// Currency of amounts.
    pub currency: Currency,
}

impl TableDefaults {
    /// Whether the time zone is known.
    pub fn knows_time_zone(&self) -> bool {
        super::plan::time_zone(&self.time_zone).is_some()
    }
}

/// What a person says of a table. What is left out is found from the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Encoding; found where left out.
    pub encoding: Option<TextEncoding>,
    /// One character between fields; found where left out.
    pub delimiter: Option<String>,
    /// How times are written; found where left out.
    pub date_format: Option<DateFormat>,
    /// Where the clocks hung, as an IANA name such as `Asia/Shanghai`.
    pub time_zone: Option<String>,
    /// Country whose numbers are written without a country code.
    pub region: Option<String>,
    /// Currency of amounts, where no column says.
    pub currency: Option<Currency>,
    /// Unit of durations that are bare numbers.
    pub duration_unit: Option<DurationUnit>,
    /// What `from` is, where it is not what the kind of table has there.
    pub from_kind: Option<EntityKind>,
    /// What `to` is, where it is not what the kind of table has there.
    pub to_kind: Option<EntityKind>,
    /// Field to the header of its column; others are found by the headers that are known.
    #[serde(default)]
    pub columns: BTreeMap<Field, String>,
    /// Field to a value that every row has.
    #[serde(default)]
    pub constants: BTreeMap<Field, String>,
    /// Words of the direction that mean outwards and inwards, beside those that are known.
    #[serde(default)]
    pub directions: Directions,
}

/// Words of a direction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directions {
    /// From `own` to `other`.
    #[serde(default)]
    pub out: Vec<String>,
    /// From `other` to `own`.
    #[serde(default, rename = "in")]
    pub inwards: Vec<String>,
}

impl Mapping {
    /// Reads a mapping in JSON, where it begins with a brace, or TOML.
    ///
    /// # Errors
    /// It is too large, is neither, or names what does not exist.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        if text.len() > MAX_MAPPING_BYTES {
            return Err(TableError::mapping(
                format!("{} bytes long", text.len()),
                "at most 65536 bytes",
            ));
        }
        let (format, read) = if text.trim_start().starts_with('{') {
            (
                "JSON",
                serde_json::from_str(text).map_err(|error| error.to_string()),
            )
        } else {
            (
                "TOML",
                toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned()),
            )
        };
        read.map_err(|error| TableError::mapping(error, format!("a mapping in {format}")))
    }
}
