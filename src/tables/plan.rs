//! How each column of one table is read: decided once, kept with the import, the same on each try.

use serde::{Deserialize, Serialize};

use super::date::DateFormat;
use super::decoded::TextEncoding;
use super::field::Field;
use super::mapping::{Mapping, TableDefaults};
use super::{Record, TableError};
use crate::domain::{Currency, EntityKind, EventKind};
use crate::entities::{Region, folded};

/// Words of a direction that mean outwards, folded.
const OUT_WORDS: [&str; 17] = [
    "主叫", "呼出", "去话", "出", "支出", "支", "转出", "付", "借", "借方", "out", "outgoing",
    "outbound", "mo", "d", "debit", "dr",
];
/// Words of a direction that mean inwards, folded.
const IN_WORDS: [&str; 18] = [
    "被叫", "呼入", "来话", "进", "入", "收入", "收", "转入", "贷", "贷方", "in", "incoming",
    "inbound", "mt", "c", "credit", "cr", "收款",
];

/// Unit of durations that are bare numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationUnit {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Minutes, each of which was begun.
    Minutes,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedColumn {
    /// What it means.
    pub field: Field,
    /// Its header.
    pub header: String,
    /// Its place, from 0.
    pub index: usize,
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What its rows are.
    pub kind: EventKind,
    /// Encoding.
    pub encoding: TextEncoding,
    /// Between fields.
    pub delimiter: char,
    /// Number of columns.
    pub width: usize,
    /// Columns that are read.
    pub columns: Vec<PlannedColumn>,
    /// Fields that have one value in every row.
    pub constants: Vec<(Field, String)>,
    /// How times are written.
    pub date_format: DateFormat,
    /// Where the clocks hung.
    pub time_zone: String,
    /// Country whose numbers are written without a country code.
    pub region: String,
    /// Currency, where no column says.
    pub currency: Currency,
    /// Unit of durations that are bare numbers.
    pub duration_unit: DurationUnit,
    /// What `from` is.
    pub from_kind: EntityKind,
    /// What `to` is.
    pub to_kind: EntityKind,
    /// Words of the direction that mean outwards, folded.
    pub out_words: Vec<String>,
    /// Words of the direction that mean inwards, folded.
    pub in_words: Vec<String>,
}

impl Plan {
    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<&PlannedColumn> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// The value that every row has for a field.
    pub(super) fn constant(&self, field: Field) -> Option<&str> {
        let found = self.constants.iter().find(|(other, _)| *other == field);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.column(field).is_some() || self.constant(field).is_some()
    }

    /// The time zone.
    ///
    /// # Errors
    /// It is not known.
    pub(super) fn zone(&self) -> Result<jiff::tz::TimeZone, TableError> {
        time_zone(&self.time_zone).ok_or_else(|| {
            TableError::mapping(
                format!("time_zone {:?}", self.time_zone),
                "the IANA name of a time zone such as Asia/Shanghai",
            )
        })
    }

    /// The region.
    ///
    /// # Errors
    /// It is not known.
    pub(super) fn region(&self) -> Result<Region, TableError> {
        self.region.parse().map_err(|_| {
            TableError::mapping(
                format!("region {:?}", self.region),
                "two letters of a country such as CN",
            )
        })
    }

    /// A plan from the header of a table; `date_format` is not decided yet.
    ///
    /// # Errors
    /// A column that is needed is not there, or the mapping does not fit.
    pub(super) fn of_header(
        kind: EventKind,
        mapping: &Mapping,
        defaults: &TableDefaults,
        header: Record<'_>,
        encoding: TextEncoding,
        delimiter: char,
    ) -> Result<Self, TableError> {
        let headers: Vec<&str> = header.iter().collect();
        check_fields(kind, mapping)?;
        let columns = columns(kind, mapping, &headers)?;
        let words = |known: &[&str], own: &[String]| {
            let known = known.iter().map(|word| (*word).to_owned());
            known.chain(own.iter().map(|word| folded(word))).collect()
        };
        let plan = Self {
            kind,
            encoding,
            delimiter,
            width: headers.len(),
            columns,
            constants: mapping.constants.clone().into_iter().collect(),
            date_format: mapping.date_format.unwrap_or(DateFormat::YearHyphen),
            time_zone: mapping
                .time_zone
                .clone()
                .unwrap_or_else(|| defaults.time_zone.clone()),
            region: mapping
                .region
                .clone()
                .unwrap_or_else(|| defaults.region.clone()),
            currency: mapping
                .currency
                .clone()
                .unwrap_or_else(|| defaults.currency.clone()),
            duration_unit: mapping.duration_unit.unwrap_or_default(),
            from_kind: mapping.from_kind.unwrap_or(default_kinds(kind).0),
            to_kind: mapping.to_kind.unwrap_or(default_kinds(kind).1),
            out_words: words(&OUT_WORDS, &mapping.directions.out),
            in_words: words(&IN_WORDS, &mapping.directions.inwards),
        };
        plan.zone()?;
        plan.region()?;
        plan.check_needed(&headers)?;
        Ok(plan)
    }

    /// Whether there is what every event needs.
    fn check_needed(&self, headers: &[&str]) -> Result<(), TableError> {
        let sides = self.has(Field::From) && self.to_is_there();
        let directed = [Field::Own, Field::Other, Field::Direction]
            .iter()
            .all(|&field| self.has(field));
        let timed = self.has(Field::At) || (self.has(Field::Date) && self.has(Field::TimeOfDay));
        let missing = if !sides && !directed {
            if self.has(Field::Own) || self.has(Field::Other) {
                "own, other and direction"
            } else if self.has(Field::From) {
                "to"
            } else {
                "from and to"
            }
        } else if !timed {
            "at, or date and time_of_day"
        } else if self.kind == EventKind::Transfer && !self.has(Field::Amount) {
            "amount"
        } else {
            return Ok(());
        };
        let examples = match missing {
            "amount" => Field::Amount.headers(self.kind),
            "at, or date and time_of_day" => Field::At.headers(self.kind),
            "to" => Field::To.headers(self.kind),
            _ => Field::From.headers(self.kind),
        };
        let examples: Vec<&str> = examples.iter().copied().take(4).collect();
        Err(TableError::file(
            format!(
                "a {} table with the columns {}",
                self.kind.as_str(),
                listed(headers)
            ),
            format!(
                "a column for {missing}, such as {}, or a mapping that names it",
                examples.join(", ")
            ),
        ))
    }

    fn to_is_there(&self) -> bool {
        let place = self.kind == EventKind::Movement;
        self.has(Field::To) || (place && (self.has(Field::Cell) || self.has(Field::Place)))
    }
}

/// What stands on both sides of an event.
const fn default_kinds(kind: EventKind) -> (EntityKind, EntityKind) {
    match kind {
        EventKind::Call => (EntityKind::Phone, EntityKind::Phone),
        EventKind::Transfer => (EntityKind::Account, EntityKind::Account),
        EventKind::Login => (EntityKind::Account, EntityKind::App),
        EventKind::Movement => (EntityKind::Phone, EntityKind::Cell),
    }
}

/// The time zone of an IANA name. It is the one that is compiled in, since what a row says must not
/// hang on the machine.
pub(super) fn time_zone(name: &str) -> Option<jiff::tz::TimeZone> {
    jiff::tz::TimeZoneDatabase::bundled().get(name).ok()
}

fn check_fields(kind: EventKind, mapping: &Mapping) -> Result<(), TableError> {
    let named = mapping.columns.keys().chain(mapping.constants.keys());
    for field in named {
        if !field.is_of(kind) {
            let known: Vec<&str> = Field::ALL
                .into_iter()
                .filter(|field| field.is_of(kind))
                .map(Field::as_str)
                .collect();
            return Err(TableError::mapping(
                format!(
                    "field {} for a table of kind {}",
                    field.as_str(),
                    kind.as_str()
                ),
                format!("one of {}", known.join(", ")),
            ));
        }
    }
    let twice = mapping
        .columns
        .keys()
        .find(|field| mapping.constants.contains_key(field));
    match twice {
        Some(field) => Err(TableError::mapping(
            format!("field {} as a column and a constant", field.as_str()),
            "one of them",
        )),
        None => Ok(()),
    }
}

/// The columns that the mapping names, then those with a header that is known.
fn columns(
    kind: EventKind,
    mapping: &Mapping,
    headers: &[&str],
) -> Result<Vec<PlannedColumn>, TableError> {
    let folded_headers: Vec<String> = headers.iter().map(|header| folded(header)).collect();
    let places = |wanted: &str| -> Vec<usize> {
        let same = folded_headers.iter().enumerate();
        same.filter(|(_, header)| *header == wanted)
            .map(|(index, _)| index)
            .collect()
    };
    let mut columns = Vec::new();
    for (&field, header) in &mapping.columns {
        let found = places(&folded(header));
        let [index] = found.as_slice() else {
            let found = match found.len() {
                0 => format!("column {header:?} for {}", field.as_str()),
                count => format!(
                    "column {header:?} for {}, which is there {count} times",
                    field.as_str()
                ),
            };
            return Err(TableError::mapping(
                found,
                format!("one of {}", listed(headers)),
            ));
        };
        columns.push(planned(field, headers, *index));
    }
    for field in Field::ALL.into_iter().filter(|field| field.is_of(kind)) {
        if mapping.columns.contains_key(&field) || mapping.constants.contains_key(&field) {
            continue;
        }
        let known = field.headers(kind).iter();
        let mut found = known.flat_map(|header| places(&folded(header)));
        // A column means one thing, so that of a field before is not taken again.
        let free = found.find(|index| columns.iter().all(|column| column.index != *index));
        if let Some(index) = free {
            columns.push(planned(field, headers, index));
        }
    }
    Ok(columns)
}

fn planned(field: Field, headers: &[&str], index: usize) -> PlannedColumn {
    PlannedColumn {
        field,
        header: headers.get(index).copied().unwrap_or_default().to_owned(),
        index,
    }
}

/// Headers as an error lists them, the first few.
fn listed(headers: &[&str]) -> String {
    const SHOWN: usize = 24;
    let mut shown: Vec<String> = headers
        .iter()
        .take(SHOWN)
        .map(|header| header.chars().take(40).collect())
        .collect();
    if headers.len() > SHOWN {
        shown.push(format!("and {} more", headers.len() - SHOWN));
    }
    shown.join(", ")
}
