//! What SQLite's errors mean to a caller.

use std::fmt::Display;

use sqlx::error::{DatabaseError, ErrorKind};

use crate::store::StoreError;

/// Primary result codes.
///
/// # Source
/// SQLite, "Result and Error Codes"; the low byte of an extended code is its primary code.
mod code {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const NO_MEMORY: u32 = 7;
    pub(super) const READ_ONLY: u32 = 8;
    pub(super) const INTERRUPTED: u32 = 9;
    pub(super) const IO: u32 = 10;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANNOT_OPEN: u32 = 14;
    pub(super) const PRIMARY_MASK: u32 = 0xff;
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let detail = error.to_string();
        match &error {
            sqlx::Error::Database(fault) => match primary_code(fault.as_ref()) {
                Some(
                    code::BUSY
                    | code::LOCKED
                    | code::NO_MEMORY
                    | code::READ_ONLY
                    | code::INTERRUPTED
                    | code::IO
                    | code::FULL
                    | code::CANNOT_OPEN,
                ) => Self::Unavailable { detail },
                Some(_) | None => Self::Corrupt {
                    what: "database",
                    detail,
                },
            },
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::RowNotFound => Self::Corrupt {
                what: "row",
                detail,
            },
            // Pools, threads and files: they may be there again later.
            _ => Self::Unavailable { detail },
        }
    }
}

fn primary_code(fault: &dyn DatabaseError) -> Option<u32> {
    let extended: u32 = fault.code()?.parse().ok()?;
    Some(extended & code::PRIMARY_MASK)
}

/// Names what an insertion's unique and foreign keys stand for.
pub(super) fn refused(
    error: sqlx::Error,
    unique: (&'static str, &dyn Display),
    referred: (&'static str, &dyn Display),
) -> StoreError {
    match error.as_database_error().map(DatabaseError::kind) {
        Some(ErrorKind::UniqueViolation) => StoreError::Conflict {
            what: unique.0,
            value: unique.1.to_string(),
        },
        Some(ErrorKind::ForeignKeyViolation) => StoreError::Missing {
            what: referred.0,
            id: referred.1.to_string(),
        },
        _ => error.into(),
    }
}

/// The error for a row that an update did not find.
pub(super) fn missing(what: &'static str, id: impl Display) -> StoreError {
    StoreError::Missing {
        what,
        id: id.to_string(),
    }
}
