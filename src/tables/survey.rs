//! The first look at a table, through all of it, before anything is taken.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::TableError;
use super::date::DateFormat;
use super::decoded::{Decoded, TextEncoding, detect};
use super::mapping::{Mapping, TableDefaults};
use super::plan::Plan;
use super::records::Records;
use super::row::time_text;
use crate::domain::EventKind;

/// Characters that may stand between fields.
const DELIMITERS: [char; 4] = [',', '\t', ';', '|'];

/// What the first look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// How the table is read.
    pub plan: Plan,
    /// Rows, the header not counted.
    pub rows: u64,
}

/// Looks through a table: its encoding, its columns, how its times are written, how many rows it
/// has, and that none is too long.
///
/// # Errors
/// The table is empty or in no known encoding, holds NUL bytes or a row that is too long, lacks a
/// column, or its times may be read in two ways; or the mapping does not fit.
pub fn survey(
    mut source: impl Read + Seek,
    kind: EventKind,
    mapping: &Mapping,
    defaults: &TableDefaults,
) -> Result<Survey, TableError> {
    source.rewind()?;
    let encoding = match mapping.encoding {
        Some(encoding) => encoding,
        None => detect(&mut source)?,
    };
    source.rewind()?;
    let delimiter = match &mapping.delimiter {
        Some(text) => stated_delimiter(text)?,
        None => found_delimiter(&mut source, encoding)?,
    };
    source.rewind()?;
    // Every one of them is ASCII.
    let mut records = Records::new(&mut source, encoding, delimiter as u8);
    let header = records
        .next_record()?
        .ok_or_else(|| TableError::file("without a header", "a header and rows"))?;
    let mut plan = Plan::of_header(kind, mapping, defaults, header, encoding, delimiter)?;
    let mut seen: BTreeMap<DateFormat, u64> = BTreeMap::new();
    let mut rows = 0u64;
    let mut last: Option<Vec<DateFormat>> = None;
    while let Some(record) = records.next_record()? {
        rows += 1;
        if mapping.date_format.is_some() {
            continue;
        }
        let Some(text) = time_text(&plan, record) else {
            continue;
        };
        let candidates = DateFormat::candidates(&text);
        for format in &candidates {
            *seen.entry(*format).or_default() += 1;
        }
        if !candidates.is_empty() {
            last = Some(candidates);
        }
    }
    if mapping.date_format.is_none()
        && let Some(format) = most(&seen, last.is_some())?
    {
        plan.date_format = format;
    }
    Ok(Survey { plan, rows })
}

/// The format of most rows. A row in another is refused when it is read.
fn most(seen: &BTreeMap<DateFormat, u64>, any: bool) -> Result<Option<DateFormat>, TableError> {
    if !any {
        return Ok(None);
    }
    let count = |format| seen.get(&format).copied().unwrap_or(0);
    let Some((&format, &times)) = seen.iter().max_by_key(|(_, times)| **times) else {
        return Ok(None);
    };
    match format.sibling() {
        Some(sibling) if count(sibling) == times => Err(TableError::file(
            format!(
                "a table whose times may be {} or {}",
                sibling.as_str(),
                format.as_str()
            ),
            "a mapping with date_format",
        )),
        Some(_) | None => Ok(Some(format)),
    }
}

fn stated_delimiter(text: &str) -> Result<char, TableError> {
    let text = if text == "\\t" { "\t" } else { text };
    DELIMITERS
        .into_iter()
        .find(|known| text == known.to_string())
        .ok_or_else(|| {
            TableError::mapping(
                format!("delimiter {text:?}"),
                "a comma, a tab, a semicolon or a vertical bar",
            )
        })
}

/// The delimiter that the first line has most of; a comma where it has none.
fn found_delimiter(source: impl Read, encoding: TextEncoding) -> Result<char, TableError> {
    let mut text = Decoded::new(source, encoding);
    let piece = text.next_text()?;
    let line = piece.trim_start().lines().next().unwrap_or_default();
    let count = |delimiter: char| line.chars().filter(|c| *c == delimiter).count();
    let most = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|&delimiter| count(delimiter));
    Ok(most.unwrap_or(','))
}
