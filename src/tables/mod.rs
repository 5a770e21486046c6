//! Tables of facts, as operators, banks and platforms hand them over: CSV in UTF-8 or GBK, with
//! headers in Chinese or English, to rows that say who did what with whom, when.
//!
//! A file is looked at as a whole first ([`survey()`]): in which encoding it is, which columns mean
//! what, how its times are written. What cannot be decided is refused with what was found and
//! expected, and nothing of the file is taken. What comes out is a [`Plan`], under which each row is
//! read by itself ([`RowReader`]): it is an event, or a list of what is wrong with it.
//!
//! Invariants: memory does not grow with the file, only with its longest row, which has a limit; the
//! same bytes under the same plan give the same rows.

mod date;
mod decoded;
mod field;
mod figures;
mod headers;
mod mapping;
mod plan;
mod records;
mod row;
mod survey;

use thiserror::Error;

pub use date::DateFormat;
pub use decoded::TextEncoding;
pub use field::Field;
pub use mapping::{Mapping, TableDefaults};
pub use plan::{Plan, PlannedColumn};
pub use records::{MAX_ROW_BYTES, Record, Records};
pub use row::{EventFacts, PartyFacts, RowReader};
pub use survey::{Survey, survey};

/// Why a table is not taken as a whole.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file or its mapping is wrong; change it.
    #[error("{field} is {found}, expected {expected}")]
    Invalid {
        /// `file`, `mapping` or `kind`.
        field: &'static str,
        /// What was found.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// The file cannot be read.
    #[error("table cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

impl TableError {
    fn file(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Invalid {
            field: "file",
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn mapping(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Invalid {
            field: "mapping",
            found: found.into(),
            expected: expected.into(),
        }
    }
}

#[cfg(test)]
mod tests;
