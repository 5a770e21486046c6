//! Values to columns and back. What a column holds is checked on the way out, since a damaged or
//! edited file must end in an error that names the place.

use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{Deserialize, DeserializeOwned};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Type};
use uuid::Uuid;

use crate::domain::{Sha256, Timestamp};
use crate::store::StoreError;

/// The bytes of an id.
pub(super) fn id_bytes(id: Uuid) -> Vec<u8> {
    id.into_bytes().to_vec()
}

/// The bytes of a digest.
pub(super) fn digest_bytes(digest: Sha256) -> Vec<u8> {
    digest.0.to_vec()
}

/// A count or duration as SQLite's signed integer.
pub(super) fn integer(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Corrupt {
        what,
        detail: format!(
            "number {value} is above the largest that can be stored, {}",
            i64::MAX
        ),
    })
}

/// A value as JSON text.
pub(super) fn json_text(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        what,
        detail: error.to_string(),
    })
}

/// Reads the columns of one row of one noun.
pub(super) struct Columns<'r> {
    what: &'static str,
    row: &'r SqliteRow,
}

impl<'r> Columns<'r> {
    pub(super) fn new(what: &'static str, row: &'r SqliteRow) -> Self {
        Self { what, row }
    }

    fn corrupt(&self, name: &str, detail: impl std::fmt::Display) -> StoreError {
        StoreError::Corrupt {
            what: self.what,
            detail: format!("column {name}: {detail}"),
        }
    }

    /// A value as SQLite holds it.
    pub(super) fn raw<T>(&self, name: &str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row
            .try_get(name)
            .map_err(|error| self.corrupt(name, error))
    }

    /// Text.
    pub(super) fn text(&self, name: &str) -> Result<String, StoreError> {
        self.raw(name)
    }

    /// Text or nothing.
    pub(super) fn text_opt(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.raw(name)
    }

    /// A number within the range of `T`.
    pub(super) fn number<T: TryFrom<i64>>(&self, name: &str) -> Result<T, StoreError> {
        let found: i64 = self.raw(name)?;
        T::try_from(found)
            .map_err(|_| self.corrupt(name, format!("number {found} is out of range")))
    }

    /// A number within the range of `T`, or nothing.
    pub(super) fn number_opt<T: TryFrom<i64>>(&self, name: &str) -> Result<Option<T>, StoreError> {
        match self.raw::<Option<i64>>(name)? {
            None => Ok(None),
            Some(_) => self.number(name).map(Some),
        }
    }

    /// An id.
    pub(super) fn id(&self, name: &str) -> Result<Uuid, StoreError> {
        let bytes: &[u8] = self.raw(name)?;
        Uuid::from_slice(bytes).map_err(|error| self.corrupt(name, error))
    }

    /// An id or nothing.
    pub(super) fn id_opt(&self, name: &str) -> Result<Option<Uuid>, StoreError> {
        match self.raw::<Option<&[u8]>>(name)? {
            None => Ok(None),
            Some(_) => self.id(name).map(Some),
        }
    }

    /// A digest.
    pub(super) fn digest(&self, name: &str) -> Result<Sha256, StoreError> {
        let bytes: &[u8] = self.raw(name)?;
        <[u8; 32]>::try_from(bytes).map(Sha256).map_err(|_| {
            self.corrupt(
                name,
                format!("digest has {} bytes, expected 32", bytes.len()),
            )
        })
    }

    /// A time.
    pub(super) fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        self.raw(name).map(Timestamp::from_millis)
    }

    /// A time or nothing.
    pub(super) fn time_opt(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.raw::<Option<i64>>(name)?.map(Timestamp::from_millis))
    }

    /// One of the words of an enum.
    pub(super) fn word<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let text: &str = self.raw(name)?;
        T::deserialize(StrDeserializer::<WordError>::new(text))
            .map_err(|error| self.corrupt(name, error))
    }

    /// One of the words of an enum, or nothing.
    pub(super) fn word_opt<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, StoreError> {
        match self.raw::<Option<&str>>(name)? {
            None => Ok(None),
            Some(_) => self.word(name).map(Some),
        }
    }

    /// A value that was stored as JSON text.
    pub(super) fn json<T: Deserialize<'r>>(&self, name: &str) -> Result<T, StoreError> {
        let text: &str = self.raw(name)?;
        serde_json::from_str(text).map_err(|error| self.corrupt(name, error))
    }

    /// A value that was stored as JSON text, or nothing.
    pub(super) fn json_opt<T: Deserialize<'r>>(&self, name: &str) -> Result<Option<T>, StoreError> {
        match self.raw::<Option<&str>>(name)? {
            None => Ok(None),
            Some(_) => self.json(name).map(Some),
        }
    }
}
